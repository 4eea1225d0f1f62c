/** Whatever is asked for: what a spelling says is what was meant, and what it does not say stands in its notes. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { ChatMessage, ChatRequest } from '@moonbase/protocol'
import { NoteTaker } from '../packages/web/src/spellings/anthropic/note-taker.ts'
import { writeBody } from '../packages/web/src/spellings/anthropic/write-body.ts'
import { whatDiffers } from '../packages/web/src/spellings/what-differs.ts'
import { inMessagesForm, received, wanted, without } from './web/spellings/same-request.ts'

const PNG =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const some = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined })
const textPart = fc.record({ type: fc.constant('text' as const), text: some })
const imagePart = fc.constant({ type: 'image_url' as const, image_url: { url: PNG } })
const parts = fc.array(fc.oneof(textPart, imagePart), { minLength: 1, maxLength: 3 })
const texts = fc.oneof(some, fc.array(textPart, { minLength: 1, maxLength: 2 }))
const named = { name: maybe(fc.oneof(some, fc.constant(null))) }

const userTurn = fc.record({ role: fc.constant('user' as const), content: fc.oneof(some, parts), ...named })
const systemTurn = fc.record({ role: fc.constant('system' as const), content: texts, ...named })
const said = fc.record({
  role: fc.constant('assistant' as const),
  content: texts,
  reasoning_content: maybe(fc.oneof(some, fc.constant(''), fc.constant(null))),
  partial: maybe(fc.constant(false)),
  ...named,
})
const written = fc.oneof(
  fc.json(),
  fc.json().map((json) => `{ "a": ${json}\n}`),
  fc.constantFrom(
    '',
    ' ',
    '{}',
    '{"a":1.0}',
    '{"a":',
    '{"INVALID_JSON":"x"}',
    '{"__proto__":1}',
    '[1]',
    '{"1":1,"0":2}',
  ),
)
/** Calls and the results of all of them. Ids are made unique below. */
const round = fc
  .record({
    content: fc.oneof(fc.constantFrom('', null, undefined), texts),
    reasoning: some,
    calls: fc.array(
      fc.record({
        name: fc.constantFrom('look', '$web_search'),
        text: written,
        result: fc.oneof(texts, fc.constant('')),
      }),
      {
        minLength: 1,
        maxLength: 3,
      },
    ),
  })
  .map(({ content, reasoning, calls }): ChatMessage[] => {
    const caller: ChatMessage = {
      role: 'assistant',
      ...(content === undefined ? {} : { content }),
      reasoning_content: reasoning,
      tool_calls: calls.map(({ name, text }, index) => ({
        id: `call:${index}`,
        type: name.startsWith('$') ? 'builtin_function' : 'function',
        function: { name, arguments: text },
      })),
    }
    const results = calls.map(({ result }, index): ChatMessage => ({
      role: 'tool',
      tool_call_id: `call:${index}`,
      content: result,
    }))
    return results.toSpliced(0, 0, caller)
  })

const turns = fc
  .array(
    fc.oneof(
      userTurn.map((one) => [one]),
      systemTurn.map((one) => [one]),
      said.map((one) => [one]),
      round,
    ),
    { maxLength: 6 },
  )
  .map((all) => all.flat() as ChatMessage[])
const end = fc.oneof(
  userTurn.map((one) => [one]),
  round,
  fc
    .record({ role: fc.constant('assistant' as const), content: some, partial: fc.boolean(), ...named })
    .map((one) => [one]),
)

const request = fc
  .record({
    // Somebody asks something: of calls that cannot be said alone nothing would be left.
    first: fc.oneof(
      userTurn.map((one) => [one]),
      fc.tuple(systemTurn, userTurn),
    ),
    turns,
    end,
    fields: fc.record(
      {
        thinking: fc.constantFrom({ type: 'enabled' }, { type: 'disabled' }, null),
        stream: fc.constantFrom(true, false, null),
        stream_options: fc.constantFrom({ include_usage: true }, { include_usage: false }, null),
        max_tokens: fc.constantFrom(32_768, 100, null),
        max_completion_tokens: fc.constantFrom(32_768, 200, null),
        top_p: fc.constantFrom(0.95, null),
        n: fc.constantFrom(1, null),
        presence_penalty: fc.constantFrom(0, null),
        stop: fc.oneof(some, fc.array(some, { maxLength: 3 })),
        tools: fc.constantFrom(
          [],
          null,
          [
            {
              type: 'function',
              function: { name: 'look', description: '', parameters: { type: 'object', properties: {} }, strict: true },
            },
          ],
          [
            { type: 'function', function: { name: 'clock', strict: false } },
            { type: 'function', function: { name: 'look' } },
          ],
        ),
        tool_choice: fc.constantFrom('auto', 'none', null),
        parallel_tool_calls: fc.boolean(),
        response_format: fc.constantFrom(
          { type: 'text' },
          {
            type: 'json_schema',
            json_schema: { name: 'a', description: 'b', strict: false, schema: { type: 'object' } },
          },
          { type: 'json_schema', json_schema: { name: 'output', schema: { type: 'object', properties: {} } } },
        ),
        prompt_cache_key: some,
        safety_identifier: some,
        seed: fc.integer(),
      },
      { requiredKeys: [] },
    ),
  })
  .map(
    ({ first, turns: before, end: last, fields }) =>
      JSON.parse(
        JSON.stringify({ model: 'kimi-k2.5', messages: [...first, ...before, ...last], ...fields }),
      ) as ChatRequest,
  )
  // What the contract refuses is nobody's to spell.
  .filter((one) => {
    try {
      wanted(one)
      return true
    } catch {
      return false
    }
  })

describe('what differs, and everything', () => {
  it('mean what the request means', () => {
    fc.assert(
      fc.property(request, (asked) => {
        for (const everything of [false, true]) assert.deepEqual(wanted(whatDiffers(asked, everything)), wanted(asked))
      }),
      { numRuns: 300 },
    )
  })
})

describe('the Messages API', () => {
  it('is told everything but what the notes name', () => {
    fc.assert(
      fc.property(request, fc.boolean(), (asked, everything) => {
        const taker = new NoteTaker()
        const body = JSON.stringify(writeBody(asked, whatDiffers(asked, everything), everything, taker))
        const came = received({
          label: undefined,
          path: '/anthropic/v1/messages',
          headers: {},
          body,
          status: 0,
          refusal: '',
        })
        const { notes } = taker
        assert.deepEqual(inMessagesForm(came, notes), inMessagesForm(wanted(without(asked, notes)), notes))
      }),
      { numRuns: 500 },
    )
  })
})
