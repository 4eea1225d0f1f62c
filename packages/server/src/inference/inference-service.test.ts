import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError, batchesOf, foldReply } from '@moonbase/core/generation'
import { newRunFacts, prepare, run } from '@moonbase/core/inference'
import { ApiError, apiError } from '@moonbase/protocol'
import { collectUntilFailure } from '../../../../test/support/collect-events.ts'
import { LedgerError } from '../ledger/ledger.ts'
import type { Fee, InferenceRequest } from './inference.ts'
import {
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

const broken = new EngineError('cut', 'the connection was reset', { engine: 'e' })

/** What ends say, a line each. */
const endsOf = ({ seen }: ReturnType<typeof inferenceBench>) =>
  seen.ends.map(({ end: { cost, record } }) => [cost, record.status, record.error, record.completion])

describe('an answer is settled once', () => {
  it('when it is complete, before its stream says so', async () => {
    const bench = inferenceBench()
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    const iterator = running.events[Symbol.asyncIterator]()
    let last = 'nothing'
    for (;;) {
      const step = await iterator.next()
      if (step.done === true) break
      last = step.value.type
      assert.equal(bench.seen.ends.length, 0)
      assert.equal(running.receipt, undefined)
    }
    assert.equal(last, 'usage')
    assert.deepEqual(endsOf(bench), [[GOOD_COST, 200, null, 20]])
    assert.equal(running.receipt?.cost, GOOD_COST)
    assert.equal(bench.limiter.figures.running, 0)
    await running[Symbol.asyncDispose]()
    assert.equal(bench.seen.ends.length, 1)
    await bench.close()
  })

  it('as one and the same for whole and streamed answers', async () => {
    for (const whole of [true, false]) {
      const bench = inferenceBench()
      const running = await bench.service.start(requestOf(bench, { whole }))
      assert.equal((await foldReply(running.events)).choices[0]?.text, 'one two')
      const { engine, servedModel, model, streamed, prompt, cached, reasoning, attempts, seams } =
        bench.seen.settled[0] ?? assert.fail('nothing was settled')
      assert.deepEqual(
        { engine, servedModel, model, streamed, prompt, cached, reasoning, attempts, seams },
        {
          engine: 'e',
          servedModel: 'kimi-k2.5',
          model: 'kimi-k2.5',
          streamed: !whole,
          prompt: 10,
          cached: 4,
          reasoning: 5,
          attempts: 1,
          seams: 0,
        },
      )
      assert.deepEqual(bench.seen.ran, [{ complete: true }])
      await bench.close()
    }
  })

  it('when it is refused: recorded, free, and the slot never taken', async () => {
    const bench = inferenceBench([GOOD], { limits: { rpm: 1 } })
    await foldReply((await bench.service.start(requestOf(bench))).events)
    const refusal = await refusalOf(bench.service.start(requestOf(bench)))
    assert.equal(refusal.code, 'rpm_limit')
    const wrong = await refusalOf(bench.service.start(requestOf(bench, { sampling: { temperature: 0.2 } })))
    assert.equal(wrong.status, 400)
    assert.deepEqual(
      bench.seen.notes.map(({ status, error, model, cost }) => [status, error, model, cost]),
      [
        [429, 'rpm_limit', 'kimi-k2.5', 0],
        [400, wrong.code, 'kimi-k2.5', 0],
      ],
    )
    assert.deepEqual([bench.seen.holds.length, bench.seen.ends.length, bench.limiter.figures.running], [1, 1, 0])
    await bench.close()
  })

  it('when it fails before its first event, for nothing', async () => {
    for (const whole of [true, false]) {
      const bench = inferenceBench([{ failure: broken }])
      const running = await bench.service.start(requestOf(bench, { whole }))
      const { failure } = await collectUntilFailure(running.events)
      assert.ok(failure instanceof EngineError)
      assert.deepEqual(endsOf(bench), [[0, 502, 'engine_cut', 0]])
      assert.deepEqual([bench.limiter.figures.running, running.receipt?.cost], [0, 0])
      await bench.close()
    }
  })

  it('when it fails behind the first event: a stream for what was given, a whole answer for nothing', async () => {
    const script = { events: [START, text('one ')], failure: broken }
    const streamed = inferenceBench([script])
    const running = await streamed.service.start(requestOf(streamed, { whole: false }))
    assert.equal((await collectUntilFailure(running.events)).events.length, 2)
    // A character is a token, and the prompt has a hundred of them.
    assert.deepEqual(endsOf(streamed), [[100 * 600 + 4 * 3000, 200, 'engine_cut', 4]])
    const whole = inferenceBench([script])
    const folded = await whole.service.start(requestOf(whole))
    await assert.rejects(foldReply(folded.events), EngineError)
    assert.deepEqual(endsOf(whole), [[0, 502, 'engine_cut', 0]])
    for (const bench of [streamed, whole]) await bench.close()
  })

  it('when its reader leaves before the first event, for nothing', async () => {
    const bench = inferenceBench([{ silent: true }])
    const client = new AbortController()
    const running = await bench.service.start(requestOf(bench, { whole: false }, { signal: client.signal }))
    const first = running.events.next()
    client.abort(apiError('client_closed'))
    await assert.rejects(first)
    assert.deepEqual(endsOf(bench), [[0, 499, 'client_closed', 0]])
    assert.equal(bench.limiter.figures.running, 0)
    await bench.close()
  })

  it('when its reader leaves behind the first event, for what was given', async () => {
    const bench = inferenceBench([{ events: [START, text('one ')], silent: true }])
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    for await (const event of running.events) if (event.type === 'text') break
    assert.deepEqual(endsOf(bench), [[100 * 600 + 4 * 3000, 200, 'client_closed', 4]])
    assert.equal(bench.engine.stopped + bench.engine.returned, 1)
    await bench.close()
  })

  it('when a fold gives up a whole answer, for nothing', async () => {
    const bench = inferenceBench()
    const running = await bench.service.start(requestOf(bench))
    for await (const event of running.events) if (event.type === 'text') break
    assert.deepEqual(endsOf(bench), [[0, 499, 'client_closed', 0]])
    await bench.close()
  })

  it('when nobody ever reads it, for nothing, and no engine is asked', async () => {
    const bench = inferenceBench()
    {
      await using running = await bench.service.start(requestOf(bench, { whole: false }))
      assert.equal(running.facts.model, 'kimi-k2.5')
    }
    assert.deepEqual(endsOf(bench), [[0, 499, 'client_closed', 0]])
    assert.deepEqual([bench.engine.asked.length, bench.limiter.figures.running], [0, 0])
    await bench.close()
  })

  it('when its reader fails, with the failure of the reader', async () => {
    const bench = inferenceBench([{ events: [START, text('one ')], silent: true }])
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    const batches = batchesOf(running.events)[Symbol.asyncIterator]()
    await batches.next()
    const failure = apiError('server_busy')
    await assert.rejects(running.events.throw?.(failure) ?? Promise.resolve(), failure)
    assert.deepEqual(endsOf(bench), [[100 * 600 + 4 * 3000, 200, 'server_busy', 4]])
    await bench.close()
  })

  it('when its reader leaves while it is being settled', async () => {
    const bench = inferenceBench()
    const client = new AbortController()
    const running = await bench.service.start(requestOf(bench, { whole: false }, { signal: client.signal }))
    bench.seen.onSettle = () => client.abort(apiError('client_closed'))
    await collectUntilFailure(running.events)
    await running[Symbol.asyncDispose]()
    assert.deepEqual(endsOf(bench), [[GOOD_COST, 200, null, 20]])
    await bench.close()
  })

  it('and never for more than was held', async () => {
    // As much as may be believed, and more than was asked.
    const much = { ...USAGE, usage: { prompt: 456, cached: 0, completion: 3, reasoning: 0 } } as const
    const bench = inferenceBench([{ events: [START, text('one'), FINISH, much] }])
    const draft = draftOf({ maxCompletionTokens: 3 })
    await foldReply((await bench.service.start(requestOf(bench, {}, { draft }))).events)
    assert.equal(bench.seen.ends[0]?.end.cost, bench.seen.holds[0]?.amount)
    await bench.close()
  })

  it('nor for what cannot be true: then it is our own count', async () => {
    const lie = { ...USAGE, usage: { prompt: 10, cached: 4, completion: 1_000_000, reasoning: 0 } } as const
    const bench = inferenceBench([{ events: [START, text('one'), FINISH, lie] }])
    const { usage } = await foldReply((await bench.service.start(requestOf(bench))).events)
    assert.deepEqual(usage, { prompt: 100, cached: 0, completion: 3, reasoning: 0 })
    await bench.close()
  })
})

describe('an end that cannot be kept', () => {
  it('is no success of a stream; what was given is charged later', async () => {
    const bench = inferenceBench()
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    bench.seen.failing = 2
    const { events, failure } = await collectUntilFailure(running.events)
    assert.equal(events.at(-1)?.type, 'usage')
    assert.ok(failure instanceof ApiError && failure.code === 'ledger_unavailable')
    assert.deepEqual([bench.seen.ends.length, bench.open.unsettled, bench.limiter.figures.running], [0, 1, 0])
    await bench.clock.pass(1000)
    assert.deepEqual([bench.seen.ends.length, bench.open.unsettled], [0, 1])
    await bench.clock.pass(1000)
    assert.deepEqual([bench.open.unsettled, endsOf(bench)], [0, [[GOOD_COST, 200, null, 20]]])
    await bench.close()
  })

  it('keeps a whole answer from its client, and then it is free', async () => {
    const bench = inferenceBench()
    const running = await bench.service.start(requestOf(bench))
    bench.seen.failing = 1
    assert.equal((await refusalOf(foldReply(running.events))).code, 'ledger_unavailable')
    await bench.clock.pass(1000)
    assert.deepEqual(endsOf(bench), [[0, 503, 'ledger_unavailable', 0]])
    await bench.close()
  })

  it('does not hide why the answer failed', async () => {
    const bench = inferenceBench([{ failure: broken }])
    const running = await bench.service.start(requestOf(bench))
    bench.seen.failing = 1
    const { failure } = await collectUntilFailure(running.events)
    assert.ok(failure instanceof EngineError)
    await bench.close()
    assert.deepEqual(endsOf(bench), [[0, 502, 'engine_cut', 0]])
  })
})

describe('what is kept with the end', () => {
  const document = {
    kind: 'response',
    owner: 'org-1',
    id: 'resp-1',
    label: null,
    createdAt: 0,
    dueAt: null,
    expiresAt: null,
    value: { said: 'one two' },
    expects: 'absent',
  } as const

  it('is of the commit that settles, and is made when all was seen', async () => {
    const bench = inferenceBench()
    const asked: unknown[] = []
    const withEnd: NonNullable<InferenceRequest['withEnd']> = (end) => {
      asked.push([end.how, end.given, bench.seen.ends.length])
      return [document]
    }
    await foldReply((await bench.service.start(requestOf(bench, {}, { withEnd }))).events)
    assert.deepEqual(asked, [['complete', true, 0]])
    assert.deepEqual(bench.seen.ends[0]?.end.documents, [document])
    await bench.close()
  })

  it('makes the request free when somebody else has kept it, and no success', async () => {
    const bench = inferenceBench()
    bench.seen.onSettle = ({ documents }) => {
      if (documents !== undefined) throw new LedgerError('document_conflict', 'somebody was first')
    }
    const running = await bench.service.start(requestOf(bench, {}, { withEnd: () => [document] }))
    await assert.rejects(foldReply(running.events), { kind: 'document_conflict' })
    assert.deepEqual([running.receipt?.cost, bench.open.unsettled, bench.limiter.figures.running], [0, 0, 0])
    await bench.close()
  })

  it('fails the answer where it cannot be made: a whole one for nothing, a stream for what was given', async () => {
    for (const whole of [true, false]) {
      const bench = inferenceBench()
      const withEnd = () => Promise.reject(apiError('server_busy'))
      const running = await bench.service.start(requestOf(bench, { whole }, { withEnd }))
      assert.equal((await refusalOf(foldReply(running.events))).code, 'server_busy')
      assert.deepEqual(endsOf(bench), [whole ? [0, 503, 'server_busy', 0] : [GOOD_COST, 200, 'server_busy', 20]])
      await bench.close()
    }
  })
})

describe('a record', () => {
  it('says of what it is a part, by whom it is called what, and when who was asked', async () => {
    const bench = inferenceBench()
    const labels = { run: 'run-7', step: '2' }
    const more = { parent: 'batch-1', api: 'toy', labels }
    // It has waited before it came here: an answer at once needs no timeline.
    await foldReply((await bench.service.start(requestOf(bench, {}, { ...more, arrivedAt: 999_980 }))).events)
    const {
      api,
      parent,
      run: ofRun,
      labels: kept,
      class: of,
      timeline,
    } = bench.seen.settled[0] ?? assert.fail('no record')
    assert.deepEqual([api, parent, ofRun, kept, of], ['toy', 'batch-1', 'run-7', labels, 'interactive'])
    assert.deepEqual(timeline, {
      attempts: [{ replica: 'e', outcome: 'complete', beganMs: 20, firstTokenMs: 20, endedMs: 20 }],
      seams: [],
    })
    await bench.close()
  })
})

describe('a fee', () => {
  const feeOf = (bench: ReturnType<typeof inferenceBench>): Fee => {
    const { draft: _, terms: __, waitMs: ___, ...origin } = requestOf(bench)
    return { ...origin, what: 'web_search', model: 'kimi-k2.5' }
  }
  const PRICE = {
    id: 'price-1',
    model: 'kimi-k2.5',
    engine: null,
    currency: 'USD',
    from: 0,
    to: null,
    hit: 100,
    miss: 600,
    output: 3000,
    batchPercent: 60,
    webSearch: 5_000_000,
  } as const

  it('is held, done and settled, with a record of its own', async () => {
    const bench = inferenceBench([GOOD], { prices: [PRICE] })
    const result = await bench.service.fee(feeOf(bench), () => {
      assert.deepEqual([bench.seen.holds[0]?.amount, bench.seen.ends.length], [5_000_000, 0])
      return Promise.resolve('found')
    })
    assert.equal(result, 'found')
    assert.deepEqual(
      bench.seen.ends.map(({ end: { cost, record } }) => [cost, record.fees, record.prompt, record.status]),
      [[5_000_000, 5_000_000, 0, 200]],
    )
    await bench.close()
  })

  it('that has no price is refused by the name of its model, and nothing is done', async () => {
    const bench = inferenceBench([GOOD])
    const refused = await refusalOf(bench.service.fee({ ...feeOf(bench), model: 'kimi-k9' }, () => assert.fail('done')))
    assert.match(refused.publicMessage, /^The model kimi-k9 has no price/)
    assert.equal(bench.seen.holds.length, 0)
    await bench.close()
  })

  it('is free where the work fails, and where it cannot be kept', async () => {
    const bench = inferenceBench([GOOD], { prices: [PRICE] })
    const failure = apiError('server_busy')
    await assert.rejects(
      bench.service.fee(feeOf(bench), () => Promise.reject(failure)),
      failure,
    )
    bench.seen.failing = 1
    const unkept = bench.service.fee(feeOf(bench), () => Promise.resolve('found'))
    assert.equal((await refusalOf(unkept)).code, 'ledger_unavailable')
    await bench.clock.pass(1000)
    assert.deepEqual(
      bench.seen.ends.map(({ end: { cost, record } }) => [cost, record.error]),
      [
        [0, 'server_busy'],
        [0, 'ledger_unavailable'],
      ],
    )
    await bench.close()
  })
})

describe('a hold', () => {
  it('that is refused is told in the words of the platform, and nothing ran', async () => {
    const bench = inferenceBench()
    bench.seen.onHold = () => {
      throw new LedgerError('insufficient', 'too little', { available: 1_500_000 })
    }
    const refusal = await refusalOf(bench.service.start(requestOf(bench)))
    assert.equal(refusal.code, 'quota_exceeded')
    assert.deepEqual([bench.engine.asked.length, bench.limiter.figures.running], [0, 0])
    assert.deepEqual(bench.seen.refused, ['quota_exceeded'])
    await bench.close()
  })

  /** Decided, and durable or not when the test says so. */
  const decided = (bench: ReturnType<typeof inferenceBench>) => {
    const kept = Promise.withResolvers<void>()
    bench.seen.onHoldAhead = (request) => {
      bench.seen.holds.push(request)
      return { hold: { ...request, cash: request.amount, voucher: 0 }, kept: kept.promise }
    }
    return kept
  }

  it('is written while the engine is asked, and nothing of a stream is given out before it is there', async () => {
    const bench = inferenceBench()
    const disk = decided(bench)
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    let given = false
    const first = running.events.next().then(() => (given = true))
    await bench.clock.pass(0)
    assert.deepEqual([bench.engine.asked.length, given, bench.seen.hurried.length], [1, false, 1])
    disk.resolve()
    await first
    await collectUntilFailure(running.events)
    assert.deepEqual(endsOf(bench), [[GOOD_COST, 200, null, 20]])
    await bench.close()
  })

  it('of a whole reply is not waited for by itself: its end is handed in before', async () => {
    const bench = inferenceBench()
    const disk = decided(bench)
    const running = await bench.service.start(requestOf(bench))
    assert.equal((await foldReply(running.events)).choices[0]?.text, 'one two')
    assert.deepEqual([bench.seen.ends.length, bench.seen.hurried], [1, []])
    disk.resolve()
    await bench.close()
  })

  it('that the disk refuses stops an engine that thinks for a minute, at once, and is free', async () => {
    for (const whole of [true, false]) {
      const bench = inferenceBench([{ silent: true }])
      const disk = decided(bench)
      bench.seen.onSettle = () => {
        throw new LedgerError('not_held', 'it was undone')
      }
      const running = await bench.service.start(requestOf(bench, { whole }))
      const reading = collectUntilFailure(running.events)
      await bench.clock.pass(0)
      assert.equal(bench.engine.asked.length, 1)
      disk.reject(new LedgerError('unavailable', 'the disk is full'))
      const { events, failure } = await reading
      assert.deepEqual(events, [])
      assert.ok(failure instanceof ApiError && failure.code === 'ledger_unavailable' && failure.status === 503)
      assert.equal(bench.engine.stopped, 1)
      // There is nothing to settle, now or later; that it was refused is in the log.
      assert.deepEqual([bench.open.unsettled, bench.limiter.figures.running, running.receipt?.cost], [0, 0, 0])
      assert.deepEqual(
        bench.seen.notes.map(({ status, error, cost }) => [status, error, cost]),
        [[503, 'ledger_unavailable', 0]],
      )
      await bench.close()
    }
  })

  it('that the disk refuses in the middle of a fold is no end of the answer', async () => {
    const bench = inferenceBench([{ events: [START, text('one ')], silent: true }])
    const disk = decided(bench)
    bench.seen.onSettle = () => {
      throw new LedgerError('not_held', 'it was undone')
    }
    const running = await bench.service.start(requestOf(bench))
    const batches = batchesOf(running.events)[Symbol.asyncIterator]()
    await batches.next()
    disk.reject(new LedgerError('unavailable', 'the disk is full'))
    await bench.clock.pass(0)
    await assert.rejects(batches.next(), { code: 'ledger_unavailable' })
    await assert.rejects(running.events.next(), { code: 'ledger_unavailable' })
    await bench.close()
  })

  it('is waited for where an engine may not be asked ahead', async () => {
    const bench = inferenceBench()
    bench.seen.onHoldAhead = () => assert.fail('it is not decided ahead')
    const [target] = bench.parts.models.find('kimi-k2.5').targets
    Object.assign(target ?? {}, { askAhead: false })
    await foldReply((await bench.service.start(requestOf(bench))).events)
    assert.equal(bench.seen.ends.length, 1)
    await bench.close()
  })

  it('that the disk refuses while the engine answers stops the engine, and nothing is given out', async () => {
    const bench = inferenceBench([{ events: [START, text('one ')], silent: true }])
    const unkept = apiError('ledger_unavailable')
    const ended: string[] = []
    // As it will be when an engine is asked while the hold is written: decided, and not durable yet.
    const prepared = await preparedOf(bench)
    const facts = newRunFacts('kimi-k2.5', true, 0)
    const running = run(prepared, facts, bench.parts.routing, new AbortController().signal, {
      onStart: () => Promise.reject(unkept),
      onEnd: ({ how, given }) => {
        ended.push(`${how}, given: ${given}`)
        return undefined
      },
    })
    const { events, failure } = await collectUntilFailure(running.events)
    assert.deepEqual([events, failure], [[], unkept])
    assert.deepEqual(ended, ['failed, given: false'])
    assert.equal(bench.engine.stopped + bench.engine.returned, 1)
    assert.equal(bench.engine.asked.length, 1)
    await bench.close()
  })
})

describe('progress', () => {
  it('of a stream is noted every second, as far as it is', async () => {
    const bench = inferenceBench([{ events: [START, text('one '), text('two')], silent: true }])
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    const batches = batchesOf(running.events)[Symbol.asyncIterator]()
    await bench.clock.pass(1000)
    assert.equal(bench.seen.progress.length, 0)
    // The start comes with the first token.
    await batches.next()
    await bench.clock.pass(1000)
    await batches.next()
    await bench.clock.pass(1000)
    await bench.clock.pass(1000)
    assert.deepEqual(
      bench.seen.progress.map(({ cost, record }) => [cost, record.completion, record.error]),
      [
        // Nobody has counted the prompt.
        [4 * 3000, 4, 'server_restarted'],
        [7 * 3000, 7, 'server_restarted'],
      ],
    )
    await batches.return?.()
    await bench.clock.pass(1000)
    assert.equal(bench.seen.progress.length, 2)
    await bench.close()
  })
})

describe('contents', () => {
  it('are kept as they were asked and given, whoever asks', async () => {
    const bench = inferenceBench([GOOD], { retentionDays: 7 })
    const asked = { messages: ['hi'] }
    for (const whole of [true, false])
      await foldReply((await bench.service.start(requestOf(bench, { whole }, { asked }))).events)
    for (const content of bench.seen.contents) {
      assert.deepEqual(JSON.parse(content.asked ?? ''), asked)
      assert.deepEqual(JSON.parse(content.answered ?? ''), {
        choices: [{ finish_reason: 'stop', content: 'one two' }],
      })
      assert.deepEqual([content.error, content.cut], [null, false])
    }
    assert.equal(bench.seen.contents.length, 2)
    await bench.close()
  })

  it('say what was cut, and hold nothing of a whole answer that nobody got', async () => {
    const script = { events: [START, text('one ')], failure: broken }
    const bench = inferenceBench([script], { retentionDays: 7 })
    for (const whole of [true, false]) {
      await collectUntilFailure((await bench.service.start(requestOf(bench, { whole }, { asked: {} }))).events)
    }
    const [nothing, part] = bench.seen.contents
    assert.deepEqual([nothing?.answered, nothing?.cut, nothing?.error], [null, false, 'engine_cut'])
    assert.deepEqual(JSON.parse(part?.answered ?? ''), { choices: [{ finish_reason: null, content: 'one ' }] })
    assert.deepEqual([part?.cut, part?.error], [true, 'engine_cut'])
    await bench.close()
  })

  it('and records are there for what no engine answers', async () => {
    const bench = inferenceBench([GOOD], { retentionDays: 7 })
    bench.service.note({ ...requestOf(bench), asked: { a: 1 } }, apiError('body_too_large'))
    bench.service.note(requestOf(bench), 'replayed')
    assert.deepEqual(
      bench.seen.notes.map(({ status, error, cost }) => [status, error, cost]),
      [
        [413, 'body_too_large', 0],
        [200, null, 0],
      ],
    )
    assert.deepEqual(
      bench.seen.contents.map(({ asked, error }) => [asked, error]),
      [
        ['{"a":1}', 'body_too_large'],
        [null, null],
      ],
    )
    await bench.close()
  })
})

describe('a count', () => {
  it('is that of the bill, and tells what the request can cost at most', async () => {
    const bench = inferenceBench()
    const { caller, draft, terms, signal, arrivedAt } = requestOf(bench)
    const began: unknown[] = []
    const counted = await bench.service.count({
      caller,
      draft,
      terms,
      signal,
      arrivedAt,
      began: ({ model, streamed }) => void began.push([model, streamed]),
    })
    assert.deepEqual(began, [['kimi-k2.5', false]])
    const { held = 0, ...told } = counted
    const atMost = 100 * 600 + 1000 * 3000
    assert.deepEqual(told, { tokens: 100, exact: true, budget: 1000, window: 262_144, atMost })
    assert.ok(held >= atMost)
    assert.deepEqual([bench.seen.holds.length, bench.seen.notes.length, bench.engine.asked.length], [0, 0, 0])
    await bench.close()
  })
})

function preparedOf(bench: ReturnType<typeof inferenceBench>) {
  const { models, counter, resolvers } = bench.parts
  const terms = { lenient: new Set<never>(), scope: 'org-1' }
  return prepare(draftOf({ whole: false }), terms, { models, counter, resolvers }, new AbortController().signal)
}
