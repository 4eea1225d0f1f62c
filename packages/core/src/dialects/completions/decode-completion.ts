/** From a completion request to the canonical draft. */

import { type LeniencyNote, type LenientSwitch, isFields, shown } from '@moonbase/protocol'
import { type ApiError, apiErrorWith } from '@moonbase/protocol/errors'
import type { RequestDraft, Sampling } from '../../generation/index.ts'

type Fields = Readonly<Record<string, unknown>>

export interface DecodedCompletion {
  readonly draft: RequestDraft
  readonly stream: boolean
  readonly includeUsage: boolean
  readonly leniency: readonly LeniencyNote[]
}

const SAMPLING = {
  temperature: 'temperature',
  top_p: 'topP',
  n: 'n',
  presence_penalty: 'presencePenalty',
  frequency_penalty: 'frequencyPenalty',
} as const satisfies Record<string, keyof Sampling>

/** What would change what a reply looks like, and a chat model cannot give. Off it may be said. */
const NOT_HERE: readonly (readonly [field: string, off: unknown, why: string])[] = [
  ['suffix', '', 'this model writes no text into the middle of another'],
  ['echo', false, 'the prompt is not given back'],
  ['logprobs', 0, 'this model tells no probabilities'],
  ['best_of', 1, 'one answer is made'],
]

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'prompt',
  'max_tokens',
  'stop',
  'stream',
  'stream_options',
  'user',
  ...Object.keys(SAMPLING),
  ...NOT_HERE.map(([name]) => name),
])

/**
 * Thought has no place in this wire, so there is none: what `max_tokens` allows is text.
 *
 * @throws ApiError that names what is wrong with the body
 */
export function decodeCompletion(body: unknown, lenient: ReadonlySet<LenientSwitch>): DecodedCompletion {
  if (!isFields(body)) throw refuse('the body', 'must be a JSON object')
  for (const [name, off, why] of NOT_HERE) {
    const value = body[name] ?? off
    if (value !== off) throw refuse(name, `is ${shown(value)}, but ${why}`)
  }
  const unknown = Object.keys(body).filter((name) => !KNOWN.has(name))
  const [first] = unknown
  if (first !== undefined && !lenient.has('ignore-unknown-fields')) {
    const field = first.slice(0, 64)
    throw apiErrorWith('unknown_field', { field: { name: field } }, { field })
  }
  const { model } = body
  if (typeof model !== 'string' || model === '') throw refuse('model', 'is required')
  const stream = flagOf(body, 'stream')
  const options = body['stream_options'] ?? {}
  if (!isFields(options)) throw refuse('stream_options', 'must be an object')
  return {
    stream,
    includeUsage: flagOf(options, 'include_usage'),
    leniency: unknown.map((field) => ({ switch: 'ignore-unknown-fields', field })),
    draft: {
      model,
      messages: [{ role: 'user', content: promptOf(body['prompt']) }],
      tools: [],
      toolChoice: 'auto',
      thinking: false,
      maxCompletionTokens: budgetOf(body['max_tokens']),
      stop: stopOf(body['stop']),
      responseFormat: { type: 'text' },
      sampling: samplingOf(body),
      whole: !stream,
      extra: {},
    },
  }
}

function promptOf(prompt: unknown): string {
  if (typeof prompt === 'string') return prompt
  if (Array.isArray(prompt) && prompt.length === 1 && typeof prompt[0] === 'string') return prompt[0]
  throw refuse('prompt', 'must be a string: lists of prompts and of tokens are not taken')
}

function budgetOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return value
  throw refuse('max_tokens', 'must be a positive integer')
}

function stopOf(value: unknown): readonly string[] {
  if (value === undefined || value === null) return []
  const list: readonly unknown[] = Array.isArray(value) ? value : [value]
  return list.map((one) => {
    if (typeof one !== 'string') throw refuse('stop', 'must be a string or an array of strings')
    return one
  })
}

function samplingOf(body: Fields): Partial<Sampling> {
  return Object.fromEntries(
    Object.entries(SAMPLING).flatMap(([wire, name]) => {
      const value = body[wire]
      if (value === undefined || value === null) return []
      if (typeof value !== 'number') throw refuse(wire, 'must be a number')
      return [[name, value] as const]
    }),
  )
}

function flagOf(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false
  if (typeof value !== 'boolean') throw refuse(name, 'must be a boolean')
  return value
}

function refuse(field: string, what: string): ApiError {
  return apiErrorWith('invalid_request', { field: { name: field } }, { details: `${field} ${what}` })
}
