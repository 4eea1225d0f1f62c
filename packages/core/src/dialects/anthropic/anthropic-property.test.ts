/** Nothing is lost on this wire, in either direction, whatever a conversation and an answer are made of. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ERRORS } from '@moonbase/protocol'
import { ApiError, type ErrorCode, apiError } from '@moonbase/protocol/errors'
import {
  type Arbitrary,
  array,
  assert as hold,
  constant,
  constantFrom,
  dictionary,
  integer,
  jsonValue,
  nat,
  oneof,
  option,
  property,
  record,
  string,
  stringMatching,
  tuple,
} from 'fast-check'
import {
  type ContentPart,
  type GenerationEvent,
  type Message,
  ReplyFold,
  type Tool,
  mediaFromUrl,
} from '../../generation/index.ts'
import type { ReplyHead } from '../dialect.ts'
import { wireOf } from '../testing/wire-of.ts'
import { decodeRequest } from './decode-request.ts'
import { encodeMessage } from './encode-message.ts'
import { MessageEvents } from './message-events.ts'
import { eventsIn, foldMessage } from './testing/fold-message.ts'
import { plainSeal as seal } from './testing/plain-seal.ts'
import { type Thoughts, wireConversation } from './testing/wire-conversation.ts'
import { ToolNames } from './tool-names.ts'

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const image = mediaFromUrl('image', `data:image/png;base64,${PNG}`)

const said = string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
const toolName = stringMatching(/^[a-zA-Z0-9_-]{1,128}$/)
const json = oneof(
  dictionary(stringMatching(/^[a-z]{1,6}$/), jsonValue({ maxDepth: 2 }), { maxKeys: 3 }).map((value) =>
    JSON.stringify(value),
  ),
  // What a model cut off, or never began rightly.
  constantFrom('{"a":', '[1,2]', 'not json', '"text"', '{"a":{"b":"}"}'),
)
const part = oneof<Arbitrary<ContentPart>[]>(
  said.map((text) => ({ type: 'text', text })),
  constant(image as ContentPart),
)
const content = oneof<Arbitrary<string | ContentPart[]>[]>(said, array(part, { minLength: 1, maxLength: 3 }))
const text = array(
  said.map((words) => ({ type: 'text' as const, text: words })),
  { minLength: 1, maxLength: 2 },
)

/** What the user says, and an answer with as many results as it has calls. */
const turn = tuple(
  content,
  option(said, { nil: undefined }),
  oneof<Arbitrary<'' | ContentPart[]>[]>(constant(''), text),
  array(tuple(nat(3), json, oneof<Arbitrary<string | ContentPart[]>[]>(constant(''), content)), { maxLength: 3 }),
  option(said, { nil: undefined }),
)

const conversation = tuple(
  array(turn, { minLength: 1, maxLength: 4 }),
  array(toolName, { minLength: 4, maxLength: 4 }),
  constantFrom<Thoughts>('signed', 'unsigned', 'sealed', 'redacted'),
).map(([turns, names, thoughts]) => {
  const messages: Message[] = []
  for (const [index, [user, reasoning, spoken, calls, system]] of turns.entries()) {
    messages.push({ role: 'user', content: user })
    if (system !== undefined) messages.push({ role: 'system', content: system })
    const toolCalls = calls.map(([tool, written], place) => ({
      id: `call_${index}_${place}`,
      builtin: false,
      name: names[tool] ?? '',
      arguments: written,
    }))
    if (spoken === '' && calls.length === 0) continue
    const thought = reasoning === undefined ? {} : { reasoning }
    messages.push({ role: 'assistant', content: spoken, toolCalls, partial: false, ...thought })
    for (const [place, [, , result]] of calls.entries()) {
      messages.push({ role: 'tool', toolCallId: `call_${index}_${place}`, content: result })
    }
  }
  messages.push({ role: 'user', content: 'and now?' })
  const tools: Tool[] = [...new Set(names)].map((name) => ({
    type: 'function',
    name,
    parameters: { type: 'object', properties: {} },
    strict: true,
  }))
  return { messages, tools, thoughts }
})

describe('a conversation on this wire', () => {
  it('comes back with every text, thought, id, argument and image, in its order', () => {
    hold(
      property(conversation, ({ messages, tools, thoughts }) => {
        const wire = { model: 'kimi-k2.5', max_tokens: 100, ...wireConversation({ messages, tools }, thoughts, seal) }
        const { draft, names } = decodeRequest(wireOf(structuredClone(wire)), {
          seal,
          readMedia: mediaFromUrl,
          counting: false,
          restores: false,
        })
        const known = new ToolNames(tools.map(({ name }) => name))
        const expected = messages.map((message) =>
          message.role === 'assistant'
            ? { ...message, toolCalls: message.toolCalls.map((call) => ({ ...call, name: known.toModel(call.name) })) }
            : message,
        )
        assert.deepEqual(draft.messages, expected)
        assert.deepEqual(
          draft.tools.map(({ name }) => names.toWire(name)),
          tools.map(({ name }) => name),
        )
        for (const { name } of draft.tools) assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/)
      }),
      { numRuns: 300 },
    )
  })
})

const head: ReplyHead = {
  requestId: '01234567-89ab-4cde-8f01-23456789abcd',
  created: 1_764_600_000,
  model: 'kimi-k2.5',
  fingerprint: 'fpv0_00000000',
  promptTokens: 12,
}

/** An answer in the order of the model, its calls in pieces that may come across each other. */
const answer = record({
  reasoning: array(said, { maxLength: 3 }),
  text: array(said, { maxLength: 3 }),
  calls: array(tuple(toolName, json, integer({ min: 1, max: 5 })), { maxLength: 3 }),
  order: array(nat(2), { maxLength: 12 }),
  finish: constantFrom('stop', 'length', 'tool_calls', 'content_filter'),
  stop: option(constantFrom('END', '\n'), { nil: undefined }),
}).map(({ reasoning, text: words, calls, order, finish, stop }) => {
  const events: GenerationEvent[] = [{ type: 'start', engine: 'test', model: 'm' }]
  for (const piece of reasoning) events.push({ type: 'reasoning', choice: 0, text: piece })
  for (const piece of words) events.push({ type: 'text', choice: 0, text: piece })
  const waiting = calls.map(([name, written, size], call) => {
    const pieces: GenerationEvent[] = []
    for (let at = 0; at < written.length; at += size) {
      const piece = written.slice(at, at + size)
      pieces.push({ type: 'tool-call', choice: 0, call, arguments: piece, ...(at === 0 ? { name } : {}) })
    }
    return pieces
  })
  // A call begins behind the beginning of the one before it.
  let begun = 0
  const give = (call: number): void => {
    const next = waiting[call]?.shift()
    if (next === undefined) return
    begun = Math.max(begun, call + 1)
    events.push(next)
  }
  for (const wanted of order) give(Math.min(wanted, begun))
  for (const call of waiting.keys()) while ((waiting[call]?.length ?? 0) > 0) give(call)
  events.push({ type: 'finish', choice: 0, reason: finish, ...(stop === undefined ? {} : { stop }) })
  events.push({ type: 'usage', usage: { prompt: 20, completion: 9, cached: 5, reasoning: 3 } })
  return { events, names: calls.map(([name]) => name) }
})

const encodingOf = (names: readonly string[], sealed: boolean, single: boolean) => {
  const known = new ToolNames(names)
  // The model calls tools by the names that it was told.
  const toModel = (event: GenerationEvent): GenerationEvent =>
    event.type === 'tool-call' && event.name !== undefined ? { ...event, name: known.toModel(event.name) } : event
  return { encoding: { names: known, seal, sealed, single }, toModel }
}

describe('an answer on this wire', () => {
  it('is the same whole and streamed', () => {
    hold(
      property(answer, constantFrom(true, false), constantFrom(true, false), ({ events, names }, sealed, single) => {
        const { encoding, toModel } = encodingOf(names, sealed, single)
        const fold = new ReplyFold()
        const encoder = new MessageEvents(head, encoding)
        let stream = ''
        for (const event of events.map(toModel)) {
          fold.push(event)
          stream += encoder.push(event)
        }
        stream += encoder.end()
        const whole: unknown = JSON.parse(JSON.stringify(encodeMessage(head, fold.reply(), encoding)))
        assert.deepEqual(foldMessage(stream), whole)
      }),
      { numRuns: 300 },
    )
  })

  it('is what the model said when it is sent back', () => {
    hold(
      property(answer, constantFrom(true, false), ({ events, names }, sealed) => {
        const { encoding, toModel } = encodingOf(names, sealed, false)
        const fold = new ReplyFold()
        for (const event of events.map(toModel)) fold.push(event)
        const reply = fold.reply()
        const message = structuredClone(encodeMessage(head, reply, encoding))
        const messages = [
          { role: 'assistant', content: message.content },
          { role: 'user', content: 'x' },
        ]
        const tools = [...new Set(names)].map((name) => ({ name, input_schema: { type: 'object' } }))
        const body = { model: 'kimi-k2.5', max_tokens: 1, messages, tools }
        const { draft } = decodeRequest(wireOf(body), {
          seal,
          readMedia: mediaFromUrl,
          counting: false,
          restores: false,
        })
        const [back] = draft.messages
        assert.ok(back?.role === 'assistant')
        const choice = reply.choices[0] ?? assert.fail('no choice')
        assert.equal(back.reasoning ?? '', choice.reasoning)
        assert.equal(
          typeof back.content === 'string'
            ? back.content
            : back.content.map((piece) => (piece.type === 'text' ? piece.text : '')).join(''),
          choice.text,
        )
        assert.deepEqual(
          back.toolCalls.map((call) => [call.name, call.arguments]),
          choice.toolCalls.map((call) => [call.name, call.arguments]),
        )
      }),
      { numRuns: 200 },
    )
  })

  it('that fails anywhere says so in the stream, and nothing that means complete', () => {
    const errors = Object.keys(ERRORS).map((code) => {
      const row = ERRORS[code as ErrorCode]
      return new ApiError(code as ErrorCode, row, row.words)
    })
    hold(
      property(answer, nat(), nat(errors.length - 1), ({ events, names }, cut, which) => {
        const { encoding, toModel } = encodingOf(names, false, false)
        const encoder = new MessageEvents(head, encoding)
        let stream = ''
        for (const event of events.slice(0, 1 + (cut % events.length)).map(toModel)) stream += encoder.push(event)
        stream += encoder.fail(errors[which] ?? apiError('internal'))
        const told = eventsIn(stream)
        assert.equal(told.at(-1)?.event, 'error')
        assert.ok(!told.some(({ event }) => event === 'message_stop' || event === 'message_delta'))
      }),
      { numRuns: 200 },
    )
  })
})
