/** Runs of Workers AI that go through a gateway: by the binding's options, and on REST by a header or because of the model. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type CalledReply, call, eventsOf } from './support/call.ts'
import { EXAMPLE_MODEL } from './support/cloudflare-examples.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { text: one two three, chunk_size: 4 } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
`
const HOSTED = `@cf/${EXAMPLE_MODEL}`
const say = (words: string, more: object = {}) => ({ messages: [{ role: 'user', content: words }], ...more })

describe('a run through a gateway', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
  })
  after(() => server.close())

  const run = (inputs: unknown, gateway?: object, path = '/ai-gateway/run'): Promise<CalledReply> =>
    call(`${server.url}${path}?version=3`, {
      body: { inputs, options: gateway === undefined ? {} : { gateway } },
      key: customer.key,
      headers: { 'cf-consn-model-id': EXAMPLE_MODEL },
    })
  const rest = (model: string, inputs: unknown, headers: Record<string, string> = {}): Promise<CalledReply> =>
    call(`${server.url}/client/v4/accounts/a/ai/run/${model}`, { body: inputs, key: customer.key, headers })
  const log = (id: string | null) => call(`${server.url}/ai-gateway/gateways/default/logs/${id}`, { key: customer.key })

  it('is logged by the id that its reply says, with what was asked', async () => {
    const reply = await run(say('say-it'), { id: 'default', metadata: { a: 1 }, eventId: 'e-1' })
    assert.equal(reply.headers.get('content-type'), 'application/json')
    assert.deepEqual(
      ['cf-aig-event-id', 'cf-aig-cache-status', 'cf-aig-step', 'cf-aig-model', 'cf-aig-provider'].map((name) =>
        reply.headers.get(name),
      ),
      ['e-1', 'MISS', '0', EXAMPLE_MODEL, 'moonshotai'],
    )
    const { result } = (await log(reply.headers.get('cf-aig-log-id'))).json as { result: Record<string, unknown> }
    assert.deepEqual([result['model'], result['success'], result['metadata']], [EXAMPLE_MODEL, true, { a: 1 }])
    assert.ok((await run(say('say-it'))).headers.get('cf-aig-log-id') === null, 'and without one it is not')
    assert.ok((await run(say('say-it'), { id: 'default' }, '/run')).headers.get('cf-aig-log-id') === null)
  })

  it('is a copy the second time where the cache is on, also as a stream, and costs nothing', async () => {
    const spent = async () => operator.available(customer)
    for (const more of [{ seed: 3 }, { seed: 3, stream: true }]) {
      const gateway = { id: 'default', cacheTtl: 60, cacheKey: 'one' }
      const first = await run(say('say-it', more), gateway)
      const before_ = await spent()
      const again = await run(say('say-it', more), gateway)
      assert.deepEqual(
        [first, again].map(({ headers }) => headers.get('cf-aig-cache-status')),
        ['MISS', 'HIT'],
      )
      assert.equal(again.text, first.text)
      assert.equal(await spent(), before_)
      if ('stream' in more) assert.equal(eventsOf(again.text).at(-1), '[DONE]')
    }
  })

  it('is that of the account on REST: by the header, and for models that are reached through one', async () => {
    const isLogged = async (reply: Promise<CalledReply>) => {
      const { status, headers } = await reply
      return [status, headers.get('cf-aig-log-id') !== null]
    }
    assert.deepEqual(await isLogged(rest(EXAMPLE_MODEL, say('say-it'))), [200, true])
    assert.deepEqual(await isLogged(rest(HOSTED, say('say-it'))), [200, false])
    assert.deepEqual(await isLogged(rest(HOSTED, say('say-it'), { 'cf-aig-gateway-id': 'default' })), [200, true])
    const chat = call(`${server.url}/client/v4/accounts/a/ai/v1/chat/completions`, {
      body: { model: EXAMPLE_MODEL, ...say('say-it') },
      key: customer.key,
    })
    assert.deepEqual(await isLogged(chat), [200, true])
  })

  it('stands behind the gateway’s own URL as well, in the envelope that its clients read there', async () => {
    for (const path of [`run/${HOSTED}`, HOSTED]) {
      const { status, json, headers } = await call(`${server.url}/ai-gateway/v1/a/default/workers-ai/${path}`, {
        body: say('say-it'),
        key: null,
        headers: { 'cf-aig-authorization': `Bearer ${customer.key}` },
      })
      assert.deepEqual(
        [status, headers.get('cf-aig-provider'), headers.get('cf-aig-model')],
        [200, 'workers-ai', HOSTED],
      )
      const { result, success } = json as { result: { model: string }; success: boolean }
      assert.deepEqual([result.model, success], [HOSTED, true])
    }
    const steps = [{ provider: 'workers-ai', endpoint: HOSTED, headers: {}, query: say('say-it') }]
    const universal = await call(`${server.url}/ai-gateway/universal/run/default`, { body: steps, key: customer.key })
    assert.equal(universal.status, 200)
  })

  it('is refused in the same forms as without one', async () => {
    const fault = ({ status, json }: CalledReply) => [status, (json as { internalCode: number }).internalCode]
    assert.deepEqual(fault(await run({}, { id: 'default' })), [400, 8001])
    assert.deepEqual(fault(await run(say('please-fail'), { id: 'default' })), [429, 3040])
    assert.deepEqual(fault(await run(say('say-it'), { id: 'not-there' })), [404, 7003])
    assert.deepEqual(fault(await run(say('say-it'), { id: 'default', cacheTtl: -1 })), [400, 8001])
    const refused = await rest(EXAMPLE_MODEL, say('say-it'), { 'cf-aig-cache-ttl': 'soon' })
    assert.deepEqual([refused.status, (refused.json as { errors: [{ code: number }] }).errors[0].code], [400, 8001])
  })

  it('is billed once, and the books are right', async () => {
    const reply = await run(say('say-it'), { id: 'default' })
    const record = await operator.get(`/requests/${reply.headers.get('x-request-id')}`)
    assert.deepEqual([record['api'], record['model'], record['status']], ['workers-ai', 'kimi-k2.5', 200])
    await operator.audit()
  })
})
