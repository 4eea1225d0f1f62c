/**
 * Seeded mutations of valid requests: whatever comes, the answer is a 2xx or a 4xx in the API's shape, and the server
 * goes on. The seed is printed; `MOONBASE_FUZZ_SEED` replays it. The suite `fuzzed-requests` makes ten thousand.
 */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call } from './support/call.ts'
import { seededRandom } from './support/every-split.ts'
import { startServer } from './support/start-server.ts'

const ROUNDS = Number(process.env['MOONBASE_FUZZ_ROUNDS'] ?? 2_000)
const PARALLEL = 16
const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_120)

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const tool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'Weather of a city',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', minLength: 1 },
        days: { type: 'integer', minimum: 1, maximum: 7 },
        unit: { anyOf: [{ type: 'string', enum: ['c', 'f'] }, { type: 'null' }] },
      },
      required: ['city'],
    },
  },
}

const SEEDS: readonly unknown[] = [
  { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }], temperature: 1, top_p: 0.95, n: 1 },
  {
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content: 'Weather in Oslo?' }],
    tools: [tool],
    stream: true,
    stop: ['x'],
  },
  {
    model: 'kimi-k2.5',
    messages: [
      { role: 'system', content: 'S' },
      {
        role: 'user',
        content: [
          { type: 'text', text: 'look' },
          { type: 'image_url', image_url: { url: `data:image/png;base64,${PNG}` } },
        ],
      },
      {
        role: 'assistant',
        content: '',
        reasoning_content: 'r',
        tool_calls: [{ id: 'a', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Oslo"}' } }],
      },
      { role: 'tool', tool_call_id: 'a', content: '{"celsius":3}' },
    ],
    tools: [tool],
    tool_choice: 'auto',
    max_completion_tokens: 100,
  },
  {
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content: 'A person' }],
    thinking: { type: 'disabled' },
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'p', strict: true, schema: tool.function.parameters },
    },
  },
  {
    model: 'kimi-k2.5',
    messages: [
      { role: 'user', content: 'Go on' },
      { role: 'assistant', content: '{"a": [1, ', partial: true },
    ],
    stream: true,
    stream_options: { include_usage: true },
  },
]

const ODD_VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.5,
  1e308,
  1e-320,
  2 ** 53,
  '',
  ' ',
  'x',
  '\u0000',
  '\ud800',
  '<|im_end|>',
  '__proto__',
  '你好'.repeat(50),
  'a'.repeat(5000),
  [],
  {},
  [[]],
  [null],
  { type: 'object' },
  { $ref: '#' },
  { anyOf: [] },
  { type: 'string', enum: [] },
  { role: 'user', content: 'x' },
  { url: 'http://x' },
  'enabled',
  'json_object',
  'required',
  '$web_search',
]
const ODD_NAMES = [
  '__proto__',
  'constructor',
  'toString',
  'length',
  '',
  'partial',
  'tool_calls',
  '$ref',
  'enum',
  'anyOf',
  'type',
]

type Random = () => number
const pick = <T>(random: Random, list: readonly T[]): T => list[Math.floor(random() * list.length)] as T

/** Every place in a document: its holder and its key. */
function placesOf(value: unknown, places: { holder: Record<string, unknown>; key: string }[] = []) {
  if (typeof value !== 'object' || value === null) return places
  const holder = value as Record<string, unknown>
  for (const key of Object.keys(holder)) {
    places.push({ holder, key })
    placesOf(holder[key], places)
  }
  return places
}

/** As a field of its own, whatever its name: an assignment to `__proto__` would not be one. */
function addOwn(holder: object, name: string, value: unknown): void {
  Object.defineProperty(holder, name, {
    value: structuredClone(value),
    enumerable: true,
    configurable: true,
    writable: true,
  })
}

/** One seed with one to four changes; sometimes broken as text too. */
function mutate(random: Random): string {
  const body = structuredClone(pick(random, SEEDS)) as Record<string, unknown>
  const changes = 1 + Math.floor(random() * 4)
  for (let change = 0; change < changes; change += 1) {
    const places = placesOf(body)
    if (places.length === 0) break
    const { holder, key } = pick(random, places)
    const kind = random()
    if (kind < 0.4) holder[key] = structuredClone(pick(random, ODD_VALUES))
    else if (kind < 0.55) delete holder[key]
    else if (kind < 0.7)
      holder[key] = structuredClone(
        pick(
          random,
          placesOf(pick(random, SEEDS)).map((place) => place.holder[place.key]),
        ),
      )
    else if (kind < 0.8 && !Array.isArray(holder)) addOwn(holder, pick(random, ODD_NAMES), pick(random, ODD_VALUES))
    else if (Array.isArray(holder[key]) && holder[key].length < 200) holder[key].push(...structuredClone(holder[key]))
    else holder[key] = [holder[key]]
  }
  const text = JSON.stringify(body)
  if (random() > 0.1) return text
  const at = Math.floor(random() * text.length)
  return random() < 0.5
    ? text.slice(0, at)
    : text.slice(0, at) + pick(random, ['"', '{', '[', ',', '\\', '\u0001', '}']) + text.slice(at)
}

describe('the server under mutated requests', () => {
  it(`answers ${ROUNDS} of them without a 5xx (seed ${seed})`, async () => {
    await using server = await startServer()
    const random = seededRandom(seed)
    const statuses = new Map<number, number>()
    const one = async (): Promise<void> => {
      const body = mutate(random)
      const reply = await call(`${server.url}/v1/chat/completions`, { body })
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1)
      const shown = `seed ${seed}: ${body.slice(0, 2000)}\n→ ${reply.status} ${reply.text.slice(0, 500)}`
      assert.ok(reply.status < 500, shown)
      if (reply.status >= 400) {
        const { error } = reply.json as { error: { message: string; type: string } }
        assert.equal(typeof error.message, 'string', shown)
        assert.equal(typeof error.type, 'string', shown)
        assert.ok(error.message.length < 1500, shown)
      } else if (reply.text.startsWith('data: ')) {
        assert.ok(reply.text.endsWith('data: [DONE]\n\n'), shown)
      }
    }
    for (let round = 0; round < ROUNDS; round += PARALLEL) await Promise.all(Array.from({ length: PARALLEL }, one))
    assert.equal((await call(`${server.url}/health`)).status, 200)
    // A fuzzer whose requests are all refused at the door would show nothing.
    assert.ok((statuses.get(200) ?? 0) > ROUNDS / 25, `too few accepted: ${JSON.stringify([...statuses])}`)
  })
})
