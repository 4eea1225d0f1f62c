/** The key that stands in the path of Miniflare's calls: in everything that a server writes it is nowhere. */

import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { call } from './support/call.ts'
import { openHeardCollector } from './support/heard-collector.ts'
import { SecretWatch, secretFor } from './support/secret-watch.ts'
import { WatchedProcess } from './support/watched-process.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
`
const RUN = 'https://workers-binding.ai/ai-gateway/run?version=3'

it('a key in the path of a proxied call is in no log, no trace, no reply and no file', async () => {
  const watch = new SecretWatch()
  const key = watch.keep('key in the path', `sk-${secretFor('key in the path')}`)
  const wrong = watch.keep('wrong key in the path', `sk-${secretFor('wrong key in the path')}`)
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-proxied-'))
  const scenarios = join(folder, 'scenarios.yaml')
  writeFileSync(scenarios, SCENARIOS)
  await using collector = await openHeardCollector()
  const server = new WatchedProcess({
    folder,
    environment: {
      MOONBASE_API_KEY: key,
      MOONBASE_ADMIN_KEY: 'sk-admin-key-of-this-test',
      MOONBASE_SCENARIOS: scenarios,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    },
  })
  const url = await server.url()
  const ask = async (path: string, to: string | undefined, words: string, method = 'POST'): Promise<number> => {
    const { status, text, headers } = await call(`${url}${path}`, {
      method,
      key: null,
      ...(method === 'GET' ? {} : { body: { inputs: { messages: [{ role: 'user', content: words }] }, options: {} } }),
      headers: {
        'mf-binding': 'AI',
        ...(to === undefined ? {} : { 'mf-url': to }),
        'mf-header-content-type': 'application/json',
        'mf-header-cf-consn-model-id': 'moonshotai/kimi-k2.5',
      },
    })
    watch.hear('reply', `${text} ${JSON.stringify([...headers])}`)
    return status
  }
  const statuses = [
    await ask(`/workers-ai/${key}`, RUN, 'Hi'),
    await ask(`/workers-ai/${key}`, RUN, 'please-fail'),
    await ask(`/workers-ai/${key}`, RUN, 'Hi', 'DELETE'),
    await ask(`/workers-ai/${key}`, 'https://workers-binding.ai/nowhere', 'Hi'),
    await ask(`/workers-ai/${key}`, undefined, '', 'GET'),
    await ask(`/elsewhere/${key}`, RUN, 'Hi'),
    await ask(`/workers-ai/${wrong}`, RUN, 'Hi'),
  ]
  assert.deepEqual(statuses, [200, 429, 405, 404, 404, 200, 401])
  const metrics = await call(`${url}/metrics`, { key: 'sk-admin-key-of-this-test' })
  watch.hear('metrics', metrics.text)
  await server.end('SIGTERM')
  assert.ok(server.err.includes('/ai-gateway/run'), 'the log was heard')
  assert.ok(
    collector.bodies.some((body) => body.includes('/ai-gateway/run')),
    'the traces were heard',
  )
  watch.hear('log', server.out + server.err)
  for (const body of collector.bodies) watch.hear('traces', body)
  for (const name of readdirSync(join(folder, 'data'))) {
    watch.hear(`file ${name}`, readFileSync(join(folder, 'data', name), 'latin1'))
  }
  rmSync(folder, { recursive: true, force: true })
  assert.deepEqual(watch.findings(), [])
})
