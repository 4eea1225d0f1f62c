/** Accounts, limits and money, as clients meet them: every refusal in the platform's words, every answer paid once. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, { APIError, AuthenticationError, NotFoundError, PermissionDeniedError, RateLimitError } from 'openai'
import { askStream } from './support/ask-stream.ts'
import { type CalledReply, call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { type Customer, type CustomerWishes, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

/** Prices of kimi-k2.5 in nano-dollars per token. */
const MISS = 600
const OUTPUT = 3000

const SCENARIOS = `
version: 1
scenarios:
  - { name: three, match: { last_user: three-words }, reply: { text: one two three, usage: { prompt: 10, completion: 5, cached: 4 } } }
  - { name: slow, match: { last_user: take-your-time }, reply: { text: one two three four five six, chunk_size: 4, fault: { silence_after_chunks: 2 } } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
`

describe('accounts', () => {
  let server: TestServer
  let operator: Operator
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS })
    operator = new Operator(server)
  })
  after(() => server.close())

  const ask = (key: string, content: string, more: Record<string, unknown> = {}, headers = {}): Promise<CalledReply> =>
    call(`${server.url}/v1/chat/completions`, {
      body: { model: 'kimi-k2.5', messages: [{ role: 'user', content }], max_completion_tokens: 100, ...more },
      key,
      headers,
    })

  /** A stream that is under way; `leave` ends it. */
  const openStream = async (key: string) => {
    const abort = new AbortController()
    const begun = Promise.withResolvers<void>()
    const ended = askStream(
      { url: server.url, key },
      { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'take-your-time' }] },
      { signal: abort.signal, onChunk: () => begun.resolve() },
    ).catch(() => undefined)
    const refused = await Promise.race([begun.promise, ended])
    assert.equal(refused, undefined, 'it ended before it had begun')
    return {
      leave: () => {
        abort.abort()
        return ended
      },
    }
  }

  /** The server notices a while after the client that it has gone. */
  const settled = (organisation: string, count: number): Promise<Record<string, unknown>[]> =>
    eventually(
      () => operator.requests(organisation),
      ({ length }) => length >= count,
    )

  describe('refuses', () => {
    const refusals: readonly {
      readonly name: string
      readonly wishes?: CustomerWishes
      readonly prepare?: (customer: Customer) => Promise<unknown>
      readonly ask?: (customer: Customer) => Promise<CalledReply>
      readonly status: number
      readonly type: string
      readonly message: (customer: Customer) => string
    }[] = [
      {
        name: 'an account without money',
        status: 429,
        type: 'exceeded_current_quota_error',
        message: ({ organisation }) =>
          `You exceeded your current token quota: <${organisation}> 0, please check your account balance`,
      },
      {
        name: 'what costs more than is left',
        wishes: { voucher: '0.0001' },
        status: 429,
        type: 'exceeded_current_quota_error',
        message: ({ organisation }) =>
          `You exceeded your current token quota: <${organisation}> 0.0001, please check your account balance`,
      },
      {
        name: 'a suspended account',
        wishes: { voucher: '1' },
        prepare: ({ organisation }) => operator.post(`/organisations/${organisation}`, { status: 'suspended' }),
        status: 429,
        type: 'exceeded_current_quota_error',
        message: ({ organisation, keyId }) =>
          `Your account ${organisation}<${keyId}> is suspended, please check your plan and billing details`,
      },
      {
        name: 'the fourth request of a minute in tier 0',
        wishes: { voucher: '1', tier: '0' },
        prepare: async ({ key }) => {
          for (let left = 3; left > 0; left -= 1) assert.equal((await ask(key, 'three-words')).status, 200)
        },
        status: 429,
        type: 'rate_limit_reached_error',
        // Asked for at the end of the first second's bucket, whichever that was.
        message: ({ organisation, keyId }) =>
          `Your account ${organisation}<${keyId}> request reached organization max RPM: 3, please try again after N seconds`,
      },
      {
        name: 'a model that the key may not use',
        wishes: { voucher: '1', key: { models: ['kimi-k2.6'] } },
        status: 404,
        type: 'resource_not_found_error',
        message: () => 'Not found the model kimi-k2.5 or Permission denied',
      },
      {
        name: 'an address that the key may not come from',
        wishes: { voucher: '1', key: { addresses: ['10.0.0.0/8'] } },
        status: 403,
        type: 'permission_denied_error',
        message: () => 'Your IP is not allowed to access this organization',
      },
      {
        name: 'a revoked key, at once',
        wishes: { voucher: '1' },
        prepare: async ({ organisation, keyId, key }) => {
          assert.equal((await ask(key, 'three-words')).status, 200)
          await operator.post(`/organisations/${organisation}/api-keys/${keyId}/revoke`)
        },
        status: 401,
        type: 'incorrect_api_key_error',
        message: () => 'Incorrect API key provided',
      },
      {
        name: 'what a budget of the key does not cover',
        wishes: { voucher: '1', key: { budget: { amount: '0.0001', period: 'month' } } },
        status: 429,
        type: 'exceeded_current_quota_error',
        message: ({ organisation }) =>
          `You exceeded your current token quota: <${organisation}> 0.0001, please check your account balance`,
      },
      {
        name: 'a model without a price in the currency of the account',
        wishes: { voucher: '1', currency: 'CNY' },
        ask: ({ key }) => ask(key, 'hello', { model: 'kimi-k2-0905-preview' }),
        status: 403,
        type: 'permission_denied_error',
        message: () => 'The model kimi-k2-0905-preview has no price for this account. The operator sets one',
      },
    ]

    for (const { name, wishes, prepare, status, type, message, ...row } of refusals) {
      it(name, async () => {
        const customer = await operator.customer(wishes)
        await prepare?.(customer)
        const reply = await (row.ask?.(customer) ?? ask(customer.key, 'three-words'))
        const { error } = reply.json as { error: { message: string; type: string } }
        assert.deepEqual(
          [reply.status, error.type, error.message.replace(/after (?!1 )\d+ seconds/, 'after N seconds')],
          [status, type, message(customer)],
        )
        if (status === 429 && type === 'rate_limit_reached_error') {
          assert.equal(reply.headers.get('retry-after'), reply.headers.get('x-retry-after'))
        }
      })
    }

    it('a second request where one may run', async () => {
      const { key, organisation, keyId } = await operator.customer({ voucher: '10', tier: '0' })
      const stream = await openStream(key)
      const reply = await ask(key, 'three-words')
      assert.deepEqual(reply.json, {
        error: {
          type: 'rate_limit_reached_error',
          message: `Your account ${organisation}<${keyId}> request reached organization max concurrency: 1, please try again after 1 seconds`,
        },
      })
      assert.deepEqual([reply.status, reply.headers.get('retry-after')], [429, '1'])
      await stream.leave()
      await settled(organisation, 2)
    })

    it('tokens beyond a day, of prompt and budget together', async () => {
      const { key, organisation, keyId } = await operator.customer({ voucher: '100', tier: '0' })
      const limits = { concurrency: null, rpm: null, tpm: null, tpd: 1200 }
      await operator.post(`/organisations/${organisation}/api-keys/${keyId}`, { limits })
      assert.equal((await ask(key, 'three-words', { max_completion_tokens: 1000 })).status, 200)
      // The first took 15 in the end, and the rest was given back.
      assert.equal((await ask(key, 'three-words', { max_completion_tokens: 1100 })).status, 200)
      const reply = await ask(key, 'three-words', { max_completion_tokens: 1170 })
      const { error } = reply.json as { error: { message: string } }
      assert.equal(
        error.message,
        `Your account ${organisation}<${keyId}> request reached key TPD rate limit,current:30, limit:1200`,
      )
      assert.ok(Number(reply.headers.get('retry-after')) > 80_000)
    })

    it('tokens that no minute holds, and says so without a time to come back', async () => {
      const customer = await operator.customer({
        voucher: '100',
        tier: '0',
        key: { limits: { concurrency: null, rpm: null, tpm: 1000, tpd: null } },
      })
      const reply = await ask(customer.key, 'three-words', { max_completion_tokens: 5000 })
      const { error } = reply.json as { error: { message: string } }
      assert.match(
        error.message,
        new RegExp(
          `^Your account ${customer.organisation}<${customer.keyId}> request reached key TPM rate limit, current:0, limit:1000$`,
        ),
      )
      assert.equal(reply.headers.get('retry-after'), null)
    })
  })

  describe('the OpenAI client', () => {
    const clientOf = (apiKey: string, fetchOf?: typeof fetch): OpenAI =>
      new OpenAI({
        baseURL: `${server.url}/v1`,
        apiKey,
        maxRetries: 2,
        ...(fetchOf === undefined ? {} : { fetch: fetchOf }),
      })
    const asking = (client: OpenAI, model = 'kimi-k2.5') =>
      client.chat.completions.create({
        model,
        messages: [{ role: 'user', content: 'three-words' }],
        max_completion_tokens: 100,
      })
    const errorOf = async (promise: Promise<unknown>): Promise<APIError> => {
      const error = await promise.then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
      assert.ok(error instanceof APIError)
      return error
    }

    it('raises its own class for each status', async () => {
      const { key } = await operator.customer({ voucher: '1', key: { addresses: ['10.0.0.0/8'] } })
      const { key: good } = await operator.customer({ voucher: '1' })
      const cases = [
        [clientOf('sk-nobody-has-this'), 'kimi-k2.5', AuthenticationError, 401],
        [clientOf(key), 'kimi-k2.5', PermissionDeniedError, 403],
        [clientOf(good), 'kimi-k9', NotFoundError, 404],
      ] as const
      for (const [client, model, kind, status] of cases) {
        const error = await errorOf(asking(client, model))
        assert.ok(error instanceof kind)
        assert.equal(error.status, status)
      }
    })

    it('retries a 429 after the time that it was told, and gets its answer', async () => {
      const customer = await operator.customer({ voucher: '10', tier: '0' })
      const stream = await openStream(customer.key)
      const tries: { status: number; retryAfter: string | null; at: number }[] = []
      const watching: typeof fetch = async (...given) => {
        const reply = await fetch(...given)
        tries.push({ status: reply.status, retryAfter: reply.headers.get('retry-after'), at: performance.now() })
        if (reply.status === 429) await stream.leave()
        return reply
      }
      const reply = await asking(clientOf(customer.key, watching))
      assert.equal(reply.choices[0]?.message.content, 'one two three')
      const [first, second] = tries
      assert.ok(first && second)
      assert.deepEqual([first.status, first.retryAfter, second.status], [429, '1', 200])
      // Never earlier than it was told; a timer of the platform may be a millisecond early.
      assert.ok(second.at - first.at > 990)
    })

    it('is told the quota and stops after its retries', async () => {
      const { key, organisation } = await operator.customer()
      const error = await errorOf(asking(new OpenAI({ baseURL: `${server.url}/v1`, apiKey: key, maxRetries: 0 })))
      assert.ok(error instanceof RateLimitError)
      assert.equal(error.type, 'exceeded_current_quota_error')
      assert.ok(error.message.includes(organisation))
    })
  })

  describe('pays', () => {
    const costOf = (usage: { prompt_tokens: number; completion_tokens: number }): number =>
      usage.prompt_tokens * MISS + usage.completion_tokens * OUTPUT

    it('for what was used, at the price of the cache where it hit', async () => {
      const customer = await operator.customer({ voucher: '1' })
      const reply = await ask(customer.key, 'three-words')
      const { usage } = reply.json as { usage: Record<string, number> }
      assert.deepEqual([usage['prompt_tokens'], usage['completion_tokens'], usage['cached_tokens']], [10, 5, 4])
      const [request] = await operator.requests(customer.organisation)
      // 4 × 100 + 6 × 600 + 5 × 3000 nano-dollars.
      assert.deepEqual([request?.['id'], request?.['cost']], [reply.headers.get('x-request-id'), '0.000019'])
      assert.equal(await operator.available(customer), 0.999981)
    })

    it('nothing for what failed before its first byte', async () => {
      const customer = await operator.customer({ voucher: '1' })
      for (const stream of [false, true]) assert.equal((await ask(customer.key, 'please-fail', { stream })).status, 503)
      assert.equal((await ask(customer.key, 'x', { temperature: 0.1 })).status, 400)
      assert.equal(await operator.available(customer), 1)
      const requests = await settled(customer.organisation, 3)
      assert.deepEqual(
        requests.map(({ cost }) => cost),
        ['0', '0', '0'],
      )
    })

    it('for what was generated of a stream that was cut, and no more', async () => {
      const customer = await operator.customer({ voucher: '1' })
      const seen = await askStream(
        { url: server.url, key: customer.key },
        { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'please-cut' }] },
      )
      assert.deepEqual([seen.done, seen.error?.type], [false, 'server_error'])
      const [request] = await operator.requests(customer.organisation)
      assert.deepEqual([request?.['status'], request?.['error']], [200, 'engine_cut'])
      assert.ok(Number(request?.['completion_tokens']) >= 1 && Number(request?.['completion_tokens']) <= 4)
      assert.equal(
        Math.round(Number(request?.['cost']) * 1e9),
        costOf({
          prompt_tokens: Number(request?.['prompt_tokens']),
          completion_tokens: Number(request?.['completion_tokens']),
        }),
      )
    })

    it('for what a client got that left, and its slot is free again', async () => {
      const customer = await operator.customer({ voucher: '10', tier: '0' })
      const stream = await openStream(customer.key)
      assert.equal((await ask(customer.key, 'three-words')).status, 429)
      await stream.leave()
      const requests = await settled(customer.organisation, 2)
      const left = requests.find(({ streamed }) => streamed === true)
      assert.equal(left?.['error'], 'client_closed')
      assert.ok(Number(left?.['cost']) > 0)
      assert.equal((await ask(customer.key, 'three-words')).status, 200)
    })

    it('once for a stream that is read again', async () => {
      const customer = await operator.customer({ voucher: '1' })
      const from = { url: server.url, key: customer.key }
      const seen = await askStream(from, { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'three-words' }] })
      const left = await operator.available(customer)
      const id = seen.headers.get('x-moonbase-stream-id')
      for (let more = 2; more > 0; more -= 1) {
        const again = await call(`${server.url}/v1/streams/${id}?after=0`, { key: customer.key })
        assert.match(again.text, /data: \[DONE\]\n\n$/)
      }
      assert.equal(await operator.available(customer), left)
      assert.equal((await operator.requests(customer.organisation)).length, 1)
    })

    it('in yuan where the account has yuan', async () => {
      const customer = await operator.customer({ currency: 'CNY', recharge: '10' })
      await ask(customer.key, 'three-words')
      // 4 × 0.7 + 6 × 4 + 5 × 21 yuan per million.
      const [request] = await operator.requests(customer.organisation)
      assert.equal(request?.['cost'], '0.0001318')
    })

    it('by the price that an operator has set', async () => {
      const customer = await operator.customer({ voucher: '1' })
      await operator.post('/prices', { model: 'moonshot-v1-8k', currency: 'USD', hit: '1', miss: '2', output: '4' })
      const reply = await ask(customer.key, 'three-words', { model: 'moonshot-v1-8k' })
      assert.equal(reply.status, 200, reply.text)
      const [request] = await operator.requests(customer.organisation)
      assert.equal(request?.['cost'], '0.000036')
    })
  })

  it('lets those wait who ask for it, and tells the room that is left', async () => {
    const customer = await operator.customer({ voucher: '10', tier: '0', key: { queue_ms: 60_000 } })
    const stream = await openStream(customer.key)
    const waiting = ask(customer.key, 'three-words', {}, { 'x-moonbase-queue': '60s' })
    await stream.leave()
    const reply = await waiting
    assert.equal(reply.status, 200)
    assert.deepEqual([reply.headers.get('x-ratelimit-limit'), reply.headers.get('x-ratelimit-remaining')], ['3', '1'])
    assert.ok(Number(reply.headers.get('x-ratelimit-reset')) > 0)
    const wrong = await ask(customer.key, 'three-words', {}, { 'x-moonbase-queue': 'soon' })
    assert.equal(wrong.status, 400)
  })

  it('keeps the kinds of keys apart', async () => {
    assert.equal((await call(`${server.url}/v1/models`, { key: TEST_ADMIN_KEY })).status, 401)
    assert.equal((await call(`${server.url}/admin/v1/me`, { key: TEST_KEY })).status, 401)
    const bound = await operator.post('/admin-keys', { name: 'metrics', scopes: ['metrics'] })
    const key = String(bound['key'])
    assert.equal((await call(`${server.url}/metrics`, { key })).status, 200)
    assert.equal((await call(`${server.url}/admin/v1/organisations`, { key })).status, 403)
    const other = await operator.post('/admin-keys', { name: 'reader', scopes: ['usage:read'] })
    assert.equal((await call(`${server.url}/metrics`, { key: String(other['key']) })).status, 403)
  })

  it('slows down who guesses keys, and nobody else', async () => {
    // Of its own: other tests have shown wrong keys from this address.
    await using calm = await startServer()
    const guess = (index: number) => call(`${calm.url}/v1/models`, { key: `sk-guess-number-${index}` })
    for (let index = 0; index < 10; index += 1) assert.equal((await guess(index)).status, 401)
    // These get their refusal late; when too many wait for theirs, keys are not looked at any more.
    const leave = new AbortController()
    const guesses = Array.from({ length: 20 }, async (_, index) => {
      const authorization = `Bearer sk-guess-number-${index}`
      return fetch(`${calm.url}/v1/models`, { headers: { authorization }, signal: leave.signal })
    })
    const first = await Promise.race(guesses)
    assert.equal(first.status, 429)
    assert.match(await first.text(), /Too many attempts with wrong API keys, please try again after \d+ seconds/)
    leave.abort()
    await Promise.allSettled(guesses)
    // Those who left wait no more.
    await eventually(
      () => call(`${calm.url}/v1/models`),
      ({ status }) => status === 200,
    )
  })

  it('ends with books that are right', async () => {
    await operator.audit()
  })
})
