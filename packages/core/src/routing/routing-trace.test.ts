/** What a trace tells of each asking: when it began and ended, who answered, and where the seams are. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { collectEvents, collectUntilFailure } from '../../../../test/support/collect-events.ts'
import { eventually } from '../../../../test/support/eventually.ts'
import { type Script, routed, scriptedEngine, sleepingClock } from '../../../../test/support/scripted-engines.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { EngineError, type EngineErrorKind, type GenerationEvent } from '../generation/index.ts'
import type { RoutingTrace } from './routing-trace.ts'
import { DEFAULT_POLICY, SCRIPTED_POLICY } from './policy.ts'

/** When the clock of these tests begins. */
const ZERO = 1_000_000
const LOOK_MS = 250

const start = (model: string): GenerationEvent => ({ type: 'start', engine: 'e', model })
const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const finish: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }
const failed = (kind: EngineErrorKind): EngineError => new EngineError(kind, `was ${kind}`, { engine: 'a' })

/** Time that passes in pauses, and where a test says so. Nobody is late: the watchdog sleeps for ever. */
function heldClock() {
  const clock = sleepingClock()
  const sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    if (ms !== LOOK_MS) return clock.sleep(ms, signal)
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }
  /** The same script, which takes so long before it says anything. */
  const after = (ms: number, script: Script): Script => ({
    ...script,
    wait: async () => clock.pass(ms),
  })
  return { clock: { ...clock, sleep }, after, pass: clock.pass }
}

/** Each asking in a line, times from the beginning on. */
function told({ ends }: RoutingTrace): string[] {
  return ends.map(({ replica, outcome, beganAt, endedAt, model }) => {
    return `${replica} ${outcome} ${beganAt - ZERO}-${endedAt - ZERO} ${model ?? '?'}`
  })
}

describe('a trace', () => {
  it('tells of one asking when it began and ended, who answered and where', async () => {
    const { clock, after } = heldClock()
    const server = { address: '10.0.0.5', port: 8000 }
    const engine = { ...scriptedEngine('a', [after(40, { events: [start('m'), text('x'), finish] })]), server }
    const { events, trace } = routed([engine], sampleRequest(), { clock })
    await collectEvents(events)
    assert.deepEqual(trace.ends, [
      {
        replica: 'a',
        outcome: 'complete',
        beganAt: ZERO,
        firstTokenAt: ZERO + 40,
        endedAt: ZERO + 40,
        model: 'm',
        server,
      },
    ])
  })

  it('tells of a retry that it began behind the pause', async () => {
    const { clock, after } = heldClock()
    const scripts = [
      after(10, { failure: failed('unavailable') }),
      after(20, { events: [start('m'), text('x'), finish] }),
    ]
    const { events, trace } = routed([scriptedEngine('a', scripts)], sampleRequest(), { clock })
    await collectEvents(events)
    // The pause of the first retry: half of 250.
    assert.deepEqual(told(trace), ['a unavailable 0-10 ?', 'a complete 135-155 m'])
  })

  it('tells of a hedge that its loser ended when the first token came', async () => {
    const { clock, after, pass } = heldClock()
    const second = scriptedEngine('b', [after(70, { events: [start('m'), text('x'), finish] })])
    const { events, trace } = routed([scriptedEngine('a', [{ silent: true }]), second], sampleRequest(), {
      policy: { hedgeAfterMs: 500, budget: { share: 0, reserve: 100 } },
      clock,
    })
    await events.next()
    pass(30)
    await collectEvents(events)
    assert.deepEqual(told(trace), ['a outpaced 0-570 ?', 'b complete 500-600 m'])
  })

  it('tells of a seam when the first of what is behind it was given out', async () => {
    const { clock, after, pass } = heldClock()
    const engines = [
      scriptedEngine('a', [after(10, { events: [start('m'), text('Hello ')], failure: failed('cut') })]),
      scriptedEngine('b', [after(30, { events: [start('n'), text('world'), finish] })]),
    ]
    const { events, trace } = routed(engines, sampleRequest(), { clock })
    for (let read = 0; read < 3; read += 1) await events.next()
    // A reader that is slow is a part of the time in which it is answered, and none of the seam's.
    pass(50)
    await collectEvents(events)
    assert.deepEqual(told(trace), ['a cut 0-10 m', 'b complete 10-90 n'])
    assert.deepEqual(trace.seams, [{ from: 'a', to: 'b', reason: 'cut', at: ZERO + 40 }])
  })

  it('tells of who went on in vain, and has no seam for it', async () => {
    const { clock, after } = heldClock()
    const engines = [
      scriptedEngine('a', [
        after(10, { events: [start('m'), text('Hello ')], failure: failed('cut') }),
        after(20, { failure: failed('misconfigured') }),
      ]),
      scriptedEngine('b', [after(30, { failure: failed('misconfigured') })]),
    ]
    const { events, trace } = routed(engines, sampleRequest(), { clock })
    await collectUntilFailure(events)
    assert.deepEqual(told(trace), ['a cut 0-10 m', 'b misconfigured 10-40 ?', 'a misconfigured 165-185 ?'])
    assert.deepEqual(trace.seams, [])
  })

  it('ends with the client that leaves, whether it aborts or just returns, and before a first token too', async () => {
    for (const how of ['abort', 'return'] as const) {
      for (const read of [0, 2]) {
        const { clock, pass } = heldClock()
        const engine = scriptedEngine('a', [{ events: read === 0 ? [] : [start('m'), text('x')], silent: true }])
        const abort = new AbortController()
        const { events, trace } = routed([engine], sampleRequest(), { clock, signal: abort.signal })
        for (let count = 0; count < read; count += 1) await events.next()
        const pending = events.next().catch((error: unknown) => error)
        await eventually(
          () => engine.asked.length,
          (asked) => asked > 0,
        )
        pass(20)
        if (how === 'abort') abort.abort()
        else await events.return?.()
        await pending
        assert.deepEqual(told(trace), [`a aborted 0-20 ${read === 0 ? '?' : 'm'}`], how)
      }
    }
  })

  it('tells of both that were asked when the client leaves', async () => {
    const { clock, pass } = heldClock()
    const engines = ['a', 'b'].map((name) => scriptedEngine(name, [{ silent: true }]))
    const abort = new AbortController()
    const policy = { hedgeAfterMs: 500, budget: { share: 0, reserve: 100 } }
    const { events, trace } = routed(engines, sampleRequest(), { clock, policy, signal: abort.signal })
    const pending = events.next()
    await eventually(
      () => engines[1]?.asked.length,
      (asked) => asked !== 0,
    )
    pass(20)
    abort.abort()
    await assert.rejects(pending, { kind: 'aborted' })
    assert.deepEqual(told(trace).toSorted(), ['a aborted 0-520 ?', 'b aborted 500-520 ?'])
  })

  it('tells of an engine that never answers how long it was waited for', async () => {
    const { firstTokenMs } = DEFAULT_POLICY.watchdog
    const request = sampleRequest({ thinking: false })
    for (const deaf of [false, true]) {
      const engine = scriptedEngine('a', [{ silent: true, deaf }])
      const { events, trace } = routed([engine], request, { policy: SCRIPTED_POLICY })
      await assert.rejects(collectEvents(events), { kind: 'timeout' })
      const [end] = trace.ends
      assert.ok(end !== undefined)
      assert.deepEqual([trace.ends.length, end.outcome, end.beganAt, end.model], [1, 'timeout', ZERO, undefined])
      const late = end.endedAt - end.beganAt - firstTokenMs
      assert.ok(late >= 0 && late <= 2 * LOOK_MS, `${late}`)
    }
  })

  it('tells of a client that had left already, whose engine did nothing', async () => {
    const { clock } = heldClock()
    const { events, trace } = routed([scriptedEngine('a', [{}])], sampleRequest(), {
      clock,
      signal: AbortSignal.abort(),
    })
    await assert.rejects(collectEvents(events), { kind: 'aborted' })
    assert.deepEqual(told(trace), ['a aborted 0-0 ?'])
  })
})
