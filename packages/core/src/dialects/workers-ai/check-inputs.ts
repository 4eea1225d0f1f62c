/**
 * The inputs of a run, as the model's page publishes them: what must be there, its ranges, and that all else passes through.
 * `input-schemas.ts` says the same as JSON Schema, and a test holds the two together.
 */

import { type Fields, isFields, isOneOf, refuse, shown } from '@moonbase/protocol'

/** What is wrong with a value, or `undefined`. */
type Check = (value: unknown) => string | undefined

/** Throws an `ApiError` for the first thing that the published schema does not allow. */
export function checkInputs(inputs: unknown, hosted: boolean): asserts inputs is Fields {
  if (!isFields(inputs)) throw refuse(`inputs must be an object, but got ${shown(inputs)}`)
  checkPrompt(inputs, hosted)
  const checks = hosted ? HOSTED : PROXIED
  for (const name in inputs) {
    const value = inputs[name]
    // A program that left it out; JSON has no such value.
    if (value === undefined || (hosted && value === null)) continue
    const problem = checks.get(name)?.(value)
    if (problem !== undefined) throw refuse(`${name} must be ${problem}, but got ${shown(value)}`)
  }
}

/** A hosted model takes one text in place of messages, and never both. */
function checkPrompt(inputs: Fields, hosted: boolean): void {
  if (hosted && inputs['requests'] !== undefined) {
    throw refuse('requests: this model takes no batches, its async_queue is false')
  }
  const { prompt, messages } = inputs
  if (hosted && prompt !== undefined) {
    if (messages !== undefined) throw refuse('prompt and messages cannot both be there')
    if (typeof prompt !== 'string' || prompt === '') throw refuse('prompt must be a string that is not empty')
    return
  }
  if (messages === undefined) throw refuse(hosted ? 'prompt or messages is required' : 'messages is required')
  if (!Array.isArray(messages)) throw refuse(`messages must be an array, but got ${shown(messages)}`)
  for (const [index, message] of messages.entries()) checkMessage(message, `messages[${index}]`, hosted)
}

const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'] as const

function checkMessage(message: unknown, at: string, hosted: boolean): void {
  if (!isFields(message)) throw refuse(`${at} must be an object`)
  const { role, content } = message
  if (!isOneOf(role, ROLES)) {
    throw refuse(`${at}.role must be one of ${ROLES.join(', ')}, but got ${shown(role)}`)
  }
  if (content === undefined) {
    // The proxied one asks for the field, and takes null.
    if (hosted && role === 'assistant') return
    throw refuse(`${at}.content is required`)
  }
  if (content === null ? !hosted || role === 'assistant' : typeof content === 'string' || Array.isArray(content)) return
  throw refuse(`${at}.content must be a string or an array of content parts, but got ${shown(content)}`)
}

const between =
  (minimum: number, maximum: number): Check =>
  (value) =>
    typeof value === 'number' && value >= minimum && value <= maximum
      ? undefined
      : `a number between ${minimum} and ${maximum}`

const integerBetween =
  (minimum: number, maximum: number): Check =>
  (value) =>
    Number.isInteger(value) ? between(minimum, maximum)(value) : `an integer between ${minimum} and ${maximum}`

const aboveZero: Check = (value) => (typeof value === 'number' && value > 0 ? undefined : 'a number above 0')
const integer: Check = (value) => (Number.isInteger(value) ? undefined : 'an integer')
const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'a boolean')
const list: Check = (value) => (Array.isArray(value) ? undefined : 'an array')

const MOST_STOPS = 4
const stops: Check = (value) => {
  if (typeof value === 'string') return undefined
  const fits = Array.isArray(value) && value.length > 0 && value.length <= MOST_STOPS
  return fits && value.every((one) => typeof one === 'string') ? undefined : `a string or 1 to ${MOST_STOPS} strings`
}

/** The one place of the proxied schema where nothing else may stand. */
const onlyUsage: Check = (value) => {
  const fits = isFields(value) && Object.keys(value).every((name) => name === 'include_usage')
  return fits && (value['include_usage'] === undefined || typeof value['include_usage'] === 'boolean')
    ? undefined
    : 'an object with nothing but include_usage, a boolean,'
}

const usageOption: Check = (value) =>
  isFields(value) && (value['include_usage'] === undefined || typeof value['include_usage'] === 'boolean')
    ? undefined
    : 'an object, with include_usage a boolean,'

const RANGES: readonly (readonly [string, Check])[] = [
  ['temperature', between(0, 2)],
  ['top_p', between(0, 1)],
  ['frequency_penalty', between(-2, 2)],
  ['presence_penalty', between(-2, 2)],
  ['stream', flag],
  ['tools', list],
]

const PROXIED: ReadonlyMap<string, Check> = new Map([
  ...RANGES,
  ['max_tokens', aboveZero],
  ['max_completion_tokens', aboveZero],
  ['stream_options', onlyUsage],
])

const HOSTED: ReadonlyMap<string, Check> = new Map([
  ...RANGES,
  ['max_tokens', integer],
  ['max_completion_tokens', integer],
  ['n', integerBetween(1, 128)],
  ['top_logprobs', integerBetween(0, 20)],
  ['seed', integer],
  ['stop', stops],
  ['stream_options', usageOption],
])
