/** The fields of a request, one by one: their shapes, and what is said where they are absent. */

import { shown } from '@moonbase/protocol'
import type { ResponseFormat } from '../../generation/index.ts'
import { flag, isFields, list, number, object, oneOf, optional, positiveInteger, refuse, text } from './shape.ts'

export interface AskedFields {
  readonly model: string
  readonly input: unknown
  readonly instructions: string | undefined
  readonly previous: string | undefined
  readonly stream: boolean
  readonly store: boolean
  readonly background: boolean
  readonly tools: unknown
  readonly toolChoice: unknown
  readonly parallelToolCalls: boolean | undefined
  readonly maxOutputTokens: number | undefined
  readonly maxToolCalls: number | undefined
  readonly temperature: number | undefined
  readonly topP: number | undefined
  readonly effort: string | undefined
  readonly summary: string | undefined
  readonly format: ResponseFormat
  readonly truncation: 'auto' | 'disabled'
  readonly include: ReadonlySet<string>
  readonly metadata: Readonly<Record<string, string>>
  readonly promptCacheKey: string | undefined
  readonly safetyIdentifier: string | undefined
  readonly user: string | undefined
}

/** Asked for, and here nobody has it: an answer without it would be another one than was asked for. */
const NOT_HERE: readonly (readonly [field: string, why: string])[] = [
  ['conversation', 'this server keeps no conversations. Go on with previous_response_id'],
  ['prompt', 'this server keeps no prompts. Send instructions and input'],
]

/** Known, and of no effect here. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'stream_options',
  'service_tier',
  'prompt_cache_retention',
  'prompt_cache_options',
  // Codex tells so of itself; nothing of it changes an answer.
  'client_metadata',
])

const KNOWN: ReadonlySet<string> = new Set([
  'model',
  'input',
  'instructions',
  'previous_response_id',
  'stream',
  'store',
  'background',
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'max_output_tokens',
  'max_tool_calls',
  'temperature',
  'top_p',
  'reasoning',
  'text',
  'truncation',
  'include',
  'metadata',
  'prompt_cache_key',
  'safety_identifier',
  'user',
  'top_logprobs',
  ...NOT_HERE.map(([name]) => name),
  ...WITHOUT_EFFECT,
])

const EFFORTS = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
const SUMMARIES = oneOf('auto', 'concise', 'detailed')
const TRUNCATIONS = oneOf('auto', 'disabled')
const FORMATS = oneOf('text', 'json_object', 'json_schema')

/** @returns `unknown`: what has no effect here although it might be meant to have one. @throws ApiError for the first wrong shape */
export function readFields(body: unknown): { readonly fields: AskedFields; readonly unknown: readonly string[] } {
  if (!isFields(body)) throw refuse('the body', 'must be a JSON object')
  for (const [name, why] of NOT_HERE) {
    const value = body[name]
    if (value !== undefined && value !== null) throw refuse(name, `is ${shown(value)}, but ${why}`)
  }
  const unknown = Object.keys(body).filter((name) => !KNOWN.has(name))
  const model = optional(body, 'model', text)
  if (model === undefined || model === '') throw refuse('model', 'is required')
  const reasoning = optional(body, 'reasoning', object) ?? {}
  const said = optional(body, 'text', object) ?? {}
  const verbosity = said['verbosity'] ?? 'medium'
  if (verbosity !== 'medium') unknown.push('text.verbosity')
  if ((body['top_logprobs'] ?? 0) !== 0) unknown.push('top_logprobs')
  const store = optional(body, 'store', flag) ?? true
  const background = optional(body, 'background', flag) ?? false
  if (background && !store) throw refuse('background', 'needs store: true, because its answer is fetched later')
  return {
    unknown,
    fields: {
      model,
      input: body['input'] ?? undefined,
      instructions: optional(body, 'instructions', text),
      previous: optional(body, 'previous_response_id', text),
      stream: optional(body, 'stream', flag) ?? false,
      store,
      background,
      tools: body['tools'] ?? undefined,
      toolChoice: body['tool_choice'] ?? undefined,
      parallelToolCalls: optional(body, 'parallel_tool_calls', flag),
      maxOutputTokens: optional(body, 'max_output_tokens', positiveInteger),
      maxToolCalls: optional(body, 'max_tool_calls', positiveInteger),
      temperature: optional(body, 'temperature', number),
      topP: optional(body, 'top_p', number),
      effort: optional(reasoning, 'effort', EFFORTS, 'reasoning.effort'),
      summary:
        optional(reasoning, 'summary', SUMMARIES, 'reasoning.summary') ??
        optional(reasoning, 'generate_summary', SUMMARIES, 'reasoning.generate_summary'),
      format: formatOf(said['format']),
      truncation: optional(body, 'truncation', TRUNCATIONS) ?? 'disabled',
      include: new Set((optional(body, 'include', list) ?? []).map((one, index) => text(one, `include[${index}]`))),
      metadata: metadataOf(body['metadata']),
      promptCacheKey: optional(body, 'prompt_cache_key', text) || undefined,
      safetyIdentifier: optional(body, 'safety_identifier', text) || undefined,
      user: optional(body, 'user', text),
    },
  }
}

function formatOf(value: unknown): ResponseFormat {
  if (value === undefined || value === null) return { type: 'text' }
  const at = 'text.format'
  const format = object(value, at)
  const type = FORMATS(format['type'], `${at}.type`)
  if (type !== 'json_schema') return { type }
  const name = text(format['name'], `${at}.name`)
  if (name === '') throw refuse(`${at}.name`, 'must not be empty')
  const description = optional(format, 'description', text, `${at}.description`)
  return {
    type,
    name,
    ...(description === undefined ? {} : { description }),
    // Whoever sends a schema wants it kept.
    strict: optional(format, 'strict', flag, `${at}.strict`) ?? true,
    schema: object(format['schema'], `${at}.schema`),
  }
}

const MOST_PAIRS = 16
const MOST_KEY = 64
const MOST_VALUE = 512

/** Sixteen pairs of texts, as OpenAI has them. */
function metadataOf(value: unknown): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {}
  const pairs = Object.entries(object(value, 'metadata'))
  if (pairs.length > MOST_PAIRS) throw refuse('metadata', `has more than ${MOST_PAIRS} pairs`)
  return Object.fromEntries(
    pairs.map(([key, one]) => {
      if (key.length > MOST_KEY) throw refuse('metadata', `has a key of more than ${MOST_KEY} characters`)
      const kept = text(one, `metadata.${key}`)
      if (kept.length > MOST_VALUE) throw refuse(`metadata.${key}`, `has more than ${MOST_VALUE} characters`)
      return [key, kept] as const
    }),
  )
}
