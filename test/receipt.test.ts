/** What an answer cost, told with it and before it: equal to the ledger's own transfers, to the last digit. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type AskedReply, ask } from './support/ask.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { text: one two three four } }
  - { name: thought, match: { last_user: think }, reply: { reasoning: let me see, text: one two } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three, fault: { cut_after_chunks: 1 } } }
  - { name: refuse, match: { last_user: please-refuse }, reply: { fault: { status: 400, type: invalid_request_error, message: no } } }
`

interface Receipt {
  readonly request: string
  readonly cost: string
  readonly currency: string
  readonly hit: number
  readonly miss: number
  readonly output: number
  readonly engine: string | null
  readonly held: string | null
}

interface Timeline {
  readonly attempts: readonly { readonly replica: string; readonly outcome: string }[]
  readonly phases: Readonly<Record<string, number | null>>
  readonly transfers: readonly { readonly kind: string; readonly amount: string }[]
}

const says = (content: string, more: object = {}) => ({
  model: 'kimi-k2.5',
  messages: [{ role: 'user', content }],
  max_completion_tokens: 1000,
  ...more,
})

/** Of a decimal text, so that nothing is rounded. */
const nano = (text: string): bigint => {
  const [whole = '', fraction = ''] = text.replace('-', '').split('.')
  return BigInt(whole + fraction.padEnd(9, '0')) * (text.startsWith('-') ? -1n : 1n)
}

describe('the receipt', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '50' })
  })
  after(() => server.close())

  const chat = (body: unknown, headers: object = {}, of = customer): Promise<AskedReply> =>
    ask(server.url, '/v1/chat/completions', {
      body,
      headers: { authorization: `Bearer ${of.key}`, 'x-moonbase-receipt': 'on', ...headers },
    })
  const own = (path: string, of = customer): Promise<AskedReply> =>
    ask(server.url, `/web/v1/requests/${path}`, { headers: { authorization: `Bearer ${of.key}` } })
  const paid = async ({ organisation }: Customer, request: string | undefined) => {
    const { data } = await operator.get(`/organisations/${organisation}/transfers?limit=50`)
    const found = (data as { kind: string; request: string | null; cash: string; voucher: string }[]).filter(
      (one) => one.request === request,
    )
    const amount = (kind: string): bigint | undefined => {
      const one = found.find((each) => each.kind === kind)
      return one && nano(one.cash) + nano(one.voucher)
    }
    return { hold: amount('hold'), settle: amount('settle') }
  }
  const inStream = (text: string): Receipt => {
    const [, json] = /^: receipt (\{.*\})$/m.exec(text) ?? []
    return JSON.parse(json ?? 'null') as Receipt
  }

  it('stands in a header of a whole reply and in a comment before the end of a stream, and is the transfer', async () => {
    for (const currency of ['USD', 'CNY'] as const) {
      const of = await operator.customer({ voucher: '50', currency })
      for (const stream of [false, true]) {
        const reply = await chat(says('say-it', { stream }), {}, of)
        const header = reply.headers['x-moonbase-receipt']
        assert.equal(header === undefined, stream)
        const receipt = stream ? inStream(reply.text) : (JSON.parse(String(header)) as Receipt)
        if (stream) assert.match(reply.text, /\n\n: receipt \{[^\n]*\}\n\ndata: \[DONE\]\n\n$/)
        const id = String(reply.headers['x-request-id'])
        const { hold, settle } = await paid(of, id)
        assert.ok(settle !== undefined && hold !== undefined && settle > 0n && settle <= hold)
        assert.deepEqual([nano(receipt.cost), nano(receipt.held ?? '')], [settle, hold])
        assert.deepEqual([receipt.request, receipt.currency, receipt.engine], [id, currency, 'offline'])
        const looked = (await own(id, of)).json as { receipt: Receipt }
        assert.deepEqual(looked.receipt, receipt)
      }
    }
  })

  it('has the tokens of the usage', async () => {
    const reply = await chat(says('think'))
    const { usage } = reply.json as {
      usage: { prompt_tokens: number; completion_tokens: number; cached_tokens?: number }
    }
    const { hit, miss, output } = JSON.parse(String(reply.headers['x-moonbase-receipt'])) as Receipt
    assert.deepEqual([hit + miss, output], [usage.prompt_tokens, usage.completion_tokens])
  })

  it('is told to nobody who does not ask, and a wish that is none is refused', async () => {
    for (const wish of [undefined, 'off']) {
      const whole = await chat(says('say-it'), { 'x-moonbase-receipt': wish })
      assert.equal(whole.headers['x-moonbase-receipt'], undefined)
      assert.doesNotMatch(
        (await chat(says('say-it', { stream: true }), { 'x-moonbase-receipt': wish })).text,
        /receipt/,
      )
    }
    const refused = await chat(says('say-it'), { 'x-moonbase-receipt': 'yes' })
    assert.equal(refused.status, 400)
    assert.match(refused.text, /header x-moonbase-receipt must be off or on/)
  })

  it('comes to who reads the stream again, too, and takes no number', async () => {
    const first = await chat(says('say-it', { stream: true }), { 'x-moonbase-event-ids': 'on' })
    const again = await ask(server.url, `/v1/streams/${String(first.headers['x-moonbase-stream-id'])}`, {
      headers: { authorization: `Bearer ${customer.key}` },
    })
    assert.deepEqual(inStream(again.text), inStream(first.text))
    const numbers = [...first.text.matchAll(/^id: (\d+)$/gm)].map(([, number]) => Number(number))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
    )
  })

  it('of an answer that was cut is asked for by its id, and is what was paid', async () => {
    const cut = await chat(says('please-cut', { stream: true }))
    assert.doesNotMatch(cut.text, /\[DONE\]/)
    const id = String(cut.headers['x-request-id'])
    const { json } = await own(id)
    const { receipt, error, status } = json as { receipt: Receipt; error: string; status: number }
    assert.deepEqual([error, status], ['engine_cut', 200])
    const { settle } = await paid(customer, id)
    assert.deepEqual([nano(receipt.cost), receipt.output > 0], [settle, true])
    assert.deepEqual(inStream(cut.text), receipt)
  })

  it('is of one project alone', async () => {
    const id = String((await chat(says('say-it'))).headers['x-request-id'])
    assert.equal((await own(`chatcmpl-${id}`)).status, 200)
    const other = await operator.customer({ voucher: '5' })
    const project = String(
      (await operator.post(`/organisations/${customer.organisation}/projects`, { name: 'second' }))['id'],
    )
    const made = await operator.post(`/organisations/${customer.organisation}/api-keys`, { name: 'second', project })
    for (const path of [id, `${id}/timeline`]) {
      for (const who of [other, { ...customer, key: String(made['key']) }]) {
        const reply = await own(path, who)
        assert.equal(reply.status, 404, path)
        assert.equal((await own('0000', who)).text.replace('0000', id), reply.text)
      }
    }
  })

  it('has a timeline beside it: who was asked, how long each phase took, what was paid', async () => {
    const reply = await chat(says('think', { stream: true }))
    const id = String(reply.headers['x-request-id'])
    const timeline = (await own(`${id}/timeline`)).json as Timeline
    assert.deepEqual(
      timeline.attempts.map(({ replica, outcome }) => [replica, outcome]),
      [['offline', 'complete']],
    )
    assert.deepEqual(Object.keys(timeline.phases), ['waiting_ms', 'thinking_ms', 'answering_ms'])
    assert.deepEqual(
      timeline.transfers.map(({ kind }) => kind),
      ['hold', 'settle'],
    )
    assert.equal(nano(timeline.transfers[1]?.amount ?? ''), nano(inStream(reply.text).cost))
    assert.deepEqual(await operator.get(`/requests/${id}/timeline`), timeline)
  })

  it('is foreseen: the count is that of the usage, and neither the most nor the hold is passed', async () => {
    const large = 'word '.repeat(4_000)
    const bodies = [
      says('say-it'),
      says('think', { thinking: { type: 'disabled' } }),
      says(`${large} say-it`),
      says('say-it', { max_completion_tokens: undefined }),
      says('say-it', {
        tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }],
      }),
    ]
    for (const body of bodies) {
      const reply = await ask(server.url, '/web/v1/estimate', {
        body,
        headers: { authorization: `Bearer ${customer.key}` },
      })
      assert.equal(reply.status, 200, reply.text)
      const estimate = reply.json as Record<string, string | number | boolean>
      const answered = await chat(body)
      const receipt = JSON.parse(String(answered.headers['x-moonbase-receipt'])) as Receipt
      const { usage } = answered.json as { usage: { prompt_tokens: number } }
      assert.equal(estimate['tokens'], usage.prompt_tokens)
      assert.equal(estimate['exact'], false)
      assert.equal(estimate['max_completion_tokens'], body.max_completion_tokens ?? 32_768)
      assert.equal(estimate['context_length'], 262_144)
      assert.equal(estimate['held'], receipt.held)
      assert.ok(nano(receipt.cost) <= nano(String(estimate['at_most'])))
      assert.ok(nano(String(estimate['at_most'])) <= nano(receipt.held ?? ''))
      assert.equal(estimate['currency'], 'USD')
      assert.match(String(estimate['available']), /^\d+(\.\d+)?$/)
    }
  })

  it('is foreseen for nobody without a key, nor for what is no request', async () => {
    assert.equal((await ask(server.url, '/web/v1/estimate', { body: says('x') })).status, 401)
    const headers = { authorization: `Bearer ${customer.key}` }
    const wrong = await ask(server.url, '/web/v1/estimate', { body: { model: 'kimi-k2.5' }, headers })
    assert.match(wrong.text, /messages is required/)
    const unknown = await ask(server.url, '/web/v1/estimate', { body: says('x', { model: 'kimi-k9' }), headers })
    assert.equal(unknown.status, 404)
  })

  it('may be read by pages of other origins, which know by it what they spend', async () => {
    const reply = await chat(says('say-it'), { origin: 'https://app.example' })
    const exposed = String(reply.headers['access-control-expose-headers']).split(', ')
    for (const name of ['x-moonbase-receipt', 'x-request-id', 'request-id', 'x-moonbase-stream-id', 'Retry-After']) {
      assert.ok(exposed.includes(name), name)
    }
    const preflight = await ask(server.url, '/v1/chat/completions', {
      method: 'OPTIONS',
      headers: { origin: 'https://a.b' },
    })
    const allowed = String(preflight.headers['access-control-allow-headers'])
    for (const name of ['x-moonbase-receipt', 'x-moonbase-event-ids', 'x-moonbase-on-disconnect', 'x-moonbase-queue']) {
      assert.ok(allowed.includes(name), name)
    }
  })
})
