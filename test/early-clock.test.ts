/** A machine whose clock stands before 1970, as one without a battery does: everybody is served. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { call } from './support/call.ts'
import { startServer } from './support/start-server.ts'

const read = Date.now
const HUNDRED_DAYS_MS = 100 * 86_400_000
const early = read() + HUNDRED_DAYS_MS

describe('a clock in 1969', () => {
  it('refuses nobody, counts and bills', async () => {
    Date.now = () => read() - early
    try {
      assert.ok(Date.now() < 0)
      await using server = await startServer()
      const body = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Hi' }] }
      for (const stream of [false, true, false]) {
        const reply = await call(`${server.url}/v1/chat/completions`, { key: server.key, body: { ...body, stream } })
        assert.equal(reply.status, 200, reply.text)
      }
      const admin = { key: 'sk-test-admin-key' }
      const { json: usage } = await call(`${server.url}/admin/v1/usage`, admin)
      assert.deepEqual(
        (usage as { data: { at: string; requests: number; errors: number }[] }).data.map(({ at, requests, errors }) => [
          at,
          requests,
          errors,
        ]),
        [['1970-01-02T00:00:00.000Z', 3, 0]],
      )
      const audit = await call(`${server.url}/admin/v1/audit`, { ...admin, method: 'POST', body: {} })
      assert.equal((audit.json as { report: { clean: boolean } }).report.clean, true)
    } finally {
      Date.now = read
    }
  })
})
