import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LimitedSubject } from '../limiter.ts'
import { LimiterError, isRefusal } from '../limiter.ts'
import { limiterContract } from '../testing/limiter-contract.ts'
import { MemoryLimiter } from './memory-limiter.ts'

limiterContract('memory', { open: async (now) => new MemoryLimiter({ now }), seeds: 300, steps: 150 })

const asks = (id: string, rpm: number): { subjects: LimitedSubject[]; tokens: number } => ({
  subjects: [{ scope: 'organisation', id, limits: { concurrency: null, rpm, tpm: null, tpd: null } }],
  tokens: 1,
})

describe('the limiter in memory', () => {
  it('stands still while a clock that was set back catches up', () => {
    let now = 100_000_000
    const limiter = new MemoryLimiter({ now: () => now })
    limiter.admit(asks('one', 1))
    now -= 50_000_000
    const refusal = limiter.admit(asks('one', 1))
    assert.deepEqual(isRefusal(refusal) && refusal.retryAfterMs, 61_000)
    now += 61_000
    assert.ok(!isRefusal(limiter.admit(asks('one', 1))))
  })

  it('drops those that idle, and refuses with a name when all that it may hold are busy', () => {
    let now = 0
    const limiter = new MemoryLimiter({ now: () => now, mostSubjects: 10 })
    for (let round = 0; round < 5; round += 1) {
      for (let index = 0; index < 10; index += 1) {
        const answer = limiter.admit(asks(`${round}-${index}`, 5))
        assert.ok(!isRefusal(answer))
        answer.end(0)
      }
      assert.throws(() => limiter.admit(asks(`${round}-more`, 5)), LimiterError)
      now += 61_000
    }
    assert.equal(limiter.figures.failures, 5)
  })

  it('never drops whoever runs', () => {
    let now = 0
    const limiter = new MemoryLimiter({ now: () => now, mostSubjects: 3 })
    const subjects: LimitedSubject[] = [
      { scope: 'organisation', id: 'runs', limits: { concurrency: 1, rpm: null, tpm: null, tpd: null } },
    ]
    limiter.admit({ subjects, tokens: 1 })
    for (let index = 0; index < 50; index += 1) {
      const answer = limiter.admit(asks(String(index), 5))
      if (!isRefusal(answer)) answer.end(0)
      now += 61_000
    }
    const refusal = limiter.admit({ subjects, tokens: 1 })
    assert.ok(isRefusal(refusal))
  })
})

describe('what is counted of a subject', () => {
  it('is told, and nobody is counted for being looked at', () => {
    const limiter = new MemoryLimiter({ now: () => 0 })
    const limits = { concurrency: 9, rpm: 9, tpm: 1000, tpd: 5000 }
    const subject = { scope: 'organisation', id: 'org-1', limits } as const
    assert.deepEqual(limiter.counted(subject), { concurrency: 0, rpm: 0, tpm: 0, tpd: 0 })
    const first = limiter.admit({ subjects: [subject], tokens: 600 })
    assert.deepEqual(limiter.counted(subject), { concurrency: 1, rpm: 1, tpm: 600, tpd: 600 })
    if (!isRefusal(first)) first.end(100)
    assert.deepEqual(limiter.counted(subject), { concurrency: 0, rpm: 1, tpm: 100, tpd: 100 })
  })
})
