import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EstimateLimit } from './estimate-limit.ts'

describe('estimates', () => {
  it('are so many a minute for each organisation, and the next is told when to come', () => {
    let now = 1_000_000
    const limit = new EstimateLimit(3, () => now)
    for (let asked = 0; asked < 3; asked += 1) {
      limit.take('hostile')
      now += 1000
    }
    assert.throws(() => limit.take('hostile'), {
      code: 'estimate_limit',
      status: 429,
      retryAfterMs: 58_000,
      publicMessage: 'Your account hostile reached 3 estimates a minute, please try again after 58 seconds',
    })
    limit.take('other')
    now += 57_999
    assert.throws(() => limit.take('hostile'), { retryAfterMs: 1000 })
    now += 1
    limit.take('hostile')
    assert.throws(() => limit.take('hostile'), { retryAfterMs: 1000 })
  })

  it('have no limit where none is set', () => {
    const limit = new EstimateLimit(0, () => 0)
    for (let asked = 0; asked < 1000; asked += 1) limit.take('a')
  })

  it('of many organisations are remembered only while they count', () => {
    let now = 0
    const limit = new EstimateLimit(1, () => now)
    for (let organisation = 0; organisation < 1000; organisation += 1) limit.take(`org ${organisation}`)
    now += 61_000
    limit.take('late')
    limit.take('org 1')
    assert.throws(() => limit.take('org 1'), { code: 'estimate_limit' })
    assert.throws(() => limit.take('late'), { code: 'estimate_limit' })
  })
})
