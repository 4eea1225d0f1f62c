import { after } from 'node:test'
import { type RedisServer, WITHOUT_REDIS, startRedis } from '../../../../../test/support/redis.ts'
import { systemClock } from '../../clock.ts'
import { limiterContract } from '../testing/limiter-contract.ts'
import { RedisLimiter } from './redis-limiter.ts'

let shared: Promise<RedisServer> | undefined
let gateways = 0

after(async () => (await shared)?.[Symbol.asyncDispose]())

limiterContract('redis', {
  skip: WITHOUT_REDIS,
  seeds: 60,
  steps: 150,
  async open(now) {
    gateways += 1
    const { url } = await (shared ??= startRedis())
    return RedisLimiter.open({
      url,
      fail: 'closed',
      clock: systemClock,
      gateway: `gateway-${gateways}`,
      onDegraded: () => undefined,
      // Stories leap over days; no lease may end in them.
      timing: { leaseMs: 1e12, heartbeatMs: 5_000, callTimeoutMs: 20_000 },
      now,
    })
  },
})
