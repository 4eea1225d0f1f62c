import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cacheSeconds, retryWaitMs, stepTerms } from './gateway-terms.ts'
import { wishesOfHeaders, wishesOfOptions, wishesOfStep } from './gateway-wishes.ts'
import { gatewayOf } from './testing/gateway-fixtures.ts'

const ofHeaders = (headers: Readonly<Record<string, string>>) => wishesOfHeaders((name) => headers[name])

describe('what a request asks of its gateway', () => {
  it('is the same in headers and in a binding’s options', () => {
    const wishes = {
      skipCache: true,
      cacheTtl: 60,
      cacheKey: 'k',
      metadata: { a: 1, b: 'x', c: true },
      collectLog: false,
      eventId: 'e',
      requestTimeoutMs: 500,
      retries: { maxAttempts: 3, retryDelayMs: 10, backoff: 'linear' },
    }
    assert.deepEqual(
      ofHeaders({
        'cf-aig-skip-cache': 'true',
        'cf-aig-cache-ttl': '60',
        'cf-aig-cache-key': 'k',
        'cf-aig-metadata': '{"a":1,"b":"x","c":true}',
        'cf-aig-collect-log': 'false',
        'cf-aig-event-id': 'e',
        'cf-aig-request-timeout': '500',
        'cf-aig-max-attempts': '3',
        'cf-aig-retry-delay': '10',
        'cf-aig-backoff': 'linear',
      }),
      wishes,
    )
    assert.deepEqual(wishesOfOptions({ id: 'default', ...wishes }), wishes)
    assert.deepEqual(ofHeaders({}), {})
    assert.deepEqual(wishesOfOptions({ id: 'default' }), {})
  })

  it('is understood by its older names, and has no more than five entries of metadata', () => {
    assert.deepEqual(ofHeaders({ 'cf-skip-cache': 'true', 'cf-cache-ttl': '5' }), { skipCache: true, cacheTtl: 5 })
    const metadata = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`n${index}`, index]))
    assert.deepEqual(Object.keys(wishesOfOptions({ metadata }).metadata ?? {}), ['n0', 'n1', 'n2', 'n3', 'n4'])
  })

  it('may say what an answer costs', () => {
    const cost = (value: unknown) => ofHeaders({ 'cf-aig-custom-cost': JSON.stringify(value) }).customCost
    assert.deepEqual(cost({ per_token_in: 0.000001, per_token_out: 0.000002 }), {
      perTokenIn: 0.000001,
      perTokenOut: 0.000002,
    })
    assert.deepEqual(cost({ total_cost: 0.03 }), { totalCost: 0.03 })
  })

  it('is refused by its name where it can be nothing of the kind', () => {
    const wrong: readonly (readonly [string, string])[] = [
      ['cf-aig-skip-cache', 'yes'],
      ['cf-aig-cache-ttl', '-1'],
      ['cf-aig-cache-ttl', '99999999'],
      ['cf-aig-metadata', 'a=1'],
      ['cf-aig-metadata', '{"a":{}}'],
      ['cf-aig-request-timeout', '0'],
      ['cf-aig-max-attempts', '6'],
      ['cf-aig-retry-delay', '5001'],
      ['cf-aig-backoff', 'random'],
      ['cf-aig-custom-cost', '{"total_cost":-1}'],
      ['cf-aig-event-id', 'x'.repeat(1_025)],
    ]
    for (const [name, value] of wrong) {
      assert.throws(
        () => ofHeaders({ [name]: value }),
        (error: Error) => error.message.includes(name),
        `${name}: ${value.slice(0, 20)}`,
      )
    }
    assert.throws(() => wishesOfOptions({ retries: { maxAttempts: 9 } }), /gateway\.retries\.maxAttempts must be/)
    assert.throws(() => wishesOfOptions({ cacheTtl: '60' }), /gateway\.cacheTtl must be/)
    assert.throws(() => wishesOfStep({ requestTimeout: 'soon' }), /config\.requestTimeout must be/)
    assert.throws(() => wishesOfStep(7), /config must be an object/)
  })
})

describe('what holds for a step', () => {
  it('is what its own part says, then the request, then the gateway', () => {
    const gateway = gatewayOf({ retryMaxAttempts: 2, retryDelay: 100, retryBackoff: 'exponential' })
    assert.deepEqual(stepTerms(gateway, {}), {
      attempts: 2,
      retryDelayMs: 100,
      backoff: 'exponential',
      timeoutMs: undefined,
    })
    const asked = { requestTimeoutMs: 50, retries: { maxAttempts: 3, retryDelayMs: 7 } }
    const own = wishesOfStep({ requestTimeout: 9, maxAttempts: 4 })
    assert.deepEqual(stepTerms(gateway, asked, own), {
      attempts: 4,
      retryDelayMs: 7,
      backoff: 'exponential',
      timeoutMs: 9,
    })
    assert.equal(stepTerms(gatewayOf(), {}).attempts, 1)
  })

  it('waits as it is told to between attempts', () => {
    const waits = (backoff: 'constant' | 'linear' | 'exponential') =>
      [1, 2, 3].map((failed) => retryWaitMs({ attempts: 5, retryDelayMs: 100, backoff, timeoutMs: undefined }, failed))
    assert.deepEqual(waits('constant'), [100, 100, 100])
    assert.deepEqual(waits('linear'), [100, 200, 300])
    assert.deepEqual(waits('exponential'), [100, 200, 400])
  })

  it('is cached for as long as somebody says, and with a key for five minutes', () => {
    assert.equal(cacheSeconds(gatewayOf(), {}), 0)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: 30 }), {}), 30)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: 30 }), { cacheTtl: 90 }), 90)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: 30 }), { cacheTtl: 0 }), 0)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: 30 }), { skipCache: true, cacheTtl: 90 }), 0)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: null }), { cacheKey: 'k' }), 300)
    assert.equal(cacheSeconds(gatewayOf({ cacheTtl: 30 }), { cacheKey: 'k' }), 30)
  })
})
