/** When the slot of an answer of several rounds is free, and what is kept with which of them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DocumentWrite } from '../records/document.ts'
import { AnswerEnd } from './answer-end.ts'
import type { InferenceRequest } from './inference.ts'
import { RoundSieve } from './round-sieve.ts'
import { SettlementGroup } from './settlement-group.ts'
import { inferenceBench, requestOf } from './testing/inference-bench.ts'

const DOCUMENTS = [{ kind: 'toy' }] as unknown as readonly DocumentWrite[]
const COMPLETE = { how: 'complete', failure: undefined, given: true } as const

function endOf(more: Partial<InferenceRequest> = {}, whole = true): AnswerEnd {
  return new AnswerEnd(requestOf(inferenceBench(), { whole }, more))
}

/** A round that ended in a call of the server's. */
function sieveThatGoesOn(): RoundSieve {
  const sieve = new RoundSieve(new Set(['search']), undefined)
  sieve.served.push(0)
  sieve.finish = { type: 'finish', choice: 0, reason: 'tool_calls' }
  sieve.isOver = true
  assert.ok(sieve.goesOn)
  return sieve
}

const lastSieve = (): RoundSieve => new RoundSieve(new Set(['search']), undefined)

describe('the slot', () => {
  it('is free when no round is to come, and once', () => {
    let freed = 0
    const end = endOf()
    end.keepSlot(() => (freed += 1))
    assert.equal(freed, 0)
    end.over()
    end.over()
    assert.equal(freed, 1)
  })

  it('is free at once where the answer was over before its first round ended', () => {
    let freed = 0
    const end = endOf()
    end.over()
    end.keepSlot(() => (freed += 1))
    assert.equal(freed, 1)
  })

  it('is handed on to whoever keeps it', () => {
    const kept: (() => void)[] = []
    let freed = 0
    const end = endOf({ keepSlot: (free) => kept.push(free) })
    end.keepSlot(() => (freed += 1))
    end.over()
    assert.deepEqual([kept.length, freed], [1, 0])
    kept[0]?.()
    assert.equal(freed, 1)
  })
})

describe('documents', () => {
  it('are those of the last round, and asked for once', async () => {
    let asked = 0
    const end = endOf({ withEnd: () => ((asked += 1), DOCUMENTS) }, false)
    const { withEnd: first } = end.of(sieveThatGoesOn())
    assert.deepEqual(await first?.(COMPLETE), [])
    const { withEnd: last } = end.of(lastSieve())
    assert.equal(await last?.(COMPLETE), DOCUMENTS)
    assert.deepEqual(await last?.(COMPLETE), [])
    assert.equal(asked, 1)
  })

  it('are those of a round that goes on, where it failed or the end was told', async () => {
    const failed = endOf({ withEnd: () => DOCUMENTS }, false)
    const broken = { how: 'failed', failure: new Error('cut'), given: true } as never
    assert.equal(await failed.of(sieveThatGoesOn()).withEnd?.(broken), DOCUMENTS)
    const told = endOf({ withEnd: () => DOCUMENTS }, false)
    told.isTold = true
    assert.equal(await told.of(sieveThatGoesOn()).withEnd?.(COMPLETE), DOCUMENTS)
  })

  it('hold a streamed round open that goes on, and no other', () => {
    const withEnd = (): readonly DocumentWrite[] => DOCUMENTS
    assert.equal(endOf({ withEnd }, false).holdsOpen(sieveThatGoesOn()), true)
    assert.equal(endOf({ withEnd }, false).holdsOpen(lastSieve()), false)
    assert.equal(endOf({ withEnd }, true).holdsOpen(sieveThatGoesOn()), false)
    assert.equal(endOf({}, false).holdsOpen(sieveThatGoesOn()), false)
  })
})

describe('the rounds of a whole reply', () => {
  it('are settled together, by whoever brought them together', async () => {
    const settled: string[] = []
    const round = {
      kept: undefined,
      settle: async () => void settled.push('settled'),
      release: async () => void settled.push('released'),
    }
    const own = endOf()
    own.of(lastSieve()).together?.add(round)
    await own.settle()
    assert.deepEqual(settled, ['settled'])
    const brought = new SettlementGroup()
    const others = endOf({ together: brought })
    assert.equal(others.of(lastSieve()).together, brought)
    others.of(lastSieve()).together?.add(round)
    await others.settle()
    await others.release('failed', new Error('cut'))
    assert.deepEqual(settled, ['settled'])
  })

  it('are free where nobody gets the reply, also where its documents cannot be made', async () => {
    const failures: unknown[] = []
    const round = {
      kept: undefined,
      settle: () => Promise.reject(new Error('not this')),
      release: async (failure: unknown) => void failures.push(failure),
    }
    const end = endOf({ withEnd: () => Promise.reject(new Error('no room')) })
    end.of(lastSieve()).together?.add(round)
    await assert.rejects(end.release('failed', undefined), /no room/)
    assert.equal(failures.length, 1)
    assert.equal((failures[0] as { code: string }).code, 'client_closed')
  })

  it('of a stream are none', () => {
    assert.deepEqual(endOf({}, false).of(lastSieve()), {})
  })
})
