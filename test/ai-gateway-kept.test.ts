/** What is kept of gateways: over a crash, and for every server over one store. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { Gateway } from './support/gateway.ts'
import { GATEWAY_SCENARIOS, gatewayClient, header, json, said } from './support/gateway-client.ts'
import { WITHOUT_POSTGRES, startPostgres } from './support/postgres.ts'
import { startServer } from './support/start-server.ts'

describe('what is kept of gateways', () => {
  it('outlives the server: objects, logs and what was spent', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moonbase-gateway-'))
    const plan = { folder, scenarios: GATEWAY_SCENARIOS }
    const key = 'sk-test-key-of-the-gateways'
    try {
      const first = await Gateway.start(plan)
      const rule = { id: 'all', limit: 0.000001, limitType: 'cost', window: 86_400 }
      let they = gatewayClient(first.url, key)
      await they.make('kept', { cache_ttl: 77, spend_limits: { enabled: true, rules: [rule] } })
      const id = header(await they.chat('kept', said('three-words')), 'log-id')
      await first.kill()
      const second = await Gateway.start(plan)
      they = gatewayClient(second.url, key)
      assert.equal(json(await they.rest('/kept'))['result']?.['cache_ttl'], 77)
      assert.equal(json(await they.rest(`/kept/logs/${id}`))['result']?.['id'], id)
      assert.equal((await they.chat('kept', said('three-words', { seed: 1 }))).status, 429)
      await second.stop()
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('is the same for two servers over one PostgreSQL', { skip: WITHOUT_POSTGRES }, async () => {
    await using postgres = await startPostgres()
    const environment = { MOONBASE_STORE: await postgres.database() }
    await using one = await startServer({ scenarios: GATEWAY_SCENARIOS, environment })
    await using other = await startServer({ scenarios: GATEWAY_SCENARIOS, environment })
    const [here, there] = [gatewayClient(one.url, one.key), gatewayClient(other.url, other.key)]
    await here.make('shared', { cache_ttl: 5 })
    assert.equal(json(await there.rest('/shared'))['result']?.['cache_ttl'], 5)
    assert.equal((await there.make('shared')).status, 409)
    const id = header(await there.chat('shared', said('three-words')), 'log-id')
    const log = json(await here.rest(`/shared/logs/${id}`))['result']
    assert.deepEqual([log?.['id'], log?.['tokens_in']], [id, 10])
    await here.rest(`/shared/logs/${id}`, { method: 'PATCH', body: { score: 5 } })
    assert.equal(json(await there.rest(`/shared/logs/${id}`))['result']?.['score'], 5)
    await there.rest('/shared', { method: 'DELETE' })
    assert.equal((await here.rest('/shared')).status, 404)
    assert.equal((await here.rest(`/shared/logs/${id}`)).status, 404)
  })
})
