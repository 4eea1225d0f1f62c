/**
 * What a well-behaved upstream of some flavour answers, for tests: it reads the request that an engine sends and writes
 * the reply in that flavour's own shapes. The last user message may ask for trouble: `stall`, `cut`, `fail:<status>`.
 */

import type { FlavourName } from '../flavours.ts'
import { fieldOf, isList } from '../json-object.ts'

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

/** What the replies of a flavour look like. */
interface Shape {
  readonly reasoning: 'reasoning_content' | 'reasoning' | 'unsplit'
  readonly callId: (name: string) => string
  readonly usage: object
  /** It repeats the usage on the choice that finishes. */
  readonly usageOnChoice?: boolean
}

const COUNTED = { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32 }
const DETAILED = { ...COUNTED, prompt_tokens_details: { cached_tokens: 8 } }
const own = (name: string): string => `functions.${name}:0`
const foreign = (): string => 'call_8d1e'

const SHAPES: Readonly<Record<FlavourName, Shape>> = {
  generic: { reasoning: 'reasoning_content', callId: foreign, usage: DETAILED },
  moonshot: {
    reasoning: 'reasoning_content',
    callId: (name) => `${name}:0`,
    usage: { ...COUNTED, cached_tokens: 8 },
    usageOnChoice: true,
  },
  vllm: { reasoning: 'reasoning', callId: own, usage: DETAILED },
  sglang: { reasoning: 'reasoning_content', callId: own, usage: { ...DETAILED, reasoning_tokens: 0 } },
  ktransformers: {
    reasoning: 'unsplit',
    callId: own,
    usage: { ...COUNTED, prompt_tokens_details: null, reasoning_tokens: 0 },
  },
  'llama-server': { reasoning: 'reasoning_content', callId: own, usage: DETAILED },
  cloudflare: { reasoning: 'reasoning_content', callId: foreign, usage: DETAILED },
  oxen: { reasoning: 'reasoning_content', callId: foreign, usage: COUNTED },
}

function toolCall(flavour: FlavourName, name: string, text: string): object {
  return { id: SHAPES[flavour].callId(name), type: 'function', function: { name, arguments: text } }
}

/** The calls of an answer as the model writes them, where nobody parses them. */
function rawCall(name: string): string[] {
  return [
    '<|tool_calls_section_begin|><|tool_call_',
    `begin|>functions.${name}:0<|tool_call_argument_begin|>`,
    ...ARGUMENTS,
    '<|tool_call_end|><|tool_calls_section_end|>',
  ]
}

/** Everything as content, in the pieces in which it comes. */
function unsplit({ reasoning, text, tool }: Answer): string[] {
  const thought = reasoning.length > 0 ? [...reasoning, '</thi', 'nk>'] : []
  return [...thought, ...text, ...(tool === undefined ? [] : rawCall(tool))]
}

function stream(flavour: FlavourName, answer: Answer): string[] {
  const head = { id: ID, object: 'chat.completion.chunk', created: 1776522631, model: `${flavour}-model` }
  const chunk = (choices: readonly object[], more: object = {}): string =>
    `data: ${JSON.stringify({ ...head, choices, ...more })}\n\n`
  const indexes = Array.from({ length: answer.choices }, (_, index) => index)
  const each = (delta: object): string[] => indexes.map((index) => chunk([{ index, delta, finish_reason: null }]))
  const { reasoning: field, usage: reported, usageOnChoice = false } = SHAPES[flavour]
  const called = answer.tool !== undefined && field !== 'unsplit'
  const finish = { delta: {}, finish_reason: called ? 'tool_calls' : 'stop' }
  const said =
    field === 'unsplit'
      ? unsplit(answer).map((text) => ({ content: text }))
      : [
          ...answer.reasoning.map((text) => ({ [field]: text })),
          ...answer.text.map((text) => ({ content: text })),
          ...(answer.tool === undefined ? [] : toolDeltas(flavour, answer.tool)),
        ]
  return [
    ...each({ role: 'assistant', content: '' }),
    ...said.flatMap(each),
    ...indexes.map((index) => chunk([{ index, ...finish, ...(usageOnChoice ? { usage: reported } : {}) }])),
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
  const { reasoning: field, usage } = SHAPES[flavour]
  const isSplit = field !== 'unsplit'
  const called = answer.tool !== undefined && isSplit
  const message = {
    role: 'assistant',
    content: (isSplit ? answer.text : unsplit(answer)).join(''),
    ...(answer.reasoning.length > 0 && isSplit ? { [field]: answer.reasoning.join('') } : {}),
    ...(called ? { tool_calls: [toolCall(flavour, answer.tool ?? '', ARGUMENTS.join(''))] } : {}),
  }
  const finish_reason = called ? 'tool_calls' : 'stop'
  const choices = Array.from({ length: answer.choices }, (_, index) => ({ index, message, finish_reason }))
  return JSON.stringify({ id: ID, object: 'chat.completion', model: `${flavour}-model`, choices, usage })
}
