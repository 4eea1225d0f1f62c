import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { RequestRates } from './request-rates.ts'
import { gatewayOf } from './testing/gateway-fixtures.ts'

describe('the rate of a gateway', () => {
  it('is limited for each gateway of each organisation, and says when to come back', () => {
    let now = 10_000
    const rates = new RequestRates(() => now)
    const gateway = gatewayOf({ rateLimitingInterval: 10, rateLimitingLimit: 2, rateLimitingTechnique: 'fixed' })
    assert.deepEqual([rates.take('org-a', gateway), rates.take('org-a', gateway)], [undefined, undefined])
    now = 12_500
    const refusal = rates.take('org-a', gateway)
    assert.equal(refusal?.status, 429)
    assert.equal(refusal.retryAfterMs, 7_500)
    assert.match(refusal.publicMessage, /^The gateway g reached its limit of 2 requests in 10 seconds, .* 8 seconds$/)
    assert.equal(rates.take('org-b', gateway), undefined)
    assert.equal(rates.take('org-a', { ...gateway, id: 'other' }), undefined)
    now = 20_000
    assert.equal(rates.take('org-a', gateway), undefined)
  })

  it('does not count what it refuses, sliding or not', () => {
    let now = 100_000
    const rates = new RequestRates(() => now)
    const gateway = gatewayOf({ rateLimitingInterval: 60, rateLimitingLimit: 1, rateLimitingTechnique: 'sliding' })
    assert.equal(rates.take('org-a', gateway), undefined)
    for (now = 110_000; now < 161_000; now += 10_000) assert.ok(rates.take('org-a', gateway))
    now = 161_000
    assert.equal(rates.take('org-a', gateway), undefined)
  })

  it('is not limited where either number is nothing', () => {
    const rates = new RequestRates(() => 0)
    for (const none of [0, null]) {
      const gateway = gatewayOf({ rateLimitingInterval: none, rateLimitingLimit: 1 })
      for (let asked = 0; asked < 5; asked += 1) assert.equal(rates.take('org-a', gateway), undefined)
    }
  })
})
