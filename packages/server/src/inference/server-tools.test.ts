import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type GenerationEvent, foldReply } from '@moonbase/core/generation'
import { ApiError, apiError } from '@moonbase/protocol'
import { collectEvents, collectUntilFailure } from '../../../../test/support/collect-events.ts'
import type { Script } from '../../../../test/support/scripted-engines.ts'
import { LedgerError } from '../ledger/ledger.ts'
import type { DocumentWrite } from '../records/document.ts'
import type { RequestRecord } from '../records/request-record.ts'
import type { Inference, InferenceRequest } from './inference.ts'
import { SERVER_TOOL_LIMITS, type ServerToolCall, type ServerToolContext } from './server-tool.ts'
import { withServerTools } from './server-tools.ts'
import {
  type BenchOptions,
  FINISH,
  GOOD,
  GOOD_COST,
  START,
  USAGE,
  draftOf,
  inferenceBench,
  refusalOf,
  requestOf,
  text,
} from './testing/inference-bench.ts'

const CALLED: GenerationEvent = { type: 'finish', choice: 0, reason: 'tool_calls' }
const call = (name: string, number = 0, more: { id?: string } = {}): GenerationEvent => ({
  type: 'tool-call',
  choice: 0,
  call: number,
  name,
  arguments: `{"for":"${name}"}`,
  ...more,
})
/** A round that says something and calls these. */
const calling = (...names: string[]): Script => ({
  events: [START, text('hm '), ...names.map((name, number) => call(name, number)), CALLED, USAGE],
})
const SEARCHES = calling('search')

const TOOLS = ['search', 'read', 'mine'].map((name) => ({
  type: 'function' as const,
  name,
  parameters: { type: 'object' },
  strict: false,
}))

type Run = (called: ServerToolCall, context: ServerToolContext) => Promise<string>

function toolBench(scripts: readonly Script[], run?: Run, options: BenchOptions = {}) {
  const bench = inferenceBench(scripts, options)
  const ran: string[] = []
  const tools = {
    runsFor: () => new Set(['search', 'read']),
    async run(called: ServerToolCall, context: ServerToolContext) {
      ran.push(called.id)
      return (await run?.(called, context)) ?? `found by ${called.id}`
    },
  }
  const service = withServerTools(bench.service, tools, () => bench.clock.now())
  const start = (whole: boolean, more: Partial<InferenceRequest> = {}): Promise<Inference> =>
    service.start(requestOf(bench, {}, { draft: draftOf({ tools: TOOLS, whole }), ...more }))
  return { bench, ran, service, start, seen: bench.seen, engine: bench.engine }
}

type Bench = ReturnType<typeof toolBench>

/** Each hold has ended once, and nothing is left open. */
function assertSettledOnce({ bench, seen }: Bench): void {
  assert.deepEqual(
    seen.ends.map(({ hold }) => hold.request).toSorted(),
    seen.holds.map(({ request }) => request).toSorted(),
  )
  assert.deepEqual([bench.limiter.figures.running, bench.open.unsettled], [0, 0])
}

const endsOf = ({ seen }: Bench) => seen.ends.map(({ end: { cost, record } }) => [cost, record.status, record.error])
const kinds = (events: readonly GenerationEvent[]) =>
  events.map((event) => (event.type === 'server-tool' ? event.state : event.type))
const last = (events: readonly GenerationEvent[]) => events.filter(({ type }) => type === 'finish' || type === 'usage')
const paid = (rounds: number) => Array.from({ length: rounds }, () => [GOOD_COST, 200, null])
const byCost = ([one]: readonly unknown[], [other]: readonly unknown[]): number => Number(one) - Number(other)
const SUM = { prompt: 30, cached: 12, completion: 60, reasoning: 15 }

describe('a loop of three rounds', () => {
  for (const whole of [false, true]) {
    const how = whole ? 'whole' : 'streamed'
    it(`is one answer with three holds, three records and one parent, ${how}`, async () => {
      const at = toolBench([SEARCHES, calling('read', 'search'), GOOD])
      const began: string[] = []
      const running = await at.start(whole, {
        id: 'answer',
        parent: 'batch-7',
        began: ({ model }) => void began.push(model),
      })
      const events = await collectEvents(running.events)
      assert.equal(kinds(events).join(' '), 'start text begun done text begun begun done done text text finish usage')
      assert.deepEqual(events[2], {
        type: 'server-tool',
        choice: 0,
        name: 'search',
        id: 'search:0',
        state: 'begun',
        input: '{"for":"search"}',
        output: undefined,
      })
      assert.deepEqual(last(events), [FINISH, { type: 'usage', usage: SUM }])
      // Ids begin anew with each round of an engine, and are unique all the same.
      assert.deepEqual(at.ran, ['search:0', 'read:1', 'search:2'])
      const told = ({ request, parent }: RequestRecord): unknown[] => [request, parent]
      assert.deepEqual(at.seen.settled.map(told), [
        ['answer', 'batch-7'],
        ['answer.2', 'answer'],
        ['answer.3', 'answer'],
      ])
      assert.deepEqual(endsOf(at), paid(3))
      assert.deepEqual(began, ['kimi-k2.5', 'kimi-k2.5', 'kimi-k2.5'])
      const { engine, held, ...paidFor } = running.receipt ?? {}
      assert.deepEqual(paidFor, { request: 'answer', cost: 3 * GOOD_COST, currency: 'USD', usage: SUM })
      assert.ok(engine !== null && held !== undefined && held >= 3 * GOOD_COST)
      assertSettledOnce(at)
      await at.bench.close()
    })
  }

  it('is settled round by round where it is streamed, and in one turn behind the last where it is whole', async () => {
    for (const whole of [false, true]) {
      const at = toolBench([SEARCHES, SEARCHES, GOOD])
      const settled: number[] = []
      const running = await at.start(whole)
      for await (const { type } of running.events) {
        if (type === 'server-tool' || type === 'usage') settled.push(at.seen.ends.length)
        // There is none before all of it has ended.
        assert.equal(running.receipt, undefined)
      }
      assert.equal(running.receipt?.cost, 3 * GOOD_COST)
      assert.deepEqual(settled, whole ? [0, 0, 0, 0, 0] : [1, 1, 2, 2, 2])
      assert.equal(at.seen.ends.length, 3)
      await at.bench.close()
    }
  })

  it('asks on with what was said and found, and forces no tool twice', async () => {
    const thinks: Script = {
      events: [START, { type: 'reasoning', choice: 0, text: 'I ask.' }, ...(SEARCHES.events ?? []).slice(1)],
    }
    const at = toolBench([thinks, SEARCHES, GOOD])
    const messages = [{ role: 'user', content: 'hi' }] as const
    const draft = draftOf({ tools: TOOLS, messages, toolChoice: { name: 'search' } })
    await foldReply((await at.service.start(requestOf(at.bench, {}, { draft }))).events)
    const [first, second, third] = at.engine.asked
    assert.deepEqual(
      [first, second, third].map((asked) => asked?.toolChoice),
      [{ name: 'search' }, 'auto', 'auto'],
    )
    assert.deepEqual(second?.messages.slice(1), [
      {
        role: 'assistant',
        content: 'hm ',
        reasoning: 'I ask.',
        toolCalls: [{ id: 'search:0', builtin: false, name: 'search', arguments: '{"for":"search"}' }],
        partial: false,
      },
      { role: 'tool', content: 'found by search:0', toolCallId: 'search:0', name: 'search' },
    ])
    // Messages go on by identity.
    assert.equal(second?.messages[0], messages[0])
    assert.ok(second?.messages.every((message, index) => message === third?.messages[index]))
    assert.equal(third?.messages.length, 5)
    await at.bench.close()
  })

  it('hands down what is left of the budget, and ends when nothing is', async () => {
    const at = toolBench([SEARCHES])
    const draft = draftOf({ tools: TOOLS, maxCompletionTokens: 60 })
    const events = await collectEvents((await at.service.start(requestOf(at.bench, {}, { draft }))).events)
    assert.deepEqual(
      at.engine.asked.map(({ maxCompletionTokens }) => maxCompletionTokens),
      [60, 40, 20],
    )
    assert.deepEqual(last(events), [
      { type: 'finish', choice: 0, reason: 'length' },
      // The third says more than it may, and is counted as far as it was heard.
      { type: 'usage', usage: { prompt: 120, cached: 8, completion: 60, reasoning: 10 } },
    ])
    // What the third has called would be found for nobody.
    assert.equal(at.ran.length, 2)
    assertSettledOnce(at)
    await at.bench.close()
  })

  it('has one slot, and is one request', async () => {
    for (const whole of [false, true]) {
      const slots: number[] = []
      const at = toolBench(
        [SEARCHES, SEARCHES, GOOD],
        async () => {
          slots.push(at.bench.limiter.figures.running)
          assert.equal((await refusalOf(at.bench.service.start(requestOf(at.bench)))).code, 'concurrency_limit')
          return 'found'
        },
        // Room for one round at its bound, beside what the others have used.
        { limits: { concurrency: 1, rpm: 1, tpm: 1_500 } },
      )
      const running = await at.start(whole)
      assert.equal(running.room?.remaining, 0)
      await collectEvents(running.events)
      assert.deepEqual(slots, [1, 1])
      const refusal = await refusalOf(at.bench.service.start(requestOf(at.bench)))
      assert.equal(refusal.code, 'rpm_limit')
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('passes as it is where the server runs nothing', async () => {
    const bench = inferenceBench([SEARCHES])
    const tools = { runsFor: () => new Set<string>(), run: () => Promise.reject(new Error('never')) }
    const service = withServerTools(bench.service, tools, () => 0)
    const running = await service.start(requestOf(bench, { tools: TOOLS }))
    assert.deepEqual((await foldReply(running.events)).choices[0]?.toolCalls.length, 1)
    await bench.close()
  })
})

describe('calls of the client’s own tools', () => {
  for (const whole of [false, true]) {
    it(`end the loop, counted without gaps, and the server’s are run first, ${whole ? 'whole' : 'streamed'}`, async () => {
      const at = toolBench([SEARCHES, calling('search', 'mine', 'read', 'mine')])
      const events = await collectEvents((await at.start(whole)).events)
      assert.deepEqual(
        events.flatMap((event) => (event.type === 'tool-call' ? [[event.name, event.call]] : [])),
        [
          ['mine', 0],
          ['mine', 1],
        ],
      )
      assert.deepEqual(kinds(events).slice(-6), ['begun', 'begun', 'done', 'done', 'finish', 'usage'])
      assert.deepEqual(events.at(-2), CALLED)
      assert.deepEqual(at.ran, ['search:0', 'search:1', 'read:2'])
      assert.equal(at.seen.holds.length, 2)
      assertSettledOnce(at)
      await at.bench.close()
    })
  }

  it('alone are an answer as ever', async () => {
    const at = toolBench([calling('mine')])
    const events = await collectEvents((await at.start(false)).events)
    assert.deepEqual(events, calling('mine').events)
    assertSettledOnce(at)
    await at.bench.close()
  })
})

describe('whoever leaves', () => {
  it('pays for the rounds that were given, and no tool or round begins after', async () => {
    for (const [state, tools] of [
      ['begun', 0],
      ['done', 1],
    ] as const) {
      const at = toolBench([SEARCHES, GOOD])
      const running = await at.start(false)
      for await (const event of running.events) if (event.type === 'server-tool' && event.state === state) break
      assert.deepEqual([at.ran.length, at.engine.asked.length], [tools, 1])
      assert.deepEqual(endsOf(at), paid(1))
      assert.equal(running.receipt?.cost, GOOD_COST)
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('while a tool runs is not kept waiting by it', async () => {
    for (const whole of [false, true]) {
      const client = new AbortController()
      let heard: unknown
      const at = toolBench([SEARCHES, GOOD], (_, { signal }) => {
        signal.addEventListener('abort', () => {
          heard = signal.reason
        })
        queueMicrotask(() => client.abort(apiError('client_closed')))
        return new Promise<string>(() => undefined)
      })
      const running = await at.start(whole, { signal: client.signal })
      const { failure } = await collectUntilFailure(running.events)
      assert.ok(failure instanceof ApiError && failure.code === 'client_closed')
      assert.equal(heard, failure)
      assert.deepEqual(endsOf(at), whole ? [[0, 499, 'client_closed']] : paid(1))
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('with the events unread, or in the middle of a later round, ends what is open', async () => {
    const unread = toolBench([SEARCHES, GOOD])
    await (await unread.start(false))[Symbol.asyncDispose]()
    assert.deepEqual(endsOf(unread), [[0, 499, 'client_closed']])
    const later = toolBench([SEARCHES, { events: [START, text('one ')], silent: true }])
    const running = await later.start(false)
    let texts = 0
    for await (const { type } of running.events) {
      if (type === 'text') texts += 1
      if (texts === 2) break
    }
    assert.deepEqual(endsOf(later), [...paid(1), [100 * 600 + 4 * 3000, 200, 'client_closed']])
    for (const at of [unread, later]) {
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('while a later round is being let in does not get it, and does not pay for it', async () => {
    for (const whole of [false, true]) {
      const at = toolBench([SEARCHES, GOOD])
      const running = await at.start(whole)
      let leaving: Promise<unknown> | undefined
      at.seen.onHold = ({ request }) => {
        if (request.endsWith('.2')) leaving = running.events.return?.()
      }
      await collectUntilFailure(running.events)
      await leaving
      const left = [0, 499, 'client_closed']
      assert.deepEqual(endsOf(at).toSorted(byCost), whole ? [left, left] : [left, ...paid(1)])
      assert.equal(at.engine.asked.length, 1)
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('with a failure of his own is told of it, and it stands in what is not paid', async () => {
    const at = toolBench([SEARCHES, GOOD])
    const running = await at.start(true)
    const batches = running.events.batches()
    await batches.next()
    const failure = apiError('server_busy')
    await assert.rejects(running.events.throw?.(failure) ?? Promise.resolve(), failure)
    assert.deepEqual(endsOf(at), [[0, 503, 'server_busy']])
    assertSettledOnce(at)
    await at.bench.close()
  })

  it('does not pay for a whole reply that he gave up behind its last event', async () => {
    const at = toolBench([SEARCHES, GOOD])
    for await (const { type } of (await at.start(true)).events) if (type === 'usage') break
    assert.deepEqual(
      endsOf(at),
      [1, 2].map(() => [0, 499, 'client_closed']),
    )
    assertSettledOnce(at)
    await at.bench.close()
  })
})

describe('a loop that goes wrong', () => {
  it('by a tool that throws fails: what was given is paid for, a whole reply is free', async () => {
    for (const whole of [false, true]) {
      const stopped: boolean[] = []
      const at = toolBench([calling('search', 'read'), GOOD], async ({ name }, { signal }) => {
        if (name === 'search') throw new TypeError('a secret of the house')
        await new Promise((resolve) => {
          signal.addEventListener('abort', resolve)
        })
        stopped.push(true)
        return ''
      })
      const { failure } = await collectUntilFailure((await at.start(whole)).events)
      assert.ok(failure instanceof TypeError)
      assert.deepEqual(endsOf(at), whole ? [[0, 500, 'internal']] : paid(1))
      assert.deepEqual(stopped, [true])
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('by an engine that fails in a later round fails, and its rounds are each what they are', async () => {
    for (const whole of [false, true]) {
      const at = toolBench([SEARCHES, { failure: new Error('away') }])
      const { failure } = await collectUntilFailure((await at.start(whole)).events)
      assert.ok(failure instanceof Error)
      const [first, second] = at.seen.settled
      assert.deepEqual([first?.cost, second?.cost], whole ? [0, 0] : [GOOD_COST, 0])
      assert.equal(second?.error, whole ? first?.error : second?.error)
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('is none by an output that is just as long as it may be', async () => {
    const at = toolBench([SEARCHES, GOOD], async () => 'x'.repeat(SERVER_TOOL_LIMITS.outputBytes))
    const { failure, events } = await collectUntilFailure((await at.start(true)).events)
    assert.deepEqual([failure, last(events)[0]], [undefined, FINISH])
    await at.bench.close()
  })

  it('by an output without end says which limit it was', async () => {
    const at = toolBench([SEARCHES, GOOD], async () => 'x'.repeat(SERVER_TOOL_LIMITS.outputBytes + 1))
    const { failure } = await collectUntilFailure((await at.start(true)).events)
    assert.ok(failure instanceof ApiError && failure.code === 'tool_limit')
    assert.match(failure.publicMessage, /1048576 bytes of output/)
    assert.deepEqual(endsOf(at), [[0, 502, 'tool_limit']])
    await at.bench.close()
  })

  it('when its ends cannot be kept is free, all of it', async () => {
    const at = toolBench([SEARCHES, SEARCHES, GOOD])
    const running = await at.start(true)
    at.seen.failing = 3
    assert.equal((await refusalOf(foldReply(running.events))).code, 'ledger_unavailable')
    assert.deepEqual([at.seen.ends.length, at.bench.open.unsettled], [0, 3])
    assert.equal(running.receipt?.cost, 0)
    await at.bench.clock.pass(1000)
    assert.deepEqual(
      endsOf(at),
      [1, 2, 3].map(() => [0, 503, 'ledger_unavailable']),
    )
    assertSettledOnce(at)
    await at.bench.close()
  })

  it('in a round that cannot be kept goes on with no other', async () => {
    const at = toolBench([SEARCHES, GOOD])
    const running = await at.start(false)
    at.seen.failing = 1
    const { failure } = await collectUntilFailure(running.events)
    assert.ok(failure instanceof ApiError && failure.code === 'ledger_unavailable')
    assert.deepEqual([at.ran.length, at.engine.asked.length], [0, 1])
    await at.bench.close()
  })

  it('is refused at once with several choices', async () => {
    const at = toolBench([GOOD])
    const refusal = await refusalOf(at.start(true, { draft: draftOf({ tools: TOOLS, sampling: { n: 2 } }) }))
    assert.equal(refusal.code, 'invalid_request')
    assert.deepEqual(
      at.seen.notes.map(({ status, error }) => [status, error]),
      [[400, 'invalid_request']],
    )
    await at.bench.close()
  })
})

describe('a later round that may not begin', () => {
  for (const whole of [false, true]) {
    it(`for want of money pauses the answer, ${whole ? 'whole' : 'streamed'}`, async () => {
      const at = toolBench([SEARCHES, GOOD])
      at.seen.onHold = ({ request }) => {
        if (request.endsWith('.2')) throw new LedgerError('insufficient', 'too little', { available: 1 })
      }
      const events = await collectEvents((await at.start(whole)).events)
      assert.deepEqual(last(events), [{ type: 'finish', choice: 0, reason: 'length', paused: 'quota_exceeded' }, USAGE])
      assert.deepEqual(endsOf(at), paid(1))
      assert.deepEqual(
        at.seen.notes.map(({ request, parent, status, error }) => [
          request.endsWith('.2'),
          parent !== null,
          status,
          error,
        ]),
        [[true, true, 429, 'quota_exceeded']],
      )
      assertSettledOnce(at)
      await at.bench.close()
    })
  }

  it('for want of tokens pauses it too; for a ledger that is away it fails', async () => {
    const at = toolBench([SEARCHES, GOOD], undefined, { limits: { tpm: 1_500 } })
    const draft = draftOf({ tools: TOOLS, maxCompletionTokens: 1_400 })
    const folded = await foldReply((await at.service.start(requestOf(at.bench, {}, { draft }))).events)
    assert.deepEqual([folded.choices[0]?.finish, folded.choices[0]?.paused], ['length', 'tpm_limit'])
    const away = toolBench([SEARCHES, GOOD])
    away.seen.onHold = ({ request }) => {
      if (request.endsWith('.2')) throw new LedgerError('unavailable', 'the disk is full')
    }
    const { failure } = await collectUntilFailure((await away.start(true)).events)
    assert.ok(failure instanceof ApiError && failure.code === 'ledger_unavailable')
    assert.deepEqual(endsOf(away), [[0, 503, 'ledger_unavailable']])
    for (const one of [at, away]) {
      assertSettledOnce(one)
      await one.bench.close()
    }
  })

  it('for a prompt that fills the window is as long as it can be', async () => {
    const at = toolBench([SEARCHES, GOOD], async () => 'word '.repeat(100_000))
    at.bench.parts.counter.countPromptAside = () => Promise.resolve(300_000)
    const events = await collectEvents((await at.start(false)).events)
    assert.deepEqual(events.at(-2), { type: 'finish', choice: 0, reason: 'length' })
    assertSettledOnce(at)
    await at.bench.close()
  })

  it('behind the limit of rounds or of calls pauses it', async () => {
    const many = toolBench([SEARCHES])
    const draft = draftOf({ tools: TOOLS, maxCompletionTokens: 10_000 })
    const events = await collectEvents((await many.service.start(requestOf(many.bench, {}, { draft }))).events)
    assert.deepEqual(events.at(-2), { type: 'finish', choice: 0, reason: 'length', paused: 'tool_limit' })
    assert.deepEqual(
      [many.seen.holds.length, many.ran.length],
      [SERVER_TOOL_LIMITS.rounds, SERVER_TOOL_LIMITS.rounds - 1],
    )
    const names = Array.from({ length: SERVER_TOOL_LIMITS.calls + 1 }, () => 'search')
    const much = toolBench([calling(...names)])
    const folded = await foldReply((await much.start(true)).events)
    assert.deepEqual([folded.choices[0]?.paused, much.ran.length], ['tool_limit', 0])
    for (const at of [many, much]) {
      assertSettledOnce(at)
      await at.bench.close()
    }
  })
})

describe('what is kept with the end', () => {
  const DOCUMENT = { kind: 'response', owner: 'org-1', id: 'r' } as DocumentWrite

  it('is asked for once, with the last round, when all has been told', async () => {
    for (const whole of [false, true]) {
      for (const scripts of [
        [SEARCHES, GOOD],
        [SEARCHES, calling('search', 'mine')],
      ]) {
        const at = toolBench(scripts)
        const told: string[] = []
        const asked: string[] = []
        const running = await at.start(whole, {
          withEnd: ({ how }) => {
            asked.push(`${how} behind ${told.at(-1)}`)
            return [DOCUMENT]
          },
        })
        for await (const { type } of running.events) told.push(type)
        assert.deepEqual(asked, ['complete behind usage'])
        // In the commit of the last round; of a whole reply that comes first, because the others depend on it.
        assert.deepEqual(
          at.seen.ends.map(({ hold, end }) => [hold.request.endsWith('.2'), end.documents?.length ?? 0]),
          whole
            ? [
                [true, 1],
                [false, 0],
              ]
            : [
                [false, 0],
                [true, 1],
              ],
        )
        assertSettledOnce(at)
        await at.bench.close()
      }
    }
  })

  it('is kept with the round before where no other one may begin, or the reader leaves', async () => {
    for (const leaves of [false, true]) {
      const at = toolBench([SEARCHES, GOOD])
      at.seen.onHold = ({ request }) => {
        if (request.endsWith('.2')) throw new LedgerError('insufficient', 'too little', { available: 1 })
      }
      const asked: string[] = []
      const running = await at.start(false, { withEnd: ({ how }) => (asked.push(how), [DOCUMENT]) })
      for await (const event of running.events) {
        if (leaves && event.type === 'server-tool' && event.state === 'done') break
      }
      assert.deepEqual(asked, [leaves ? 'left' : 'complete'])
      assert.deepEqual(
        at.seen.ends.map(({ end: { cost, documents } }) => [cost, documents?.length]),
        [[GOOD_COST, 1]],
      )
      assertSettledOnce(at)
      await at.bench.close()
    }
  })

  it('by somebody else makes all rounds of a whole reply free', async () => {
    const at = toolBench([SEARCHES, GOOD])
    at.seen.onSettle = ({ documents }) => {
      if (documents !== undefined) throw new LedgerError('document_conflict', 'it is there')
    }
    const running = await at.start(true, { withEnd: () => [DOCUMENT] })
    await assert.rejects(foldReply(running.events), LedgerError)
    // The ledger has released the hold whose documents it refused.
    assert.deepEqual(endsOf(at), [[0, 409, 'document_conflict']])
    assert.equal(running.receipt?.cost, 0)
    await at.bench.close()
  })
})

describe('a tool', () => {
  it('is told whose answer it is for, and takes fees that have records of their own', async () => {
    const price = {
      id: 'p',
      model: 'kimi-k2.5',
      engine: null,
      currency: 'USD' as const,
      from: 0,
      to: null,
      hit: 100,
      miss: 600,
      output: 3000,
      batchPercent: 60,
      webSearch: 5_000_000,
    }
    const at = toolBench(
      [SEARCHES, GOOD],
      (_, { fee, parent, caller }) => fee('web_search', async () => `${caller.id} for ${parent}`),
      { prices: [price] },
    )
    const events = await collectEvents((await at.start(true, { id: 'answer' })).events)
    const done = events.find((event) => event.type === 'server-tool' && event.state === 'done')
    assert.equal(done?.type === 'server-tool' && done.output, 'ak-1 for answer')
    assert.deepEqual(
      at.seen.settled.map(({ request, parent, cost }) => [request, parent, cost]),
      [
        ['answer.fee.1', 'answer', 5_000_000],
        ['answer', null, GOOD_COST],
        ['answer.2', 'answer', GOOD_COST],
      ],
    )
    assertSettledOnce(at)
    await at.bench.close()
  })
})
