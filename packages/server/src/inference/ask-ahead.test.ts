import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { foldReply } from '@moonbase/core/generation'
import { ApiError } from '@moonbase/protocol'
import { collectUntilFailure } from '../../../../test/support/collect-events.ts'
import { LedgerError } from '../ledger/ledger.ts'
import { GOOD, inferenceBench, refusalOf, requestOf } from './testing/inference-bench.ts'

/** A ledger that has said yes ahead of somebody who decides: `says` is that one's answer, and what was refused has no end. */
function askedAhead(bench: ReturnType<typeof inferenceBench>) {
  const says = Promise.withResolvers<void>()
  bench.seen.onHoldAhead = (request) => ({ hold: request, kept: says.promise })
  bench.seen.onSettle = async () => {
    await says.promise.catch((error: unknown) => {
      throw new LedgerError('not_held', 'it was undone', { cause: error })
    })
  }
  return says
}

/** Less than any count makes of it. */
const nothing = (): LedgerError => new LedgerError('insufficient', 'too little', { available: 3_000 })

const notesOf = ({ seen }: ReturnType<typeof inferenceBench>) =>
  seen.notes.map(({ status, error, cost, completion }) => [status, error, cost, completion])

const NOTE = [429, 'quota_exceeded', 0, 0]

describe('an engine that was asked ahead for money that is not there after all', () => {
  it('is stopped at once while it thinks, and the client is told of its quota', async () => {
    for (const whole of [true, false]) {
      const bench = inferenceBench([{ silent: true }])
      const database = askedAhead(bench)
      const running = await bench.service.start(requestOf(bench, { whole }))
      const reading = collectUntilFailure(running.events)
      await bench.clock.pass(0)
      assert.equal(bench.engine.asked.length, 1)
      database.reject(nothing())
      const { events, failure } = await reading
      assert.deepEqual(events, [])
      assert.ok(failure instanceof ApiError && failure.code === 'quota_exceeded' && failure.status === 429)
      assert.match(failure.publicMessage, /^You exceeded your current token quota: <org-1> 0.000003,/)
      assert.equal(bench.engine.stopped, 1)
      assert.deepEqual([bench.open.unsettled, bench.limiter.figures.running, running.receipt?.cost], [0, 0, 0])
      assert.deepEqual(notesOf(bench), [NOTE])
      assert.deepEqual([bench.seen.ahead, bench.seen.refused], [['refused'], ['quota_exceeded']])
      await bench.close()
    }
  })

  it('has given nothing of a stream that it had begun', async () => {
    const bench = inferenceBench([GOOD])
    const database = askedAhead(bench)
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    const reading = collectUntilFailure(running.events)
    await bench.clock.pass(0)
    database.reject(nothing())
    const { events, failure } = await reading
    assert.ok(failure instanceof ApiError && failure.code === 'quota_exceeded')
    assert.deepEqual([events, notesOf(bench)], [[], [NOTE]])
    await bench.close()
  })

  it('has answered in vain where its whole reply is waiting to be paid for', async () => {
    const bench = inferenceBench([GOOD])
    const database = askedAhead(bench)
    const running = await bench.service.start(requestOf(bench))
    const reading = refusalOf(foldReply(running.events))
    await bench.clock.pass(0)
    database.reject(nothing())
    assert.equal((await reading).code, 'quota_exceeded')
    assert.deepEqual(notesOf(bench), [NOTE])
    assert.deepEqual([running.receipt?.cost, bench.open.unsettled, bench.limiter.figures.running], [0, 0, 0])
    await bench.close()
  })

  it('is told as what the client did where it has left before', async () => {
    const bench = inferenceBench([{ silent: true }])
    const database = askedAhead(bench)
    const running = await bench.service.start(requestOf(bench, { whole: false }))
    const reading = collectUntilFailure(running.events)
    await bench.clock.pass(0)
    const left = running[Symbol.asyncDispose]()
    database.reject(nothing())
    await Promise.all([left, reading])
    assert.equal(bench.engine.stopped, 1)
    assert.deepEqual(notesOf(bench), [[499, 'client_closed', 0, 0]])
    await bench.close()
  })
})

it('a hold that is kept counts as asked ahead, too', async () => {
  const bench = inferenceBench([GOOD])
  const database = askedAhead(bench)
  const running = await bench.service.start(requestOf(bench))
  const reading = foldReply(running.events)
  await bench.clock.pass(0)
  assert.equal(running.receipt, undefined, 'it was given before it was paid for')
  database.resolve()
  await reading
  assert.deepEqual([bench.seen.ahead, bench.seen.ends.length, bench.seen.refused], [['kept'], 1, []])
  await bench.close()
})
