/** What a line of a cassette keeps of its request, checked field by field. */

import type { ToolChoice } from '../../generation/index.ts'
import {
  fieldsOf,
  flagAt,
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
import {
  type RecordedFormat,
  type RecordedMedia,
  type RecordedMessage,
  type RecordedRequest,
  type RecordedSampling,
  type RecordedTool,
  keptFields,
} from './recorded-request.ts'

/** @throws LineError that names the field */
export function readRecordedRequest(value: unknown): RecordedRequest {
  const at = 'request'
  const fields = fieldsOf(value, at)
  known(
    fields,
    [
      'model',
      'messages',
      'tools',
      'tool_choice',
      'thinking',
      'max_completion_tokens',
      'stop',
      'response_format',
      'sampling',
      'extra',
    ],
    at,
  )
  const extra = fieldsOf(fields['extra'], `${at}.extra`)
  const kept = Object.keys(keptFields(extra)).length === Object.keys(extra).length
  matching(kept, `${at}.extra`, 'holds a field or a value that is never recorded')
  return {
    model: textAt(fields['model'], `${at}.model`),
    messages: listAt(fields['messages'], `${at}.messages`, readMessage),
    tools: listAt(fields['tools'], `${at}.tools`, readTool),
    tool_choice: readToolChoice(fields['tool_choice'], `${at}.tool_choice`),
    thinking: flagAt(fields['thinking'], `${at}.thinking`),
    max_completion_tokens: wholeAt(
      fields['max_completion_tokens'],
      `${at}.max_completion_tokens`,
      Number.MAX_SAFE_INTEGER,
    ),
    stop: listAt(fields['stop'], `${at}.stop`, textAt),
    response_format: readFormat(fields['response_format'], `${at}.response_format`),
    sampling: readSampling(fields['sampling'], `${at}.sampling`),
    extra,
  }
}

function readMessage(value: unknown, at: string): RecordedMessage {
  const fields = fieldsOf(value, at)
  known(fields, ['role', 'sha256', 'begins', 'calls', 'media', 'partial'], at)
  return {
    role: oneOfAt(fields['role'], ['system', 'user', 'assistant', 'tool'], `${at}.role`),
    sha256: sha256At(fields['sha256'], `${at}.sha256`),
    begins: textAt(fields['begins'], `${at}.begins`),
    ...optional(fields, 'calls', at, (calls, place) => listAt(calls, place, textAt)),
    ...optional(fields, 'media', at, (media, place) => listAt(media, place, readMedia)),
    ...optional(fields, 'partial', at, (partial, place) =>
      oneOfAt(partial, ['text', 'reasoning', 'tool-calls'], place),
    ),
  }
}

function readMedia(value: unknown, at: string): RecordedMedia {
  const fields = fieldsOf(value, at)
  known(fields, ['type', 'mime', 'bytes', 'sha256'], at)
  return {
    type: oneOfAt(fields['type'], ['image', 'video'], `${at}.type`),
    mime: textAt(fields['mime'], `${at}.mime`),
    bytes: wholeAt(fields['bytes'], `${at}.bytes`, Number.MAX_SAFE_INTEGER),
    sha256: sha256At(fields['sha256'], `${at}.sha256`),
  }
}

function readTool(value: unknown, at: string): RecordedTool {
  const fields = fieldsOf(value, at)
  known(fields, ['name', 'sha256'], at)
  return { name: textAt(fields['name'], `${at}.name`), sha256: sha256At(fields['sha256'], `${at}.sha256`) }
}

function readToolChoice(value: unknown, at: string): ToolChoice {
  if (typeof value === 'string') return oneOfAt(value, ['auto', 'none', 'required'], at)
  const fields = fieldsOf(value, at)
  known(fields, ['name'], at)
  return { name: textAt(fields['name'], `${at}.name`) }
}

function readFormat(value: unknown, at: string): RecordedFormat {
  const fields = fieldsOf(value, at)
  known(fields, ['type', 'sha256'], at)
  return {
    type: oneOfAt(fields['type'], ['text', 'json_object', 'json_schema'], `${at}.type`),
    ...optional(fields, 'sha256', at, sha256At),
  }
}

function readSampling(value: unknown, at: string): RecordedSampling {
  const fields = fieldsOf(value, at)
  const names = ['temperature', 'top_p', 'n', 'presence_penalty', 'frequency_penalty'] as const
  known(fields, names, at)
  const figure = (name: (typeof names)[number]): number => numberAt(fields[name], `${at}.${name}`)
  return {
    temperature: figure('temperature'),
    top_p: figure('top_p'),
    n: figure('n'),
    presence_penalty: figure('presence_penalty'),
    frequency_penalty: figure('frequency_penalty'),
  }
}
