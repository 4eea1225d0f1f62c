/** Scenario files: exact replies, timing and failures, scripted. This is their form; `docs/offline-engine.md` shows them. */

import type { JsonSchema } from '../../generation/index.ts'
import {
  type Path,
  type Shape,
  ShapeError,
  type ValueOf,
  anyObject,
  anything,
  either,
  flag,
  integer,
  list,
  oneOf,
  record,
  text,
} from './shape.ts'

/** A request's text that is searched with a pattern of a scenario: its last so many characters. */
export const SEARCHED_CHARACTERS = 20_000
const PATTERN_CHARACTERS = 500
const TEXT_CHARACTERS = 1_000_000
const MOST_SCENARIOS = 1_000
const MOST_CHUNKS = 100_000
const HOUR_MS = 3_600_000

const pattern: Shape<RegExp> = {
  read(value, path) {
    const { regex, flags = '' } = record(
      '',
      { regex: text('', { longest: PATTERN_CHARACTERS, shortest: 1 }) },
      { flags: text('', { longest: 4 }) },
    ).read(value, path)
    if (!/^[imsu]*$/.test(flags)) throw new ShapeError([...path, 'flags'], 'may hold the flags i, m, s and u')
    try {
      return new RegExp(regex, flags)
    } catch (error) {
      throw new ShapeError([...path, 'regex'], error instanceof Error ? error.message : 'is no regular expression')
    }
  },
  schema: {
    type: 'object',
    description: `A JavaScript regular expression, searched in the last ${SEARCHED_CHARACTERS} characters of the text.`,
    properties: {
      regex: { type: 'string', minLength: 1, maxLength: PATTERN_CHARACTERS },
      flags: { type: 'string', description: 'Any of i, m, s, u.', pattern: '^[imsu]*$' },
    },
    required: ['regex'],
    additionalProperties: false,
  },
}

const isText = (value: unknown): boolean => typeof value === 'string'
const phrase = text('A part of the text, as it is written there.', { longest: PATTERN_CHARACTERS, shortest: 1 })
const wording = (description: string): Shape<string | RegExp> => either(description, [isText, phrase], pattern)
const name = (description: string): Shape<string> => text(description, { longest: 200, shortest: 1 })
const milliseconds = (description: string): Shape<number> => integer(description, { minimum: 0, maximum: HOUR_MS })
const tokens = (description: string): Shape<number> => integer(description, { minimum: 0, maximum: 100_000_000 })
const chunks = (description: string): Shape<number> => integer(description, { minimum: 0, maximum: MOST_CHUNKS })

const match = record(
  'Which requests the scenario answers: those for which everything given here holds. Nothing given matches all.',
  {},
  {
    last_user: wording('In the last message of the user.'),
    system: wording('In the system messages.'),
    any_message: wording('In any message.'),
    model: wording('The model asked for: its whole id, or a regular expression.'),
    has_tool: name('A tool of this name is offered.'),
    after_tool: either(
      'The tools have answered since the user last spoke: true or false, or the name of one that has.',
      [(value) => typeof value === 'boolean', flag('Whether any has.')],
      name('The name of one that has.'),
    ),
    thinking: flag('The model is to think.'),
    has_image: flag('An image or a video is in the messages.'),
    partial: flag('The request has the beginning of the answer.'),
    stream: flag('The answer is streamed.'),
    response_format: oneOf('The form that the answer has to have.', ['text', 'json_object', 'json_schema']),
    turn: integer('How many messages the user has sent.', { minimum: 0, maximum: 100_000 }),
  },
)

const toolCall = record(
  'One call.',
  { name: name('The name of the tool; it need not be one that was offered.') },
  {
    arguments: either(
      'An object, which is written as JSON, or a text, which is sent as it stands even where it is no JSON.',
      [isText, text('Sent as it stands.', { longest: TEXT_CHARACTERS })],
      anyObject('Written as JSON.'),
    ),
    id: name('The id that the client sees, in place of name:index.'),
  },
)

const fault = record(
  'What goes wrong. A chunk is one piece of reasoning, text or tool call; a fault that waits for more chunks than there are strikes before the finish.',
  {},
  {
    status: integer('Fails like an engine that answers with this HTTP status.', { minimum: 400, maximum: 599 }),
    message: text('With `status`: the error message of the engine.', { longest: 2_000 }),
    type: name('With `status`: the error type of the engine.'),
    retry_after: integer('With `status`: seconds until a retry may succeed.', { minimum: 0, maximum: 86_400 }),
    delay_first_token_ms: milliseconds('Waits so long before anything else.'),
    silence_after_chunks: chunks('Falls silent after so many chunks, for `for_ms` or until the client leaves.'),
    for_ms: milliseconds('With `silence_after_chunks`: milliseconds of silence; it goes on afterwards.'),
    cut_after_chunks: chunks('Stops in the middle after so many chunks.'),
    reset_after_chunks: chunks('The connection is reset after so many chunks.'),
    malformed_after_chunks: chunks('Says something unintelligible after so many chunks.'),
    missing_done: flag('Everything arrives, the finish too, and then the stream breaks before its end.'),
    no_finish: flag('Ends without a finish, as if that were an end.'),
  },
)

const reply = record(
  'What is answered. Without text, json, chunks and tool_calls the engine answers as it would, with the timing and faults given here.',
  {},
  {
    reasoning: text('The reasoning; left out when the model is not to think.', { longest: TEXT_CHARACTERS }),
    text: text('The text.', { longest: TEXT_CHARACTERS }),
    json: anything('Written as JSON in place of a text.'),
    chunks: list('The text, in exactly these pieces.', text('A piece.', { longest: TEXT_CHARACTERS }), {
      most: MOST_CHUNKS,
    }),
    tool_calls: list('Calls, after the text.', toolCall, { most: 128 }),
    finish_reason: oneOf('In place of the one that fits.', ['stop', 'length', 'tool_calls', 'content_filter']),
    chunk_size: integer('Characters of each piece, in place of about one token.', {
      minimum: 1,
      maximum: TEXT_CHARACTERS,
    }),
    pace: record(
      'The speed.',
      {},
      {
        first_token_ms: milliseconds('Until the first chunk.'),
        per_chunk_ms: milliseconds('Before every other chunk.'),
      },
    ),
    usage: record(
      'The tokens that are reported; what is left out is counted.',
      {},
      {
        prompt: tokens('Of the prompt.'),
        completion: tokens('Generated, reasoning included.'),
        cached: tokens('Of the prompt, found in a cache.'),
        reasoning: tokens('Generated as reasoning.'),
      },
    ),
    fault,
  },
)

const scenario = record(
  'One scripted reply.',
  { name: name('For people and for logs.'), match, reply },
  {
    times: integer(
      'It answers so many matching requests, counted from the start of the server, and then steps aside.',
      {
        minimum: 1,
        maximum: 1_000_000,
      },
    ),
  },
)

const file = record(
  'Scenarios of the offline engine of moonbase. The first that matches a request answers it; none, and the engine answers by itself.',
  {
    version: integer('The version of this form.', { minimum: 1, maximum: 1 }),
    scenarios: list('In order.', scenario, { most: MOST_SCENARIOS }),
  },
  {},
)

export type Scenario = ValueOf<typeof scenario>
export type ScenarioMatch = ValueOf<typeof match>
export type ScenarioReply = ValueOf<typeof reply>
export type ScenarioFault = ValueOf<typeof fault>

/** The scenarios of one file, from its parsed content. Throws a `ScenarioError` that names the place of the mistake. */
export function parseScenarios(value: unknown): Scenario[] {
  const { scenarios } = file.read(value, [])
  for (const [index, { reply: given }] of scenarios.entries()) checkReply(given, ['scenarios', index, 'reply'])
  return [...scenarios]
}

export { ShapeError as ScenarioError }

/** Fields that would contradict each other, or that mean nothing alone. */
function checkReply(given: ScenarioReply, path: Path): void {
  const texts = (['text', 'json', 'chunks'] as const).filter((field) => given[field] !== undefined)
  if (texts.length > 1)
    throw new ShapeError([...path, texts[1] ?? ''], `cannot stand beside ${texts[0] ?? ''}: both are the text`)
  const { fault: wrong } = given
  if (wrong === undefined) return
  const at = [...path, 'fault']
  for (const field of ['message', 'type', 'retry_after'] as const) {
    if (wrong[field] !== undefined && wrong.status === undefined)
      throw new ShapeError([...at, field], 'needs status beside it')
  }
  if (wrong.for_ms !== undefined && wrong.silence_after_chunks === undefined) {
    throw new ShapeError([...at, 'for_ms'], 'needs silence_after_chunks beside it')
  }
}

/** The published JSON Schema of a scenario file. */
export const SCENARIO_SCHEMA: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'moonbase scenarios',
  ...file.schema,
}
