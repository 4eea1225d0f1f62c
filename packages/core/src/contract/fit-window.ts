/** The window: prompt and answer together must fit the model, and no engine is asked before that is known. */

import { type Model, apiError } from '@moonbase/protocol'
import type { CountedPrompt, GenerationRequest, TokenCounter } from '../generation/index.ts'
import type { UnfittedRequest } from './index.ts'

/** An approximate count is not held against a request that may well fit: it must be over by this much. */
const APPROXIMATION_MARGIN = 0.35

export interface FittedRequest {
  readonly request: GenerationRequest
  /** Tokens of the prompt. A small prompt that is far from the window is counted when somebody asks first, and once. */
  readonly promptTokens: () => number
  /** They are certainly no more than this; `Infinity` where only a count would tell. Costs nothing to know. */
  readonly promptTokensAtMost: number
  /** Until it is counted the prompt is kept, and this one is large. */
  readonly heavy: boolean
}

/**
 * Gives the request its output budget. Where the client named none, that is the model's default, or what the window has
 * left if that is less. Throws an `ApiError` for a prompt or a budget that does not fit.
 */
export async function fitWindow(
  request: UnfittedRequest,
  model: Pick<Model, 'contextLength' | 'defaultMaxTokens'>,
  counter: TokenCounter,
): Promise<FittedRequest> {
  const asked = request.maxCompletionTokens
  const wanted = asked ?? model.defaultMaxTokens
  const { messages, tools, thinking } = request
  const prompt = { messages, tools, thinking }
  // Most prompts are far from the window, and need no count to know it.
  const most = mostTokens(prompt)
  if (most + wanted <= model.contextLength) {
    return {
      request: { ...request, maxCompletionTokens: wanted },
      promptTokens: countedLater(prompt, counter),
      promptTokensAtMost: most,
      heavy: most > HEAVY_TOKENS,
    }
  }
  const tokens = await counter.countPromptAside(prompt)
  const certain = counter.exact ? tokens : Math.floor(tokens * (1 - APPROXIMATION_MARGIN))
  if (certain >= model.contextLength) throw apiError('input_too_long')
  const left = model.contextLength - certain
  if (asked !== undefined && asked > left) {
    throw apiError('window_exceeded', { limit: model.contextLength, requested: tokens + asked })
  }
  return {
    request: { ...request, maxCompletionTokens: Math.min(wanted, left) },
    promptTokens: known(tokens),
    promptTokensAtMost: tokens,
    heavy: false,
  }
}

/** By the upper bound: some sixteen thousand characters, a millisecond to count. */
const HEAVY_TOKENS = 48 * 1024

function countedLater(prompt: CountedPrompt, counter: TokenCounter): () => number {
  let counted: number | undefined
  return () => (counted ??= counter.countPrompt(prompt))
}

/** A function of its own, so that it keeps the number and not the prompt. */
function known(tokens: number): () => number {
  return () => tokens
}

/** Byte-level tokens are at least one byte long, and a UTF-16 unit is at most three bytes. */
const BYTES_PER_UNIT = 3
/** Wrappers of a message or of a tool call, generously. */
const WRAPPER_TOKENS = 16
/** A declaration writes one property a line, indented by its depth: longer than its JSON, but never by more than this. */
const DECLARATION_GROWTH = 16

/** An upper bound of the prompt's tokens that costs next to nothing to know; infinite where media need a real count. */
function mostTokens({ messages, tools }: CountedPrompt): number {
  let units = tools.length === 0 ? 0 : JSON.stringify(tools).length * DECLARATION_GROWTH
  let wrappers = 1
  for (const message of messages) {
    if (typeof message.content === 'string') units += message.content.length
    else {
      for (const part of message.content) {
        if (part.type !== 'text') return Infinity
        units += part.text.length
      }
    }
    units += message.name?.length ?? 0
    wrappers += 1
    if (message.role === 'tool') units += message.toolCallId.length
    if (message.role !== 'assistant') continue
    units += message.reasoning?.length ?? 0
    wrappers += message.toolCalls.length
    for (const call of message.toolCalls) units += call.id.length + call.name.length + call.arguments.length
  }
  return units * BYTES_PER_UNIT + wrappers * WRAPPER_TOKENS
}
