/**
 * What a well-behaved upstream of some flavour answers, for tests: it reads the request that an engine sends and writes
 * the reply in that flavour's own shapes. The last user message may ask for trouble: `stall`, `cut`, `fail:<status>`.
 */

import type { FlavourName } from './flavours.ts'
import { fieldOf, isList } from './json-object.ts'

export interface UpstreamReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** The body, in the pieces in which it is written. */
  readonly pieces: readonly string[]
  readonly ending: 'end' | 'stall' | 'cut'
}

const ID = 'chatcmpl-69e395879d681300011c987c'
const JSON_TYPE = { 'content-type': 'application/json' }

export function scriptedReply(flavour: FlavourName, request: unknown): UpstreamReply {
  const asked = lastText(request)
  const status = /^fail:(\d+)$/.exec(asked)?.[1]
  if (status !== undefined) {
    const body = JSON.stringify({ error: { message: 'as asked', type: 'scripted_error' } })
    return { status: Number(status), headers: JSON_TYPE, pieces: [body], ending: 'end' }
  }
  const answer = answerTo(request, asked)
  if (fieldOf(request, 'stream') !== true) {
    return {
      status: 200,
      headers: JSON_TYPE,
      pieces: [whole(flavour, answer)],
      ending: asked === 'cut' ? 'cut' : 'end',
    }
  }
  const pieces = stream(flavour, answer)
  const headers = { 'content-type': 'text/event-stream; charset=utf-8' }
  // A stall and a cut come after the first output: the opening chunk and three more.
  if (asked === 'stall' || asked === 'cut') return { status: 200, headers, pieces: pieces.slice(0, 4), ending: asked }
  return { status: 200, headers, pieces, ending: 'end' }
}

interface Answer {
  readonly choices: number
  readonly reasoning: readonly string[]
  readonly text: readonly string[]
  readonly tool: string | undefined
}

const ARGUMENTS = ['', '{"city":', ' "北京"', '}'] as const

function answerTo(request: unknown, asked: string): Answer {
  const tool = isList(fieldOf(request, 'tools')) ? fieldOf(request, 'tools') : undefined
  const name = fieldOf(fieldOf(fieldOf(tool, '0'), 'function'), 'name')
  const choices = fieldOf(request, 'n')
  return {
    choices: typeof choices === 'number' ? choices : 1,
    reasoning: isThinking(request) ? ['The user ', 'says “', asked, '”.'] : [],
    text: ['You ', 'said: ', asked, ' — ', '就这些', '.', ' 🌤'],
    tool: typeof name === 'string' ? name : undefined,
  }
}

function isThinking(request: unknown): boolean {
  if (fieldOf(fieldOf(request, 'thinking'), 'type') === 'disabled') return false
  return fieldOf(fieldOf(request, 'chat_template_kwargs'), 'thinking') !== false
}

function lastText(request: unknown): string {
  const messages = fieldOf(request, 'messages')
  const content = fieldOf(isList(messages) ? messages.at(-1) : undefined, 'content')
  return typeof content === 'string' ? content : ''
}

const REASONING_FIELD = { generic: 'reasoning_content', vllm: 'reasoning', moonshot: 'reasoning_content' } as const

function toolCall(flavour: FlavourName, name: string, text: string): object {
  const id = { generic: 'call_8d1e', vllm: `functions.${name}:0`, moonshot: `${name}:0` }[flavour]
  return { id, type: 'function', function: { name, arguments: text } }
}

function usage(flavour: FlavourName): object {
  const counted = { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32 }
  if (flavour === 'moonshot') return { ...counted, cached_tokens: 8 }
  return { ...counted, prompt_tokens_details: { cached_tokens: 8 } }
}

function stream(flavour: FlavourName, answer: Answer): string[] {
  const head = { id: ID, object: 'chat.completion.chunk', created: 1776522631, model: `${flavour}-model` }
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`
  const indexes = Array.from({ length: answer.choices }, (_, index) => index)
  const each = (delta: object): string[] => indexes.map((index) => chunk([{ index, delta, finish_reason: null }]))
  const finish = { delta: {}, finish_reason: answer.tool === undefined ? 'stop' : 'tool_calls' }
  const reported = usage(flavour)
  return [
    ...each({ role: 'assistant', content: '' }),
    ...answer.reasoning.flatMap((text) => each({ [REASONING_FIELD[flavour]]: text })),
    ...answer.text.flatMap((text) => each({ content: text })),
    ...(answer.tool === undefined ? [] : toolDeltas(flavour, answer.tool).flatMap(each)),
    ...indexes.map((index) => chunk([{ index, ...finish, ...(flavour === 'moonshot' ? { usage: reported } : {}) }])),
    chunk([], { usage: reported }),
    'data: [DONE]\n\n',
  ]
}

function toolDeltas(flavour: FlavourName, name: string): object[] {
  return ARGUMENTS.map((text, at) => ({
    tool_calls: [{ index: 0, ...(at === 0 ? toolCall(flavour, name, text) : { function: { arguments: text } }) }],
  }))
}

function whole(flavour: FlavourName, answer: Answer): string {
  const message = {
    role: 'assistant',
    content: answer.text.join(''),
    ...(answer.reasoning.length > 0 ? { [REASONING_FIELD[flavour]]: answer.reasoning.join('') } : {}),
    ...(answer.tool === undefined ? {} : { tool_calls: [toolCall(flavour, answer.tool, ARGUMENTS.join(''))] }),
  }
  const finish_reason = answer.tool === undefined ? 'stop' : 'tool_calls'
  const choices = Array.from({ length: answer.choices }, (_, index) => ({ index, message, finish_reason }))
  return JSON.stringify({
    id: ID,
    object: 'chat.completion',
    model: `${flavour}-model`,
    choices,
    usage: usage(flavour),
  })
}
