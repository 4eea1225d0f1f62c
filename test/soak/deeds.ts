/** What the clients of the soak do, and what each of them may come to: all that is not in its words is a problem. */

import type { Agent } from 'node:http'
import { type ChaosRequest, SHAPES, chaosRequest, sampleOf } from '../chaos/chaos-request.ts'
import { FAILURES, judge } from '../chaos/judge.ts'
import { askStrictly } from '../chaos/strict-client.ts'
import { type Way, WAYS, ask } from '../crash/client.ts'
import { SCRIPTS } from '../crash/scripts.ts'
import { askStream } from '../support/ask-stream.ts'
import { call } from '../support/call.ts'
import { OFFLINE_MODEL, REPLICA_MODEL } from './site.ts'

export interface Seat {
  readonly url: string
  readonly key: string
  readonly agent: Agent
  readonly random: () => number
  /** Of the request, which no other has. */
  readonly number: number
  readonly seed: number
  readonly promptTokens: PromptTokens
}

export type PromptTokens = Parameters<typeof chaosRequest>[2]

export interface Outcome {
  readonly kind: string
  /** `failed`: with an error that said so, where one may be. */
  readonly end: 'complete' | 'failed' | 'refused' | 'left' | 'problem'
  /** Of a problem. */
  readonly why?: string
  /** Times that another engine went on. */
  readonly seams?: number
}

type Deed = (seat: Seat) => Promise<Outcome>

/** A client that waits longer waits for ever. */
const PATIENCE_MS = 60_000
/** One client of so many leaves a replica's answer. */
const LEAVES_EVERY = 8

/** The more often one stands here, the more often it is done. */
const DEEDS: readonly Deed[] = [
  askReplicas,
  askReplicas,
  askReplicas,
  askScripts,
  askScripts,
  askScripts,
  askScripts,
  useTools,
  fillSchema,
  estimate,
  beRefused,
]

export function doSomething(seat: Seat): Promise<Outcome> {
  const deed = DEEDS[Math.floor(seat.random() * DEEDS.length)] ?? askReplicas
  return deed(seat)
}

/** A stream whose every byte is known, over replicas that fail, stall and are killed. */
async function askReplicas({ url, key, agent, random, seed, number, promptTokens }: Seat): Promise<Outcome> {
  const request = withModel(chaosRequest(seed, number, promptTokens))
  const leaving = random() < 1 / LEAVES_EVERY ? 1 + Math.floor(random() * 40) : undefined
  const onChunk = ({ chunks }: { readonly chunks: number }): boolean => chunks === leaving
  const seen = await askStrictly(request.body, { url, key, agent, patienceMs: PATIENCE_MS, onChunk })
  const { verdict, why = '' } = judge(seen, request.answer, promptTokens[request.shape])
  const told = { kind: 'over replicas', seams: seen.seams }
  if (FAILURES.has(verdict)) return { ...told, end: 'problem', why: `${verdict}: ${why}` }
  return { ...told, end: verdict === 'complete' ? 'complete' : verdict === 'left' ? 'left' : 'failed' }
}

function withModel(request: ChaosRequest): ChaosRequest {
  return { ...request, body: { ...request.body, model: REPLICA_MODEL } }
}

const KINDS: Readonly<Record<Way, string>> = {
  whole: 'whole',
  stream: 'streamed',
  leave: 'streamed, left',
  detach: 'left, come back to',
}

/** A scripted answer: whole, streamed, left, or left running and come back to. */
async function askScripts({ url, key, random }: Seat): Promise<Outcome> {
  const way = WAYS[Math.floor(random() * WAYS.length)] ?? 'whole'
  const script = SCRIPTS[Math.floor(random() * SCRIPTS.length)]
  if (script === undefined) throw new Error('there are no scripts')
  const leaveAfter = 1 + Math.floor(random() * (script.chunks + 2))
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const { status, complete } = await ask({ url, key, script, way, leaveAfter, signal })
  const kind = KINDS[way]
  const problem = (why: string): Outcome => ({ kind, end: 'problem', why: `${script.name}: ${why}` })
  if (complete && status === 200) {
    return script.succeeds ? { kind, end: 'complete' } : problem('it was cut, and ended as complete')
  }
  if (!script.succeeds) return { kind, end: 'failed' }
  if (isBusy(status)) return { kind, end: 'refused' }
  if (status !== 200) return problem(`status ${status}`)
  return way === 'leave' ? { kind, end: 'left' } : problem('it was cut, and nobody cut it')
}

/** The scripts that fail are enough for the breaker of their engine, and whoever comes then is told to come back. */
function isBusy(status: number | undefined): boolean {
  return status === 429 || status === 503
}

const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

/** A call, its result, and the answer behind it, which begins with a cached prompt. */
async function useTools({ url, key, number }: Seat): Promise<Outcome> {
  const kind = 'with tools'
  const asked = [{ role: 'user', content: `Use get_weather for Paris, please. (${number})` }]
  const body = { model: OFFLINE_MODEL, tools: [WEATHER] }
  const first = await askStream({ url, key }, { ...body, messages: asked })
  if (isBusy(first.status)) return { kind, end: 'refused' }
  const [made] = first.calls
  if (!first.done || first.finish !== 'tool_calls' || made === undefined) {
    return { kind, end: 'problem', why: `no call: ${first.status} ${first.finish} ${first.error?.message}` }
  }
  const { id, name, arguments: given } = made
  const turn = {
    role: 'assistant',
    content: first.text,
    reasoning_content: first.reasoning,
    tool_calls: [{ id, type: 'function', function: { name, arguments: given } }],
  }
  const result = { role: 'tool', tool_call_id: id, content: '{"sky":"clear"}' }
  const second = await askStream({ url, key }, { ...body, messages: [...asked, turn, result] })
  if (isBusy(second.status)) return { kind, end: 'refused' }
  if (second.done && second.finish === 'stop' && second.text !== '') return { kind, end: 'complete' }
  return { kind, end: 'problem', why: `no answer: ${second.status} ${second.finish} ${second.error?.message}` }
}

const PERSON = {
  name: 'person',
  strict: true,
  schema: {
    type: 'object',
    properties: { name: { type: 'string' }, age: { type: 'integer' } },
    required: ['name', 'age'],
    additionalProperties: false,
  },
}

async function fillSchema({ url, key, number }: Seat): Promise<Outcome> {
  const kind = 'with a schema'
  const body = {
    model: OFFLINE_MODEL,
    messages: [{ role: 'user', content: `Somebody called Ada who is ${20 + (number % 60)}` }],
    response_format: { type: 'json_schema', json_schema: PERSON },
  }
  const { status, json, text } = await call(`${url}/v1/chat/completions`, { key, body })
  if (isBusy(status)) return { kind, end: 'refused' }
  if (status !== 200) return { kind, end: 'problem', why: text }
  const { choices } = json as { choices: readonly [{ message: { content: string } }] }
  const person = JSON.parse(choices[0].message.content) as Record<string, unknown>
  if (typeof person['name'] === 'string' && typeof person['age'] === 'number') return { kind, end: 'complete' }
  return { kind, end: 'problem', why: choices[0].message.content }
}

async function estimate({ url, key, number }: Seat): Promise<Outcome> {
  const kind = 'estimates'
  const body = { model: OFFLINE_MODEL, messages: [{ role: 'user', content: 'some words '.repeat(1 + (number % 500)) }] }
  const { status, text } = await call(`${url}/v1/tokenizers/estimate-token-count`, { key, body })
  return status === 200 ? { kind, end: 'complete' } : { kind, end: 'problem', why: text }
}

const HELLO = { model: OFFLINE_MODEL, messages: [{ role: 'user', content: 'hello' }] }

const REFUSED = [
  { body: { ...HELLO, model: 'nobody-has-this' }, status: 404 },
  { body: { ...HELLO, max_completion_tokens: 'many' }, status: 400 },
  { body: { ...HELLO, messages: [{ role: 'tool', tool_call_id: 'none', content: 'x' }] }, status: 400 },
  { body: '{"model": "kimi-k2.5", ', status: 400 },
] as const

async function beRefused({ url, key, number }: Seat): Promise<Outcome> {
  const kind = 'refusals'
  const { body, status } = REFUSED[number % REFUSED.length] ?? REFUSED[0]
  const reply = await call(`${url}/v1/chat/completions`, { key, body })
  return reply.status === status
    ? { kind, end: 'refused' }
    : { kind, end: 'problem', why: `${reply.status} in place of ${status}: ${reply.text.slice(0, 200)}` }
}

/** What the prompts of each shape cost, which the replicas are told to report. */
export async function learnPrompts(url: string, key: string): Promise<PromptTokens> {
  const learned = SHAPES.map(async (shape) => {
    const { body } = withModel(sampleOf(shape))
    const { json } = await call(`${url}/v1/tokenizers/estimate-token-count`, { key, body })
    return [shape, (json as { data: { total_tokens: number } }).data.total_tokens] as const
  })
  return Object.fromEntries(await Promise.all(learned)) as PromptTokens
}
