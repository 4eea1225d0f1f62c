/** The spans that are made of real runs, as they are given to whoever exports them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError, type EngineErrorKind, type GenerationEvent } from '@moonbase/core/generation'
import { SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { sampleRequest } from '../../../../core/src/engines/openai-compatible/testing/sample-request.ts'
import { collectUntilFailure } from '../../../../../test/support/collect-events.ts'
import {
  type Routed,
  type RoutedOptions,
  type Script,
  routed,
  scriptedEngine,
  sleepingClock,
} from '../../../../../test/support/scripted-engines.ts'
import { attemptEnd } from '../testing/metrics-fixtures.ts'
import { runOf, traceOf } from '../testing/run-of.ts'
import type { ToldTrace } from '../told-run.ts'
import { RequestSpans } from './request-spans.ts'

/** What is read before the request ends, or until a failure where it is left out. */
type Read = (events: Routed['events'], pass: (ms: number) => void) => Promise<unknown>

const start = (model: string): GenerationEvent => ({ type: 'start', engine: 'e', model })
const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const finish: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }
const good: Script = { events: [start('m'), text('x'), finish] }
const failed = (kind: EngineErrorKind): Script => ({ failure: new EngineError(kind, 'SECRET', { engine: 'a' }) })
const HEDGING = { hedgeAfterMs: 500, budget: { share: 0, reserve: 100 } }

/** The spans of a request that is told with this trace. */
function spansOf(routing: ToldTrace, beganAt: number, elapsedMs: number, streamed = true): ReadableSpan[] {
  const spans: ReadableSpan[] = []
  const provider = new TracerProvider({
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => spans.push(span),
        forceFlush: () => Promise.resolve(),
        shutdown: () => Promise.resolve(),
      },
    ],
  })
  const notes = {
    route: '/v1/chat/completions',
    model: 'kimi-k2.5',
    streamed,
    runs: [runOf({ streamed, trace: traceOf(routing) })],
  }
  new RequestSpans(provider.getTracer('test')).ended({
    exchange: { id: 'request-1', method: 'POST', notes, header: () => undefined },
    refusal: undefined,
    beganAt,
    elapsedMs,
  })
  return spans
}

/** The spans of a request that these engines answer, which comes a little before the first is asked. */
async function spansOfRequest(
  engines: readonly (readonly Script[])[],
  options: RoutedOptions = {},
  read: Read = (events) => collectUntilFailure(events),
): Promise<ReadableSpan[]> {
  const clock = sleepingClock()
  const beganAt = clock.now()
  clock.pass(3)
  const named = engines.map((scripts, index) => scriptedEngine('abc'.charAt(index), scripts))
  const { events, trace } = routed(named, sampleRequest({ thinking: false }), { clock, ...options })
  await read(events, clock.pass)
  await events.return?.()
  clock.pass(4)
  return spansOf(trace, beganAt, clock.now() - beganAt)
}

const msOf = ([seconds, nanoseconds]: ReadableSpan['startTime']): number => seconds * 1000 + nanoseconds / 1_000_000

/** Each asking in a line, once it is known that it lies where it belongs. */
function told([server, ...attempts]: readonly ReadableSpan[]): string[] {
  assert.ok(server !== undefined)
  assert.equal(server.kind, SpanKind.SERVER)
  assert.equal(server.attributes['moonbase.attempts'], attempts.length)
  return attempts.map(({ name, kind, parentSpanContext, startTime, endTime, attributes, status, events }) => {
    assert.deepEqual([name, kind, events.length], ['chat kimi-k2.5', SpanKind.CLIENT, 0])
    assert.equal(parentSpanContext?.spanId, server.spanContext().spanId)
    assert.equal(parentSpanContext.traceId, server.spanContext().traceId)
    assert.notEqual(parentSpanContext.isRemote, true)
    assert.ok(msOf(startTime) >= msOf(server.startTime) && msOf(endTime) <= msOf(server.endTime))
    assert.ok(msOf(startTime) <= msOf(endTime))
    const error = status.code === SpanStatusCode.ERROR ? 'error' : 'unset'
    assert.equal(status.message, undefined)
    const { 'moonbase.replica': replica, 'moonbase.outcome': outcome, 'error.type': type = '-' } = attributes
    return [replica, outcome, type, error, attributes['gen_ai.response.model'] ?? '?'].join(' ')
  })
}

describe('the spans of a request', () => {
  it('are its own and one of the engine, where one answers', async () => {
    const spans = await spansOfRequest([[good]])
    assert.deepEqual(told(spans), ['a complete - unset m'])
    const [server, attempt] = spans
    assert.ok(server !== undefined && attempt !== undefined)
    // It began when the engine was asked, not with the request.
    assert.equal(msOf(attempt.startTime) - msOf(server.startTime), 3)
    assert.equal(msOf(server.endTime) - msOf(attempt.endTime), 4)
    assert.ok(!Object.keys(attempt.attributes).some((name) => name.startsWith('gen_ai.usage.')))
  })

  it('follow each other where an engine is asked again', async () => {
    const spans = await spansOfRequest([[failed('unavailable'), good]])
    assert.deepEqual(told(spans), ['a unavailable unavailable error ?', 'a complete - unset m'])
    const [, first, second] = spans
    assert.ok(first !== undefined && second !== undefined)
    // The pause between them is in neither.
    assert.ok(msOf(second.startTime) - msOf(first.endTime) >= 125)
  })

  it('lie beside each other where one is hedged, and who was outpaced did nothing wrong', async () => {
    const spans = await spansOfRequest([[{ silent: true }], [good]], { policy: HEDGING })
    assert.deepEqual(told(spans), ['a outpaced - unset ?', 'b complete - unset m'])
    const [, first, second] = spans
    assert.ok(first !== undefined && second !== undefined)
    assert.ok(msOf(second.startTime) - msOf(first.startTime) >= 500)
    assert.ok(msOf(first.endTime) >= msOf(second.startTime))
  })

  it('have a seam between them, at its time, where one goes on for another', async () => {
    const cut = { events: [start('m'), text('Hello ')], ...failed('cut') }
    const spans = await spansOfRequest(
      [[cut], [{ events: [start('n'), text('world'), finish] }]],
      {},
      async (events, pass) => {
        for (let count = 0; count < 3; count += 1) await events.next()
        pass(50)
        await collectUntilFailure(events)
      },
    )
    assert.deepEqual(told(spans), ['a cut cut error m', 'b complete - unset n'])
    const [server, first, second] = spans
    assert.ok(server !== undefined && first !== undefined && second !== undefined)
    assert.deepEqual(
      server.events.map(({ name }) => name),
      ['moonbase.seam'],
    )
    const [seam] = server.events
    assert.ok(seam !== undefined)
    assert.deepEqual(seam.attributes, { 'moonbase.from': 'a', 'moonbase.to': 'b', 'moonbase.reason': 'cut' })
    assert.ok(msOf(seam.time) >= msOf(first.endTime) && msOf(seam.time) >= msOf(second.startTime))
    assert.ok(msOf(second.endTime) - msOf(seam.time) >= 50)
  })

  it('end with a client that leaves, which is no error', async () => {
    const script = { events: [start('m'), text('x')], silent: true }
    for (const aborts of [true, false]) {
      const abort = new AbortController()
      const spans = await spansOfRequest([[script]], { signal: abort.signal }, async (events, pass) => {
        await events.next()
        await events.next()
        const pending = events.next().catch((error: unknown) => error)
        pass(20)
        if (aborts) abort.abort()
        else await events.return?.()
        await pending
      })
      assert.deepEqual(told(spans), ['a aborted aborted unset m'])
      const [, attempt] = spans
      assert.ok(attempt !== undefined && msOf(attempt.endTime) - msOf(attempt.startTime) >= 20)
    }
  })

  it('tell how long an engine was waited for that never answers, and who helped', async () => {
    const spans = await spansOfRequest([[{ silent: true, deaf: true }], [good]])
    assert.deepEqual(told(spans), ['a timeout timeout error ?', 'b complete - unset m'])
    const [, first] = spans
    assert.ok(first !== undefined && msOf(first.endTime) - msOf(first.startTime) >= 300_000)
  })

  it('tell every failure of an engine by its kind alone', async () => {
    const kinds = [
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
    ] as const
    for (const kind of kinds) {
      const spans = await spansOfRequest([[failed(kind)]], { policy: { attempts: 1 } })
      assert.deepEqual(told(spans), [`a ${kind} ${kind} error ?`])
      assert.ok(!JSON.stringify(spans.map(({ attributes, events }) => [attributes, events])).includes('SECRET'))
    }
  })

  it('stay within their parent and the right way round when a clock was set meanwhile', () => {
    const ends = [
      attemptEnd('a', 'cut', { beganAt: 900, endedAt: 5_000 }),
      attemptEnd('b', 'complete', { beganAt: 1_400, endedAt: 1_100 }),
    ]
    const seams = [{ from: 'a', to: 'b', reason: 'cut', at: 9_000 } as const]
    for (const elapsedMs of [500, -500]) {
      const spans = spansOf({ attempts: 2, hedges: 0, seams, ends }, 1_000, elapsedMs)
      assert.equal(told(spans).length, 2)
      const [server] = spans
      assert.ok(server?.events[0] !== undefined)
      assert.equal(msOf(server.events[0].time), msOf(server.endTime))
    }
  })

  it('say of a stream that it is one, and nothing of what is none', () => {
    const trace = { attempts: 1, hedges: 0, seams: [], ends: [attemptEnd('a', 'complete')] }
    const [streamed, whole] = [true, false].map((stream) => spansOf(trace, 0, 1, stream)[1])
    assert.equal(streamed?.attributes['gen_ai.request.stream'], true)
    assert.ok(whole !== undefined && whole.attributes['gen_ai.request.stream'] === undefined)
  })
})
