/** Responses of two gateways over one PostgreSQL: what one has kept, sealed or begun, the other finds, opens and ends. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import type { Response } from 'openai/resources/responses/responses'
import { type PostgresServer, WITHOUT_POSTGRES, startPostgres } from './support/postgres.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const MODEL = 'kimi-k2.5'
const SCENARIOS = `
version: 1
scenarios:
  - { name: call, match: { any_message: take-a-step, after_tool: false }, reply: { reasoning: 'One step.', tool_calls: [{ name: take_step, arguments: { step: 1 } }] } }
  - { name: said, match: { any_message: take-a-step }, reply: { reasoning: 'Enough.', text: taken } }
  - { name: endless, match: { last_user: never-ends }, reply: { text: one two three, chunk_size: 4, fault: { silence_after_chunks: 2, for_ms: 600000 } } }
`

const TOOL: OpenAI.Responses.FunctionTool = {
  type: 'function',
  name: 'take_step',
  strict: true,
  parameters: { type: 'object', properties: { step: { type: 'integer' } } },
}

describe('two gateways', { skip: WITHOUT_POSTGRES }, () => {
  let postgres: PostgresServer
  const servers: TestServer[] = []
  const clients: OpenAI[] = []
  before(async () => {
    postgres = await startPostgres()
    const store = await postgres.database()
    for (let count = 0; count < 2; count += 1) {
      const server = await startServer({ scenarios: SCENARIOS, environment: { MOONBASE_STORE: store } })
      servers.push(server)
      clients.push(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: server.key, maxRetries: 0 }))
    }
  })
  after(async () => {
    await Promise.all(servers.map((server) => server.close()))
    await postgres[Symbol.asyncDispose]()
  })

  const both = (): [here: OpenAI, there: OpenAI] => {
    const [here, there] = clients
    assert.ok(here !== undefined && there !== undefined)
    return [here, there]
  }
  const resultsOf = ({ output }: Response): OpenAI.Responses.ResponseInputItem[] =>
    output.flatMap((item) =>
      item.type === 'function_call'
        ? [{ type: 'function_call_output' as const, call_id: item.call_id, output: 'ok' }]
        : [],
    )

  it('go on with one conversation, by its id and by what was sealed', async () => {
    const [here, there] = both()
    const asked = { model: MODEL, input: 'take-a-step', tools: [TOOL] }
    const kept = await here.responses.create(asked)
    assert.deepEqual(await there.responses.retrieve(kept.id), kept)
    const next = await there.responses.create({ ...asked, previous_response_id: kept.id, input: resultsOf(kept) })
    assert.equal(next.output_text, 'taken')
    const sealed = await here.responses.create({ ...asked, store: false })
    const input = [
      { role: 'user', content: 'take-a-step' },
      ...sealed.output.map((item) => (item.type === 'reasoning' ? { ...item, content: [] } : item)),
      ...resultsOf(sealed),
    ] as OpenAI.Responses.ResponseInput
    assert.equal((await there.responses.create({ ...asked, input })).output_text, 'taken')
  })

  it('cancel what the other runs, and find what it could not end', async () => {
    const [here, there] = both()
    const asked = { model: MODEL, input: 'never-ends', background: true }
    const cancelled = await here.responses.create(asked)
    assert.equal((await there.responses.retrieve(cancelled.id)).status, 'in_progress')
    assert.equal((await there.responses.cancel(cancelled.id)).status, 'cancelled')
    assert.equal((await here.responses.retrieve(cancelled.id)).status, 'cancelled')
    const left = await here.responses.create({ ...asked, stream: true })
    let id = ''
    for await (const event of left) {
      if (event.type === 'response.created') id = event.response.id
      if (event.type === 'response.output_text.delta') break
    }
    await assert.rejects(there.responses.retrieve(id, { stream: true }), /not kept here any more/)
    // A gateway that is told to stop ends what it runs.
    await servers[0]?.close()
    const found = await there.responses.retrieve(id)
    assert.equal(found.status, 'failed')
    assert.match(found.output_text, /^one/)
  })
})
