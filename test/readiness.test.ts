/** `/ready` of a server whose requests are counted in a Redis that goes away and comes back. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { Operator } from './support/operator.ts'
import { WITHOUT_REDIS, startRedis } from './support/redis.ts'
import { startServer } from './support/start-server.ts'

const HELLO = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hello' }] }

describe('a server whose limits are counted in Redis', { skip: WITHOUT_REDIS }, () => {
  for (const fail of ['closed', 'open'] as const) {
    const does = fail === 'closed' ? 'is not ready, and refuses who has limits,' : 'stays ready, and counts alone,'
    it(`${does} while Redis is away and it fails ${fail}`, async () => {
      await using redis = await startRedis()
      await using server = await startServer({
        environment: { MOONBASE_LIMITS: redis.url, MOONBASE_LIMITS_FAIL: fail },
      })
      const customer = await new Operator(server).customer({ voucher: '1', tier: '0' })
      const ask = () => call(`${server.url}/v1/chat/completions`, { body: HELLO, key: customer.key })
      const probe = async (path: string): Promise<string> => {
        const { status, text } = await call(`${server.url}${path}`, { key: null })
        return `${status} ${text}`
      }
      const isAway = async (): Promise<boolean> => {
        const { text } = await call(`${server.url}/metrics`, { key: 'sk-test-admin-key' })
        return text.includes('\nmoonbase_limits_degraded 1\n')
      }
      assert.equal(await probe('/ready'), '200 {"status":"ready"}')
      assert.equal((await ask()).status, 200)

      await redis.kill()
      await eventually(isAway, Boolean)
      if (fail === 'closed') {
        assert.equal(await probe('/ready'), '503 {"status":"the counts of the limits cannot be reached"}')
        const refused = await ask()
        assert.equal(refused.status, 503)
        assert.match(refused.text, /The limits of this server cannot be reached, please try again later/)
      } else {
        assert.equal(await probe('/ready'), '200 {"status":"ready"}')
        assert.equal((await ask()).status, 200)
      }
      // It lives, and need not be started again.
      assert.equal(await probe('/health'), '200 {"status":"ok"}')

      await redis.restart()
      await eventually(isAway, (away) => !away)
      assert.equal(await probe('/ready'), '200 {"status":"ready"}')
      assert.equal((await ask()).status, 200)
    })
  }
})
