/** The window: prompt and answer together must fit the model. */

import { type Model, apiError } from '@moonbase/protocol'
import type { GenerationRequest, TokenCounter } from '../generation/index.ts'

/** An approximate count is not held against a request that may well fit: it must be over by this much. */
const APPROXIMATION_MARGIN = 0.25

/** The output budget. Where the client named none, the model's default or what the window has left, if that is less. */
export function checkWindow(
  asked: number | undefined,
  prompt: CountedPrompt,
  promptTokens: () => number,
  model: Model,
  counter: Pick<TokenCounter, 'exact'>,
): number {
  const wanted = asked ?? model.defaultMaxTokens
  // Most prompts are far from the window, and need no count to know it.
  if (mostTokens(prompt) + wanted <= model.contextLength) return wanted
  const tokens = promptTokens()
  const certain = counter.exact ? tokens : Math.floor(tokens * (1 - APPROXIMATION_MARGIN))
  if (certain >= model.contextLength) throw apiError('input_too_long')
  if (asked === undefined) return Math.min(wanted, model.contextLength - certain)
  if (certain + asked > model.contextLength) {
    throw apiError('window_exceeded', { limit: model.contextLength, requested: tokens + asked })
  }
  return asked
}

type CountedPrompt = Pick<GenerationRequest, 'messages' | 'tools'>

/** Byte-level tokens are at least one byte long, and a UTF-16 unit is at most three bytes. */
const BYTES_PER_UNIT = 3
/** Wrappers of a message or of a tool call, generously. */
const WRAPPER_TOKENS = 16

/** An upper bound of the prompt's tokens that costs nothing to know; infinite where media or tools need a real count. */
function mostTokens({ messages, tools }: CountedPrompt): number {
  if (tools.length > 0) return Infinity
  let units = 0
  let wrappers = 1
  for (const message of messages) {
    if (typeof message.content !== 'string') return Infinity
    units += message.content.length + (message.name?.length ?? 0)
    wrappers += 1
    if (message.role === 'tool') units += message.toolCallId.length
    if (message.role !== 'assistant') continue
    units += message.reasoning?.length ?? 0
    wrappers += message.toolCalls.length
    for (const call of message.toolCalls) units += call.id.length + call.name.length + call.arguments.length
  }
  return units * BYTES_PER_UNIT + wrappers * WRAPPER_TOKENS
}
