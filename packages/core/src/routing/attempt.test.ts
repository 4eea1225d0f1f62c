/** One asking of one replica: what is waited for and for how long, and what its end says about the replica. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ABLE } from '../../../../test/support/scripted-engines.ts'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import { sampleRequest } from '../engines/openai-compatible/testing/sample-request.ts'
import { type Engine, EngineError, type GenerationEvent, type GenerationRequest } from '../generation/index.ts'
import { Attempt } from './attempt.ts'
import { DEFAULT_POLICY, type RoutingPolicy } from './policy.ts'
import { Replica } from './replica.ts'
import { Watchdog } from './watchdog.ts'

const LIMITS = {
  firstTokenMs: 10_000,
  thinkingFirstTokenMs: 20_000,
  silenceMs: 3_000,
  thinkingSilenceMs: 6_000,
} satisfies RoutingPolicy['watchdog']

const START: GenerationEvent = { type: 'start', engine: 'e', model: 'served' }
const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
const thought = (piece: string): GenerationEvent => ({ type: 'reasoning', choice: 0, text: piece })

/** An attempt at an engine that says what it is told to, when it is told to. */
function attemptAt(request: Partial<GenerationRequest> = {}, limits: Partial<RoutingPolicy['watchdog']> = {}) {
  const clock = steppedClock()
  const watchdog = new Watchdog(clock)
  const client = new AbortController()
  const waiting: PromiseWithResolvers<GenerationEvent>[] = []
  const seen: { signal?: AbortSignal } = {}
  const engine: Engine = {
    name: 'the-engine',
    can: ABLE,
    usage: 'exact',
    async *generate(_, signal) {
      seen.signal = signal
      for (;;) {
        const next = Promise.withResolvers<GenerationEvent>()
        waiting.push(next)
        yield await next.promise
      }
    },
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  }
  const replica = new Replica(engine, 1, DEFAULT_POLICY.breaker)
  const attempt = new Attempt(
    replica,
    sampleRequest(request),
    client.signal,
    { ...LIMITS, ...limits },
    { clock, watchdog },
  )
  return {
    attempt,
    replica,
    clock,
    client,
    seen,
    async say(event: GenerationEvent) {
      waiting.at(-1)?.resolve(event)
      await clock.pass(0)
    },
    async fail(error: unknown) {
      waiting.at(-1)?.reject(error)
      await clock.pass(0)
    },
    /** How long nothing is said before it is given up, in looks of the watchdog. */
    async givenUpAfter(step: Promise<unknown>): Promise<number> {
      const state = { isOver: false }
      const end = (): void => void (state.isOver = true)
      step.then(end, end)
      const began = clock.now()
      while (!state.isOver && clock.now() - began < 100_000) await clock.pass(250)
      return clock.now() - began
    },
    [Symbol.dispose]() {
      attempt.close('neutral')
      watchdog.close()
    },
  }
}

/** What it is rejected with. */
async function assertFails(step: Promise<unknown>): Promise<unknown> {
  try {
    await step
  } catch (error) {
    return error
  }
  throw new assert.AssertionError({ message: 'it did not fail' })
}

/** Looks of the watchdog are every 250 ms: it may be late by two. */
function assertWithin(ms: number, limit: number): void {
  assert.ok(ms >= limit && ms <= limit + 500, `${ms} ms of ${limit}`)
}

describe('the first token', () => {
  for (const [what, request, limits, limit] of [
    ['of an answer', { thinking: false }, {}, 10_000],
    ['of a thought', { thinking: true }, {}, 20_000],
    ['of a whole answer', { thinking: false, whole: true }, { wholeMs: 30_000 }, 30_000],
    ['of a whole answer, without a limit of its own,', { thinking: false, whole: true }, {}, 20_000],
  ] as const) {
    it(`${what} is waited for as long as its limit says`, async () => {
      using asked = attemptAt(request, limits)
      const step = asked.attempt.first()
      assertWithin(await asked.givenUpAfter(step), limit)
      const failure = asked.attempt.failure(await assertFails(step))
      assert.equal(failure.kind, 'timeout')
      assert.match(failure.message, /gave no first token in time/)
      assert.equal(failure.details.engine, 'the-engine')
      assert.equal(asked.seen.signal?.aborted, true)
    })
  }

  it('is neither a start nor an empty piece, and these take nothing from its limit', async () => {
    for (const empty of [START, text(''), thought('')]) {
      using asked = attemptAt({ thinking: false })
      const step = asked.attempt.first()
      await asked.clock.pass(250)
      await asked.clock.pass(6_000)
      await asked.say(empty)
      assert.equal(asked.attempt.firstTokenAt, undefined, empty.type)
      assertWithin((await asked.givenUpAfter(step)) + 6_250, 10_000)
    }
  })

  it('comes with the start before it, without the empty pieces, and says who answers', async () => {
    using asked = attemptAt({ thinking: false })
    const step = asked.attempt.first()
    await asked.clock.pass(0)
    for (const event of [START, thought(''), text(''), text('one')]) await asked.say(event)
    const { value, done } = await step
    assert.deepEqual([value, done], [[START, text('one')], false])
    assert.equal(asked.attempt.model, 'served')
    assert.equal(asked.attempt.first(), asked.attempt.first())
  })
})

describe('behind the first token', () => {
  for (const [event, limit] of [
    [text('one'), 3_000],
    [thought('hm'), 6_000],
  ] as const) {
    it(`silence behind ${event.type} is waited for as long as its limit says`, async () => {
      using asked = attemptAt({ thinking: true })
      const first = asked.attempt.first()
      await asked.clock.pass(0)
      await asked.say(event)
      await first
      const step = asked.attempt.next()
      assertWithin(await asked.givenUpAfter(step), limit)
      const failure = asked.attempt.failure(await assertFails(step))
      assert.deepEqual([failure.kind, failure.details.engine], ['timeout', 'the-engine'])
      assert.match(failure.message, /fell silent/)
    })
  }

  it('time in which nobody asks for more does not count', async () => {
    using asked = attemptAt()
    const first = asked.attempt.first()
    await asked.clock.pass(0)
    await asked.say(text('one'))
    await first
    await asked.clock.pass(60_000)
    await asked.clock.pass(60_000)
    const step = asked.attempt.next()
    await asked.clock.pass(250)
    await asked.say(text('two'))
    assert.deepEqual((await step).value, [text('two')])
  })
})

describe('a failure', () => {
  async function failureOf(error: unknown): Promise<EngineError> {
    using asked = attemptAt()
    const step = asked.attempt.first()
    await asked.clock.pass(0)
    // Before it fails, or nobody would have listened.
    const thrown = assertFails(step)
    await asked.fail(error)
    return asked.attempt.failure(await thrown)
  }

  it('of the engine is what it says', async () => {
    const own = new EngineError('overloaded', 'is full', { engine: 'e' })
    assert.equal(await failureOf(own), own)
  })

  it('that is none of an engine is one of its protocol, with what was thrown', async () => {
    const thrown = new TypeError('no such thing')
    const failure = await failureOf(thrown)
    assert.deepEqual([failure.kind, failure.details.engine, failure.cause], ['protocol', 'the-engine', thrown])
    assert.match(failure.message, /no such thing/)
    assert.match((await failureOf('a mere text')).message, /a mere text/)
  })

  it('behind a client that left is that, whatever was thrown', async () => {
    using asked = attemptAt()
    const step = asked.attempt.first()
    await asked.clock.pass(0)
    asked.client.abort(new Error('gone'))
    const thrown: unknown = await assertFails(step)
    const failure = asked.attempt.failure(thrown)
    assert.deepEqual([failure.kind, failure.details.engine, failure.cause], ['aborted', 'the-engine', thrown])
    await assert.rejects(asked.attempt.next(), /gone/)
  })

  it('of one that was stopped is that', async () => {
    using asked = attemptAt()
    const step = asked.attempt.first()
    asked.attempt.stop(new Error('another was faster'))
    const failure = asked.attempt.failure(await assertFails(step))
    assert.deepEqual([failure.kind, failure.details.engine], ['aborted', 'the-engine'])
  })

  it('of a client that had left before is heard at once', async () => {
    const client = AbortSignal.abort(new Error('gone before'))
    const clock = steppedClock()
    const watchdog = new Watchdog(clock)
    using asked = attemptAt()
    const late = new Attempt(asked.replica, sampleRequest(), client, LIMITS, { clock, watchdog })
    await assert.rejects(late.first(), /gone before/)
    late.close('neutral')
    watchdog.close()
  })
})

describe('the replica', () => {
  it('runs it until it is closed, once', () => {
    using asked = attemptAt()
    assert.equal(asked.replica.running, 1)
    asked.attempt.close('success')
    asked.attempt.close('failure')
    assert.equal(asked.replica.running, 0)
  })

  it('is told to stop when nobody wants the rest', async () => {
    using asked = attemptAt()
    const step = asked.attempt.first()
    await asked.clock.pass(0)
    await asked.say(text('one'))
    await step
    assert.equal(asked.seen.signal?.aborted, false)
    asked.attempt.close('success')
    assert.equal(asked.seen.signal?.aborted, true)
  })
})
