/** Who waits in the line of an organisation, and who may go before whom. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LimitRefusal, LimitedSubject } from './limiter.ts'
import {
  type OrganisationQueue,
  type Waiter,
  emptyQueue,
  inFrontOf,
  isEmpty,
  join,
  nextOf,
  shutFor,
  waitersOf,
} from './organisation-queue.ts'

const ORGANISATION = subject('organisation', 'org-1')
const [KEY, OTHER_KEY] = [subject('key', 'ak-1'), subject('key', 'ak-2')]

function subject(scope: string, id: string): LimitedSubject {
  return { scope, id, limits: { concurrency: 1, rpm: null, tpm: null, tpd: null } } as LimitedSubject
}

function refusalBy(by: LimitedSubject): LimitRefusal {
  return { refused: 'concurrency', subject: by, current: 1, limit: 1, retryAfterMs: 10 }
}

function waiterOf(key: LimitedSubject, by: LimitedSubject, within = false): Waiter {
  return {
    request: { subjects: [ORGANISATION, key], tokens: 1, within },
    deadline: 100,
    refusal: refusalBy(by),
    retryAt: 10,
    alarmed: false,
    leave: () => undefined,
    left: false,
  }
}

function queueOf(interactive: readonly Waiter[], batch: readonly Waiter[] = []): OrganisationQueue {
  const queue = emptyQueue('org-1')
  for (const waiter of interactive) join(queue, waiter, 'interactive')
  for (const waiter of batch) join(queue, waiter, 'batch')
  return queue
}

describe('a line', () => {
  it('is empty when nobody of either class waits', () => {
    const waiter = waiterOf(KEY, KEY)
    assert.equal(isEmpty(emptyQueue('org-1')), true)
    assert.equal(isEmpty(queueOf([waiter])), false)
    assert.equal(isEmpty(queueOf([], [waiter])), false)
    assert.deepEqual(waitersOf(queueOf([waiter], [waiter])), [waiter, waiter])
  })

  it('has nobody busy, stirred or shut to begin with', () => {
    const { busy, stirred, asked, shut, organisation } = emptyQueue('org-1')
    assert.deepEqual([busy, stirred, asked, shut.size, organisation], [false, false, undefined, 0, 'org-1'])
  })

  it('is in the order in which they came, with later rounds before those that are not let in yet', () => {
    const [first, second] = [waiterOf(KEY, KEY), waiterOf(KEY, KEY)]
    const [round, later] = [waiterOf(KEY, KEY, true), waiterOf(KEY, KEY, true)]
    assert.deepEqual(queueOf([first, round, second, later]).interactive, [round, later, first, second])
    assert.deepEqual(queueOf([round, later]).interactive, [round, later])
  })
})

describe('nobody goes before', () => {
  it('one who was refused by a subject that both share', () => {
    const waiting = waiterOf(KEY, KEY)
    const queue = queueOf([waiting])
    assert.equal(inFrontOf(queue, waiterOf(KEY, KEY).request, 'interactive'), waiting)
    assert.equal(inFrontOf(queue, waiterOf(OTHER_KEY, KEY).request, 'interactive'), undefined)
    assert.equal(
      inFrontOf(queueOf([waiterOf(KEY, ORGANISATION)]), waiterOf(OTHER_KEY, KEY).request, 'batch')?.left,
      false,
    )
  })

  it('people who wait, as batch work', () => {
    const person = waiterOf(OTHER_KEY, OTHER_KEY)
    assert.equal(inFrontOf(queueOf([person]), waiterOf(KEY, KEY).request, 'batch'), person)
    const work = waiterOf(OTHER_KEY, OTHER_KEY)
    assert.equal(inFrontOf(queueOf([], [work]), waiterOf(KEY, KEY).request, 'batch'), undefined)
    assert.equal(inFrontOf(queueOf([], [work]), waiterOf(KEY, KEY).request, 'interactive'), undefined)
  })

  it('batch work that was never asked for, since it stood behind people', () => {
    // Its refusal is that of the person before it, by a subject which it does not have.
    const unasked = waiterOf(OTHER_KEY, KEY)
    assert.equal(inFrontOf(queueOf([], [unasked]), waiterOf(KEY, KEY).request, 'batch'), unasked)
    assert.equal(inFrontOf(queueOf([], [unasked]), waiterOf(OTHER_KEY, KEY).request, 'batch'), unasked)
  })

  it('another round, as a later round, and before all others it does', () => {
    const request = waiterOf(KEY, KEY, true).request
    assert.equal(inFrontOf(queueOf([waiterOf(KEY, KEY)]), request, 'interactive'), undefined)
    const round = waiterOf(KEY, KEY, true)
    assert.equal(inFrontOf(queueOf([round]), request, 'interactive'), round)
    assert.equal(inFrontOf(queueOf([waiterOf(OTHER_KEY, OTHER_KEY, true)]), request, 'interactive'), undefined)
  })
})

describe('the next', () => {
  it('is the first whose subjects have refused nobody in this turn', () => {
    const [first, second] = [waiterOf(KEY, KEY), waiterOf(OTHER_KEY, OTHER_KEY)]
    const queue = queueOf([first, second])
    assert.equal(nextOf(queue), first)
    shutFor(queue, first, refusalBy(KEY))
    assert.equal(nextOf(queue), second)
    shutFor(queue, second, refusalBy(ORGANISATION))
    assert.equal(nextOf(queue), undefined)
  })

  it('is batch work only while no people wait, whether they may or not', () => {
    const [person, work] = [waiterOf(KEY, KEY), waiterOf(OTHER_KEY, OTHER_KEY)]
    const queue = queueOf([person], [work])
    assert.equal(nextOf(queue), person)
    shutFor(queue, person, refusalBy(KEY))
    assert.equal(nextOf(queue), undefined)
    assert.equal(nextOf(queueOf([], [work])), work)
  })

  it('may be a later round where others were refused, and not where a later round was', () => {
    const [round, person] = [waiterOf(KEY, KEY, true), waiterOf(KEY, KEY)]
    const queue = queueOf([round, person])
    shutFor(queue, person, refusalBy(KEY))
    assert.equal(nextOf(queue), round)
    shutFor(queue, round, refusalBy(KEY))
    assert.equal(nextOf(queue), undefined)
  })
})
