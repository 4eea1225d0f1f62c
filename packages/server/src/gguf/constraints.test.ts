/** What must be exact is exact: forced calls, schemas and JSON answers of a model that knows nothing, all of them valid. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { EngineError, type GenerationRequest, type JsonSchema } from '@moonbase/core/generation'
import { SPECIAL_TOKENS } from '@moonbase/format'
import { firstMismatch } from '@moonbase/protocol/mfjs'
import {
  type JoinedChoice,
  collectEvents,
  collectUntilFailure,
  onlyChoice,
} from '../../../../test/support/collect-events.ts'
import { type TinyGguf, openTinyGguf, tinyRequest } from '../../../../test/support/open-tiny-gguf.ts'
import { GrammarError, jsonGrammar, toolArgumentsGrammar } from './grammar/index.ts'

const CITY: JsonSchema = {
  type: 'object',
  properties: { city: { type: 'string', maxLength: 40 }, days: { type: 'integer', minimum: 1, maximum: 7 } },
  required: ['city'],
  additionalProperties: false,
}

const OWN_SCHEMAS: readonly JsonSchema[] = [
  CITY,
  { type: 'object', properties: { unit: { type: 'string', enum: ['c', 'f'] }, at: { type: ['number', 'null'] } } },
  {
    type: 'object',
    properties: {
      tags: { type: 'array', items: { type: 'string', minLength: 2, maxLength: 8 }, minItems: 1, maxItems: 3 },
    },
    required: ['tags'],
  },
  {
    type: 'object',
    properties: { either: { anyOf: [{ type: 'boolean' }, { $ref: '#/$defs/point' }] } },
    required: ['either'],
    $defs: {
      point: { type: 'object', properties: { x: { type: 'number', minimum: 0, maximum: 10 } }, required: ['x'] },
    },
  },
]

/** Of the two tests that take longest; the suite `constrained-answers` plays 200, which is every schema nearly twice. */
const ROUNDS = Number(process.env['MOONBASE_CONSTRAINED_ROUNDS'] ?? 48)
/** Between the schemas of two rounds, so that few rounds see some of every kind. */
const STRIDE = 37
const live = (): AbortSignal => new AbortController().signal

describe('constrained answers', () => {
  let tiny: TinyGguf
  const schemas = validSchemas().filter((schema) => hasInstance(() => jsonGrammar({ type: 'schema', schema })))
  const parameters = validSchemas().filter((schema) => hasInstance(() => toolArgumentsGrammar(schema)))
  before(async () => {
    assert.ok(schemas.length > 3 && parameters.length > 3)
    tiny = await openTinyGguf({ sequences: 8, queue: ROUNDS, context: 4096 })
  })
  after(() => tiny.close())

  const ask = async (request: GenerationRequest): Promise<JoinedChoice> =>
    onlyChoice(await collectEvents(tiny.engine.generate(request, live())))

  test(`${ROUNDS} of ${ROUNDS} forced tool calls are valid`, async () => {
    await eachOf(ROUNDS, async (round) => {
      const schema = parameters[(round * STRIDE) % parameters.length] ?? {}
      const tools = [tool('get_weather', schema), tool('get-time.utc', { type: 'object', properties: {} })]
      const named = round % 2 === 0
      const { calls, finish, text } = await ask(
        varied(round, { tools, toolChoice: named ? { name: 'get_weather' } : 'required' }),
      )
      const story = `round ${round}: ${JSON.stringify(schema)} ${JSON.stringify(calls)}`
      assert.equal(finish, 'tool_calls', story)
      assert.equal(text, '', story)
      assert.ok(calls.length >= 1, story)
      for (const call of calls) {
        const declared = tools.find(({ name }) => name === call.name)
        assert.ok(declared?.type === 'function' && (!named || call.name === 'get_weather'), story)
        assert.equal(firstMismatch(declared.parameters, JSON.parse(call.arguments)), undefined, story)
      }
    })
  })

  test(`${ROUNDS} of ${ROUNDS} schemas are filled, with thinking and without`, async () => {
    await eachOf(ROUNDS, async (round) => {
      const schema = schemas[(round * STRIDE) % schemas.length] ?? {}
      const { text, finish } = await ask(
        varied(round, {
          thinking: round % 2 === 0,
          responseFormat: { type: 'json_schema', name: 'answer', strict: true, schema },
        }),
      )
      const story = `round ${round}: ${JSON.stringify(schema)} ${text}`
      assert.equal(finish, 'stop', story)
      assert.equal(firstMismatch(schema, JSON.parse(text)), undefined, story)
    })
  })

  test('a schema that no value fits is refused before anything is generated', async () => {
    const schema = { type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }
    for (const request of [
      varied(0, { responseFormat: { type: 'json_schema', name: 'answer', strict: true, schema } }),
      varied(0, { tools: [tool('search', schema)], toolChoice: 'required' }),
    ]) {
      const { events, failure } = await collectUntilFailure(tiny.engine.generate(request, live()))
      assert.deepEqual(events, [])
      assert.ok(failure instanceof EngineError && failure.kind === 'refused', String(failure))
    }
  })

  test('JSON mode gives an object, and no special token is ever taken for its text', async () => {
    await eachOf(40, async (round) => {
      const { text, finish, calls } = await ask(varied(round, { responseFormat: { type: 'json_object' } }))
      assert.equal(finish, 'stop', text)
      assert.deepEqual(calls, [])
      const value: unknown = JSON.parse(text)
      assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), text)
      for (const token of Object.keys(SPECIAL_TOKENS)) assert.ok(!text.includes(token), text)
      assert.ok(!text.includes('\u{fffd}'), `broken UTF-8: ${text}`)
    })
  })

  test('beside tools a JSON answer may become a call, and is valid either way', async () => {
    const seen = new Set<string>()
    await eachOf(40, async (round) => {
      const { text, finish, calls } = await ask(
        varied(round, {
          tools: [tool('search', CITY)],
          responseFormat: { type: 'json_object' },
          thinking: round % 2 === 0,
        }),
      )
      seen.add(String(finish))
      if (finish === 'stop') assert.doesNotThrow(() => JSON.parse(text), text)
      else {
        assert.equal(finish, 'tool_calls')
        for (const call of calls) assert.equal(firstMismatch(CITY, JSON.parse(call.arguments)), undefined)
      }
    })
    assert.ok(seen.has('stop'))
  })

  test('without tools, or when none may be called, nothing is called', async () => {
    await eachOf(40, async (round) => {
      const tools = round % 2 === 0 ? [] : [tool('search', CITY)]
      const { calls, finish } = await ask(varied(round, { tools, toolChoice: 'none', thinking: round % 4 < 2 }))
      assert.deepEqual(calls, [])
      assert.equal(finish, 'stop')
    })
  })

  test('an answer goes on from a JSON prefix as its schema demands', async () => {
    await eachOf(20, async (round) => {
      const prefix = ['{"city": "Lu', '{"city"', '{', ''][round % 4] ?? ''
      const { text } = await ask({
        ...varied(round, { responseFormat: { type: 'json_schema', name: 'answer', strict: true, schema: CITY } }),
        messages: [
          { role: 'user', content: `Where? ${round}` },
          { role: 'assistant', content: prefix, toolCalls: [], partial: true },
        ],
      })
      assert.equal(firstMismatch(CITY, JSON.parse(prefix + text)), undefined, prefix + text)
    })
  })

  test('a prefix that is written in another way than the grammar knows is gone on from all the same', async () => {
    const asked = tinyRequest().messages
    const written = { role: 'assistant', partial: true } as const
    const text = await ask({
      ...varied(0, { responseFormat: { type: 'json_schema', name: 'answer', strict: true, schema: CITY } }),
      messages: [...asked, { ...written, content: '{\n\t"days": 3,\n\t"city"', toolCalls: [] }],
    })
    assert.equal(text.finish, 'stop')
    assert.notEqual(text.text, '')
    const toolCalls = [{ id: 'search:0', name: 'search', builtin: false, arguments: '{\n\t"days": 3,' }]
    const call = await ask({
      ...varied(1, { tools: [tool('search', CITY)] }),
      messages: [...asked, { ...written, content: '', toolCalls }],
    })
    assert.equal(call.finish, 'tool_calls')
  })

  test('a call that was cut goes on in its arguments', async () => {
    await eachOf(12, async (round) => {
      const begun = ['{"city": "Lu', '{"city": "Luna"}', ''][round % 3] ?? ''
      const { calls, finish } = await ask({
        ...varied(round, { tools: [tool('search', CITY)] }),
        messages: [
          { role: 'user', content: `Where? ${round}` },
          {
            role: 'assistant',
            content: '',
            partial: true,
            toolCalls: [{ id: 'search:0', name: 'search', builtin: false, arguments: begun }],
          },
        ],
      })
      assert.equal(finish, 'tool_calls')
      const [first, ...others] = calls
      assert.equal(firstMismatch(CITY, JSON.parse(begun + (first?.arguments ?? ''))), undefined)
      for (const call of others) assert.equal(firstMismatch(CITY, JSON.parse(call.arguments)), undefined)
    })
  })
})

/** Eight at a time, as many as there are sequences. */
async function eachOf(count: number, work: (round: number) => Promise<void>): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    for (let round = next; round < count; round = next) {
      next += 1
      await work(round)
    }
  }
  await Promise.all(Array.from({ length: 8 }, worker))
}

/** The seed is one for all; the question makes the difference. */
function varied(round: number, overrides: Partial<GenerationRequest>): GenerationRequest {
  return tinyRequest({
    messages: [{ role: 'user', content: `Question ${round}` }],
    maxCompletionTokens: 2500,
    sampling: { ...tinyRequest().sampling, temperature: 1 },
    ...overrides,
  })
}

function tool(name: string, schema: JsonSchema): GenerationRequest['tools'][number] {
  return { type: 'function', name, parameters: schema, strict: true }
}

/** Moonshot's valid cases where they are at hand, else a few that have every kind of keyword. */
function validSchemas(): readonly JsonSchema[] {
  const shared = process.env['MOONBASE_SHARED']
  if (shared === undefined) return OWN_SCHEMAS
  const folder = path.join(shared, 'data', 'mfjs-cases')
  return readdirSync(folder)
    .map((name) => path.join(folder, name, 'valid.jsonl'))
    .filter((file) => existsSync(file))
    .flatMap((file) => readFileSync(file, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as JsonSchema)
}

/** A few of the valid cases lead on without end, and some are met by no object. */
function hasInstance(grammar: () => string): boolean {
  try {
    grammar()
    return true
  } catch (error) {
    assert.ok(error instanceof GrammarError && error.kind === 'no-instance', String(error))
    return false
  }
}
