/** One line of a cassette, checked field by field. */

import type { GenerationEvent, ReportedUsage } from '../../generation/index.ts'
import { CASSETTE_LIMITS, type Ending, type RecordedFailure, type Recording, type TimedEvent } from './cassette.ts'
import {
  fieldsOf,
  known,
  listAt,
  matching,
  numberAt,
  oneOfAt,
  optional,
  sha256At,
  textAt,
  wholeAt,
} from './line-fields.ts'
import { readRecordedRequest } from './read-recorded-request.ts'

/** @throws LineError that names the field */
export function readRecording(value: unknown): Recording {
  const fields = fieldsOf(value, 'the line')
  known(fields, ['key', 'engine', 'tokens', 'request', 'events', 'end'], 'the line')
  const events = listAt(fields['events'], 'events', readEvent)
  const end = readEnding(fields['end'], 'end')
  let before = 0
  for (const [index, { at }] of events.entries()) {
    matching(at >= before, `events[${index}].at`, 'is less than that of the event before it')
    before = at
  }
  matching(end.at >= before, 'end.at', 'is less than that of the last event')
  return {
    key: sha256At(fields['key'], 'key'),
    engine: textAt(fields['engine'], 'engine'),
    tokens: oneOfAt(fields['tokens'], ['exact', 'approximate'], 'tokens'),
    request: readRecordedRequest(fields['request']),
    events,
    end,
  }
}

function readEvent(value: unknown, place: string): TimedEvent {
  const { at, ...event } = fieldsOf(value, place)
  return { at: wholeAt(at, `${place}.at`, CASSETTE_LIMITS.longestMs), event: checkedEvent(event, place) }
}

const EVENT_TYPES = ['start', 'reasoning', 'text', 'tool-call', 'server-tool', 'finish', 'usage'] as const
const FINISH_REASONS = ['stop', 'length', 'tool_calls', 'content_filter'] as const

function checkedEvent(fields: Readonly<Record<string, unknown>>, at: string): GenerationEvent {
  const type = oneOfAt(fields['type'], EVENT_TYPES, `${at}.type`)
  const only = (...names: string[]): void => known(fields, ['type', ...names], at)
  const choice = (): number => wholeAt(fields['choice'], `${at}.choice`, CASSETTE_LIMITS.choices)
  switch (type) {
    case 'start':
      only('engine', 'model')
      return {
        type,
        engine: textAt(fields['engine'], `${at}.engine`),
        model: textAt(fields['model'], `${at}.model`),
      }
    case 'reasoning':
    case 'text':
      only('choice', 'text')
      return { type, choice: choice(), text: textAt(fields['text'], `${at}.text`) }
    case 'tool-call':
      only('choice', 'call', 'name', 'id', 'arguments')
      return {
        type,
        choice: choice(),
        call: wholeAt(fields['call'], `${at}.call`, CASSETTE_LIMITS.calls),
        ...optional(fields, 'name', at, textAt),
        ...optional(fields, 'id', at, textAt),
        arguments: textAt(fields['arguments'], `${at}.arguments`),
      }
    case 'server-tool':
      only('choice', 'name', 'id', 'state', 'input', 'output')
      return {
        type,
        choice: choice(),
        name: textAt(fields['name'], `${at}.name`),
        id: textAt(fields['id'], `${at}.id`),
        state: oneOfAt(fields['state'], ['begun', 'done'], `${at}.state`),
        input: optional(fields, 'input', at, textAt).input,
        output: optional(fields, 'output', at, textAt).output,
      }
    case 'finish':
      only('choice', 'reason', 'stop')
      return {
        type,
        choice: choice(),
        reason: oneOfAt(fields['reason'], FINISH_REASONS, `${at}.reason`),
        ...optional(fields, 'stop', at, textAt),
      }
    case 'usage':
      only('usage')
      return { type, usage: readUsage(fields['usage'], `${at}.usage`) }
  }
}

function readUsage(value: unknown, at: string): ReportedUsage {
  const fields = fieldsOf(value, at)
  known(fields, ['prompt', 'completion', 'cached', 'reasoning'], at)
  return {
    prompt: tokensAt(fields['prompt'], `${at}.prompt`),
    completion: tokensAt(fields['completion'], `${at}.completion`),
    cached: tokensAt(fields['cached'], `${at}.cached`),
    ...optional(fields, 'reasoning', at, tokensAt),
  }
}

const MOST_TOKENS = 1_000_000_000

function tokensAt(value: unknown, at: string): number {
  return wholeAt(value, at, MOST_TOKENS)
}

const FAILURE_FIELDS = ['kind', 'status', 'retry_after_ms', 'public_message', 'limit'] as const
const FAILURE_KINDS = [
  'refused',
  'content-filter',
  'model-not-found',
  'misconfigured',
  'overloaded',
  'unavailable',
  'timeout',
  'protocol',
  'cut',
  'limit',
] as const satisfies readonly RecordedFailure['kind'][]

function readEnding(value: unknown, place: string): Ending {
  const fields = fieldsOf(value, place)
  const at = wholeAt(fields['at'], `${place}.at`, CASSETTE_LIMITS.longestMs)
  const as = oneOfAt(fields['as'], ['complete', 'left', 'failure'], `${place}.as`)
  known(fields, as === 'failure' ? ['at', 'as', ...FAILURE_FIELDS] : ['at', 'as'], place)
  if (as !== 'failure') return { at, as }
  return {
    at,
    as,
    kind: oneOfAt(fields['kind'], FAILURE_KINDS, `${place}.kind`),
    ...optional(fields, 'status', place, (status, where) => wholeAt(status, where, 999)),
    ...optional(fields, 'retry_after_ms', place, (ms, where) => wholeAt(ms, where, Number.MAX_SAFE_INTEGER)),
    ...optional(fields, 'public_message', place, textAt),
    ...optional(fields, 'limit', place, readLimit),
  }
}

function readLimit(value: unknown, at: string): { size: number; unit: string } {
  const fields = fieldsOf(value, at)
  known(fields, ['size', 'unit'], at)
  return { size: numberAt(fields['size'], `${at}.size`), unit: textAt(fields['unit'], `${at}.unit`) }
}
