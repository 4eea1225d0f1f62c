/** The contract that every engine keeps, as tests: an engine's test file opens its subject and calls `engineContract`. */

import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { assertProtocol } from '../../../../../test/support/assert-protocol.ts'
import { manualClock } from '../../../../../test/support/manual-clock.ts'
import { type SleepingClock, routed } from '../../../../../test/support/scripted-engines.ts'
import {
  collectAroundAbort,
  collectEvents,
  collectInterleaved,
  collectUntilFailure,
  joinEvents,
  onlyChoice,
} from '../../../../../test/support/collect-events.ts'
import { type Engine, EngineError, type EngineErrorKind, type GenerationRequest } from '../../generation/index.ts'

/** One opened engine, and the requests that lead it where the tests want it. What is left out skips its tests. */
export interface ContractSubject {
  readonly engine: Engine
  /** A request with one user message, thinking off, which is answered with text in at least six events. */
  readonly request: (overrides?: Partial<GenerationRequest>) => GenerationRequest
  /** Lets go of what was opened around the engine; the tests close the engine themselves. */
  readonly close: () => Promise<void>
  /** The same request brings the same answer, so that answers can be compared. */
  readonly deterministic?: boolean
  /** How many generations have begun, such as requests that reached the upstream. */
  readonly begun?: () => number
  /** How many generations are at work now. */
  readonly active?: () => number
  /** Is answered with at least one tool call. */
  readonly toolCall?: GenerationRequest
  /** Is answered with reasoning first. */
  readonly thinking?: GenerationRequest
  /** Gives so many events and is silent then, until it is aborted. */
  readonly stalled?: { readonly request: GenerationRequest; readonly events: number }
  /** Fails, in the beginning or in the middle, as the kind says. */
  readonly failures?: readonly { readonly request: GenerationRequest; readonly kind: EngineErrorKind }[]
  /** It gives as many choices as it is asked for. */
  readonly honours?: { readonly choices?: boolean }
  /** It answers what was recorded and nothing else, so that a test cannot ask for what it has just heard. */
  readonly recorded?: boolean
}

/** Events that may still come after an abort: those that had arrived before it. */
const LATE_EVENTS = 64
/** An engine may take its time. */
const STANDING: SleepingClock = { ...manualClock(), slept: [], pass: () => undefined }
/** Aborts are tried behind each of the first events. */
const TRIED_ABORTS = 16
/** Turns of the event loop in which an engine has to let go of its work. */
const TURNS_TO_LET_GO = 2_000

export function engineContract(name: string, open: () => Promise<ContractSubject>): void {
  const contractTest = (
    behaviour: string,
    body: (subject: ContractSubject, context: TestContext) => Promise<void>,
  ): void => {
    void test(behaviour, async (context) => {
      const subject = await open()
      try {
        await body(subject, context)
      } finally {
        await subject.engine.close()
        await subject.close()
      }
    })
  }

  void describe(`engine contract: ${name}`, () => {
    contractTest('nothing is done before the first next', async ({ engine, request, begun }) => {
      const iterator = engine.generate(request(), live())[Symbol.asyncIterator]()
      await setImmediate()
      assert.equal(begun?.() ?? 0, 0)
      await iterator.return?.()
      assert.equal(begun?.() ?? 0, 0)
    })

    contractTest('the events of an answer keep the protocol', async ({ engine, request }) => {
      const asked = request()
      const events = await collectEvents(engine.generate(asked, live()))
      assertProtocol(events, engine, asked)
      assert.ok(events.length >= 6, `expected at least 6 events, got ${events.length}`)
      const answer = onlyChoice(events)
      assert.notEqual(answer.text, '')
      assert.equal(answer.finish, 'stop')
    })

    contractTest('the request is not changed', async ({ engine, request }) => {
      const asked = frozen(request())
      await collectEvents(engine.generate(asked, live()))
    })

    contractTest('without thinking there is no reasoning', async ({ engine, request }) => {
      const events = await collectEvents(engine.generate(request({ thinking: false }), live()))
      assert.equal(onlyChoice(events).reasoning, '')
    })

    contractTest('reasoning comes before the text', async ({ engine, thinking }, context) => {
      if (thinking === undefined) return context.skip('the subject has no request that thinks')
      const events = await collectEvents(engine.generate(thinking, live()))
      assertProtocol(events, engine, thinking)
      assert.notEqual(onlyChoice(events).reasoning, '')
      const lastThought = events.findLastIndex(({ type }) => type === 'reasoning')
      const firstWord = events.findIndex(({ type }) => type === 'text' || type === 'tool-call')
      assert.ok(firstWord === -1 || lastThought < firstWord)
    })

    contractTest(
      'tool calls are named, numbered without gaps, and complete JSON',
      async ({ engine, toolCall }, context) => {
        if (toolCall === undefined) return context.skip('the subject has no request that calls a tool')
        const events = await collectEvents(engine.generate(toolCall, live()))
        assertProtocol(events, engine, toolCall)
        const answer = onlyChoice(events)
        assert.equal(answer.finish, 'tool_calls')
        assert.ok(answer.calls.length > 0)
        for (const call of answer.calls) {
          assert.ok(
            toolCall.tools.some((tool) => tool.name === call.name),
            `${call.name} was not offered`,
          )
          assert.doesNotThrow(() => JSON.parse(call.arguments), call.arguments)
        }
      },
    )

    contractTest(
      'several choices are kept apart, each with its finish',
      async ({ engine, request, honours }, context) => {
        if (honours?.choices !== true) return context.skip('the engine has no second choice')
        const asked = request({ sampling: { ...request().sampling, n: 3 } })
        const events = await collectEvents(engine.generate(asked, live()))
        assertProtocol(events, engine, asked)
        assert.deepEqual(
          joinEvents(events).map(({ finish }) => finish),
          ['stop', 'stop', 'stop'],
        )
      },
    )

    contractTest('an aborted signal stops it before it starts', async ({ engine, request, begun }) => {
      const { events, failure } = await collectUntilFailure(engine.generate(request(), AbortSignal.abort()))
      assert.deepEqual(events, [])
      assertFailure(failure, 'aborted')
      assert.equal(begun?.() ?? 0, 0)
    })

    contractTest('an abort at any event stops it soon, and with its name', async ({ engine, request, active }) => {
      const whole = await collectEvents(engine.generate(request(), live()))
      const lastFinish = whole.findLastIndex(({ type }) => type === 'finish')
      for (let place = 1; place <= Math.min(lastFinish, TRIED_ABORTS); place += 1) {
        const abort = new AbortController()
        const { late, failure } = await collectAroundAbort(place, engine.generate(request(), abort.signal), abort)
        assertFailure(failure, 'aborted')
        assert.ok(late <= LATE_EVENTS, `${late} events came after the abort`)
      }
      await letGo(active)
    })

    contractTest('an abort ends a wait', async ({ engine, stalled, active }, context) => {
      if (stalled === undefined) return context.skip('the subject has no request that stalls')
      const abort = new AbortController()
      const iterator = engine.generate(stalled.request, abort.signal)[Symbol.asyncIterator]()
      for (let seen = 0; seen < stalled.events; seen += 1) assert.notEqual((await iterator.next()).done, true)
      const pending = iterator.next()
      const outcome = pending.then(
        () => undefined,
        (error: unknown) => error,
      )
      await setImmediate()
      abort.abort(new Error('the client left'))
      assertFailure(await outcome, 'aborted')
      assert.equal((await iterator.next()).done, true)
      await letGo(active)
    })

    contractTest('a reader that leaves early ends the work', async ({ engine, request, active }) => {
      for (const place of [1, 2, 4]) {
        const iterator = engine.generate(request(), live())[Symbol.asyncIterator]()
        for (let seen = 0; seen < place; seen += 1) await iterator.next()
        await iterator.return?.()
        assert.equal((await iterator.next()).done, true)
      }
      await letGo(active)
    })

    contractTest('two generations at a time do not mix', async ({ engine, request, deterministic }) => {
      const asked = [
        request(),
        request({ messages: [{ role: 'user', content: 'Something else entirely, please.' }] }),
      ] as const
      const [one, other] = await collectInterleaved(
        engine.generate(asked[0], live()),
        engine.generate(asked[1], live()),
      )
      assertProtocol(one, engine, asked[0])
      assertProtocol(other, engine, asked[1])
      if (deterministic !== true) return
      assert.deepEqual(joinEvents(one), joinEvents(await collectEvents(engine.generate(asked[0], live()))))
      assert.deepEqual(joinEvents(other), joinEvents(await collectEvents(engine.generate(asked[1], live()))))
    })

    contractTest(
      'an answer that is wanted whole is the same answer',
      async ({ engine, request, deterministic, thinking, toolCall }) => {
        for (const asked of [request(), thinking, toolCall]) {
          if (asked === undefined) continue
          const streamed = await collectEvents(engine.generate({ ...asked, whole: false }, live()))
          const whole = await collectEvents(engine.generate({ ...asked, whole: true }, live()))
          assertProtocol(whole, engine, asked)
          if (deterministic === true) assert.deepEqual(joinEvents(whole), joinEvents(streamed))
        }
      },
    )

    // Whether an engine honours them by itself or not: nobody is given its answers but through routing.
    contractTest(
      'a stop string ends the answer and is not part of it',
      async ({ engine, request, recorded, deterministic }, context) => {
        if (recorded === true || deterministic !== true) return context.skip('nobody knows what it would say')
        const { text } = onlyChoice(await collectEvents(engine.generate(request(), live())))
        const stop = text.slice(Math.floor(text.length / 2), Math.floor(text.length / 2) + 3)
        const asked = request({ stop: ['never to be found', stop] })
        const events = await collectEvents(routed([engine], asked, { clock: STANDING }).events)
        assertProtocol(events, engine, asked)
        const answer = onlyChoice(events)
        assert.equal(answer.text, text.slice(0, text.indexOf(stop)))
        assert.equal(answer.finish, 'stop')
      },
    )

    contractTest(
      'a budget that is too small ends the answer with length',
      async ({ engine, request, recorded, thinking }, context) => {
        if (recorded === true) return context.skip('it was not recorded with another budget')
        for (const asked of [request(), thinking]) {
          if (asked === undefined) continue
          const events = await collectEvents(
            routed([engine], { ...asked, maxCompletionTokens: 3 }, { clock: STANDING }).events,
          )
          assertProtocol(events, engine, asked)
          const { text, reasoning, finish } = onlyChoice(events)
          assert.equal(finish, 'length')
          // It is counted by characters here.
          assert.ok(text.length + reasoning.length <= 3)
          const usage = events.find((event) => event.type === 'usage')
          assert.ok((usage?.usage.completion ?? 4) <= 3)
        }
      },
    )

    contractTest('failures are engine errors of their kind', async ({ engine, failures, active }, context) => {
      if (failures === undefined) return context.skip('the subject has no request that fails')
      for (const { request, kind } of failures) {
        const { events, failure } = await collectUntilFailure(engine.generate(request, live()))
        assertFailure(failure, kind)
        assert.ok(events.length === 0 || events[0]?.type === 'start')
      }
      await letGo(active)
    })

    contractTest('asking for its health never throws', async ({ engine }) => {
      assert.equal(typeof (await engine.health(live())).ok, 'boolean')
      assert.equal(typeof (await engine.health(AbortSignal.abort())).ok, 'boolean')
    })

    contractTest('it can be closed twice', async ({ engine }) => {
      await engine.close()
      await engine.close()
    })
  })
}

function live(): AbortSignal {
  return new AbortController().signal
}

function assertFailure(failure: unknown, kind: EngineErrorKind): void {
  assert.ok(failure instanceof EngineError, `expected an EngineError, got ${String(failure)}`)
  assert.equal(failure.kind, kind)
}

async function letGo(active: (() => number) | undefined): Promise<void> {
  if (active === undefined) return
  for (let turn = 0; turn < TURNS_TO_LET_GO && active() > 0; turn += 1) await setImmediate()
  assert.equal(active(), 0, 'the engine still works on something')
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}

export { assertProtocol }
