/** Cloudflare's AI Gateway as its clients meet it: cached, limited, tried again, logged; and its money is the hall's affair. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI from 'openai'
import type { CalledReply } from './support/call.ts'
import {
  ACCOUNT,
  GATEWAY,
  GATEWAY_SCENARIOS,
  type Json,
  gatewayClient,
  header,
  json,
  said,
} from './support/gateway-client.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const CONFIG = 'routing: { attempts: 1, seams: 0 }'

describe('AI Gateway', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  let us: ReturnType<typeof gatewayClient>
  before(async () => {
    server = await startServer({ scenarios: GATEWAY_SCENARIOS, config: CONFIG })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
    us = gatewayClient(server.url, customer.key)
  })
  after(() => server.close())

  /** Of what asked no engine the line is written a moment later. */
  const recordOf = async ({ headers }: CalledReply): Promise<Record<string, unknown> | undefined> => {
    const id = headers.get('x-request-id')
    for (let tries = 0; tries < 500; tries += 1) {
      const found = (await operator.requests(customer.organisation)).find((one) => one['id'] === id)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Of an answer whose client has gone it is written when the server has noticed. */
  const logOf = async (id: string): Promise<Json | undefined> => {
    for (let tries = 0; tries < 2_000; tries += 1) {
      const reply = await us.rest(`/default/logs/${id}`)
      if (reply.status === 200) return json(reply)['result']
    }
    return undefined
  }

  it('answers by the URL of any provider, under any name that the model has, and leaves the platform its paths', async () => {
    for (const [provider, model] of [
      ['compat', 'workers-ai/@cf/moonshotai/kimi-k2.5'],
      ['compat', 'moonshot/kimi-k2.5'],
      ['openai', 'kimi-k2.5'],
      ['custom-mine', 'moonshotai/kimi-k2.5'],
    ] as const) {
      // A temperature that the platform refuses is taken, and said.
      const reply = await us.chat('default', said('three-words', { model, temperature: 0.7 }), {}, provider)
      assert.equal(reply.status, 200, reply.text)
      assert.deepEqual([json(reply)['model'], header(reply, 'provider')], [model, provider])
      assert.match(reply.headers.get('x-moonbase-lenient') ?? '', /drop-fixed-sampling/)
    }
    const inference = `/client/v4/accounts/${ACCOUNT}/ai-gateway/inference/default/compat/chat/completions`
    assert.equal((await us.ask(inference, { body: said('three-words') })).status, 200)
    assert.equal((await us.ask('/v1/models/kimi-k2.5')).status, 200)
    assert.equal((await us.ask('/v1/chat/completions', { body: said('three-words') })).status, 200)
  })

  it('speaks Workers AI’s own wire behind its name, whole, streamed, refused, and as a step', async () => {
    const asked = { messages: [{ role: 'user', content: 'three-words' }], max_tokens: 500 }
    const at = (path: string, body: unknown) => us.ask(`/v1/${ACCOUNT}/default/workers-ai/${path}`, { body })
    for (const path of ['@cf/moonshotai/kimi-k2.5', 'run/@cf/moonshotai/kimi-k2.5']) {
      const reply = await at(path, asked)
      assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, 'application/json'])
      const { result, success } = json(reply)
      assert.deepEqual([success, result?.['choices']?.[0]?.['message']?.['content']], [true, 'one two three'])
      assert.deepEqual([header(reply, 'model'), header(reply, 'provider')], ['@cf/moonshotai/kimi-k2.5', 'workers-ai'])
    }
    assert.match((await at('run/moonshotai/kimi-k2.5', { ...asked, stream: true })).text, /data: \[DONE\]\n\n$/)
    const chat = await at('v1/chat/completions', { ...asked, model: '@cf/moonshotai/kimi-k2.5' })
    assert.equal(json(chat)['object'], 'chat.completion')
    const refused = await at('run/@cf/moonshotai/kimi-k2.5', { messages: 'no' })
    assert.deepEqual(
      [refused.status, json(refused)['success'], json(refused)['errors']?.[0]?.['code']],
      [400, false, 8001],
    )
    const steps = ['please-fail', 'three-words'].map((content) => ({
      provider: 'workers-ai',
      endpoint: '@cf/moonshotai/kimi-k2.5',
      headers: { 'Content-Type': 'application/json' },
      query: { messages: [{ role: 'user', content }] },
    }))
    const fallen = await us.universal('default', steps)
    assert.deepEqual(
      [header(fallen, 'step'), json(fallen)['result']?.['choices']?.[0]?.['message']?.['content']],
      ['1', 'one two three'],
    )
  })

  it('serves the official client, whole and streamed, by its address and key alone', async () => {
    const openai = new OpenAI({
      baseURL: `${server.url}/v1/${ACCOUNT}/default/openai`,
      apiKey: customer.key,
      maxRetries: 0,
    })
    const messages = [{ role: 'user' as const, content: 'three-words' }]
    const whole = await openai.chat.completions.create({ model: 'kimi-k2.5', messages })
    assert.equal(whole.choices[0]?.message.content, 'one two three')
    let text = ''
    const stream = await openai.chat.completions.create({ model: 'kimi-k2.5', messages, stream: true })
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? ''
    assert.equal(text, 'one two three')
  })

  it('gives a cached answer byte for byte, whole and streamed, for nothing, and to nobody else', async () => {
    assert.equal((await us.make('cached', { cache_ttl: 60 })).status, 200)
    const other = gatewayClient(server.url, (await operator.customer({ voucher: '10' })).key)
    await other.make('cached', { cache_ttl: 60 })
    for (const more of [{}, { stream: true, stream_options: { include_usage: true } }]) {
      const asked = said('three-words', more)
      const first = await us.chat('cached', asked)
      const left = await operator.available(customer)
      const second = await us.chat('cached', asked)
      assert.deepEqual([header(first, 'cache-status'), header(second, 'cache-status')], ['MISS', 'HIT'])
      assert.deepEqual(
        [second.text, second.headers.get('content-type'), second.headers.get('x-moonbase-served-by')],
        [first.text, first.headers.get('content-type'), first.headers.get('x-moonbase-served-by')],
      )
      assert.equal(await operator.available(customer), left)
      const replayed = await recordOf(second)
      assert.deepEqual([replayed?.['cost'], (replayed?.['labels'] as Json)?.['gateway_cache']], ['0', 'hit'])
      const log = json(await us.rest(`/cached/logs/${header(second, 'log-id')}`))['result']
      assert.deepEqual([log?.['cached'], log?.['cost'], log?.['success']], [true, 0, true])
      assert.equal(header(await other.chat('cached', asked), 'cache-status'), 'MISS')
    }
    assert.ok((await us.chat('cached', said('three-words', { stream: true }))).text.endsWith('data: [DONE]\n\n'))
  })

  it('never keeps what was cut, which stays an answer that says so', async () => {
    for (let n = 0; n < 2; n += 1) {
      const reply = await us.chat('default', said('please-cut', { stream: true }), { 'cf-aig-cache-ttl': '60' })
      assert.deepEqual([header(reply, 'cache-status'), reply.text.includes('[DONE]')], ['MISS', false])
      assert.match(reply.text, /"type":"server_error"/)
      const log = json(await us.rest(`/default/logs/${header(reply, 'log-id')}`))['result']
      assert.deepEqual([log?.['success'], log?.['cached']], [false, false])
    }
  })

  it('goes on without a client who wants to come back, stops for one who leaves, and keeps neither', async () => {
    for (const [wish, success] of [
      ['detach', true],
      ['cancel', false],
    ] as const) {
      const client = new AbortController()
      const response = await fetch(`${server.url}/v1/${ACCOUNT}/default/openai/chat/completions`, {
        method: 'POST',
        body: JSON.stringify(said('go-on', { stream: true, seed: Number(success) })),
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${customer.key}`,
          'cf-aig-cache-ttl': '60',
          'x-moonbase-on-disconnect': wish,
        },
        signal: client.signal,
      })
      await response.body?.getReader().read()
      client.abort()
      if (success) {
        const again = await us.ask(`/v1/streams/${response.headers.get('x-moonbase-stream-id')}`)
        assert.ok(again.text.endsWith('data: [DONE]\n\n'))
      }
      const log = await logOf(response.headers.get('cf-aig-log-id') ?? '')
      assert.deepEqual([log?.['success'], log?.['cached']], [success, false])
      const next = await us.chat('default', said('go-on', { stream: true, seed: Number(success) }), {
        'cf-aig-cache-ttl': '60',
      })
      assert.equal(header(next, 'cache-status'), 'MISS')
    }
  })

  it('falls back from step to step, and says which one answered', async () => {
    const steps = [
      { provider: 'openai', endpoint: 'chat/completions', headers: {}, query: said('please-fail') },
      { provider: 'nobody', endpoint: '/v1/chat/completions', headers: {}, query: said('hello', { model: 'gpt-9' }) },
      {
        provider: 'moonshot',
        endpoint: 'v1/chat/completions',
        headers: { 'X-Moonbase-Event-Ids': 'on' },
        query: said('three-words', { stream: true }),
      },
    ]
    const reply = await us.universal('default', steps, {
      'cf-aig-event-id': 'fall',
      'cf-aig-metadata': '{"user":"ann"}',
    })
    assert.deepEqual([reply.status, header(reply, 'step'), header(reply, 'event-id')], [200, '2', 'fall'])
    assert.match(reply.text, /^id: 1\ndata: /)
    const filters = JSON.stringify([{ key: 'event_id', operator: 'eq', value: ['fall'] }])
    const logs = json(await us.rest(`/default/logs?filters=${encodeURIComponent(filters)}`))[
      'result'
    ] as unknown as Json[]
    assert.deepEqual(
      logs.map(({ step, status_code: status, metadata }) => [step, status, metadata]),
      [
        [2, 200, '{"user":"ann"}'],
        [1, 404, '{"user":"ann"}'],
        [0, 503, '{"user":"ann"}'],
      ],
    )
    const records = (await operator.requests(customer.organisation)).slice(0, 3)
    assert.deepEqual(
      records.map(({ labels }) => (labels as Json)['gateway_step']),
      ['2', '1', '0'],
    )
    const parents = records.map(({ parent }) => parent)
    assert.deepEqual(parents, [reply.headers.get('x-request-id'), reply.headers.get('x-request-id'), null])
    const last = await us.universal('default', steps.slice(0, 2))
    assert.deepEqual([last.status, header(last, 'step')], [404, '1'])
  })

  it('gives up what does not begin in time, and asks the next step', async () => {
    const alone = await us.chat('default', said('take-your-time'), { 'cf-aig-request-timeout': '100' })
    assert.deepEqual([alone.status, json(alone)['internalCode']], [504, 3007])
    const step = (content: string, config = {}) => ({
      provider: 'openai',
      endpoint: 'chat/completions',
      headers: {},
      query: said(content),
      config,
    })
    const reply = await us.universal('default', [step('take-your-time', { requestTimeout: 100 }), step('three-words')])
    assert.deepEqual([reply.status, header(reply, 'step')], [200, '1'])
    const again = await us.chat('default', said('please-fail'), {
      'cf-aig-max-attempts': '3',
      'cf-aig-retry-delay': '0',
    })
    assert.equal(again.status, 503)
    const records = await operator.requests(customer.organisation)
    assert.equal(records.filter(({ parent, id }) => [parent, id].includes(again.headers.get('x-request-id'))).length, 3)
  })

  it('limits how many come, and what they spend', async () => {
    await us.make('few', { rate_limiting_interval: 600, rate_limiting_limit: 1, rate_limiting_technique: 'sliding' })
    assert.equal((await us.chat('few', said('three-words'))).status, 200)
    const refused = await us.chat('few', said('three-words'))
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers.get('retry-after')) > 500)
    assert.deepEqual(
      [json(refused)['name'], json(refused)['internalCode'], json(refused)['httpCode']],
      ['AiGatewayError', 2003, 429],
    )
    const rule = {
      id: 'each',
      limit: 0.000001,
      limitType: 'cost',
      window: 3_600,
      metadata: { user: { mode: 'partition' } },
    }
    await us.make('poor', { spend_limits: { enabled: true, rules: [rule] } })
    const spend = (user: string) =>
      us.chat('poor', said('three-words'), { 'cf-aig-metadata': JSON.stringify({ user }) })
    const statuses = []
    for (const user of ['ann', 'ann', 'bob']) statuses.push((await spend(user)).status)
    assert.deepEqual(statuses, [200, 429, 200])
  })

  it('asks for its own header where a gateway is authenticated', async () => {
    await us.make('locked', { authentication: true })
    const path = `/v1/${ACCOUNT}/locked/openai/chat/completions`
    const shut = await us.ask(path, { body: said('three-words') })
    const unauthorized =
      '{"success":false,"result":[],"messages":[],"error":[{"code":2009,"message":"Unauthorized"}],"name":"AiGatewayError","httpCode":401,"internalCode":2009}'
    assert.deepEqual([shut.status, shut.text], [401, unauthorized])
    const headers = { 'cf-aig-authorization': `Bearer ${customer.key}`, authorization: 'Bearer sk-of-a-provider' }
    assert.equal((await us.ask(path, { body: said('three-words'), key: null, headers })).status, 200)
    const wrong = await us.ask(path, {
      body: said('three-words'),
      key: null,
      headers: { authorization: 'Bearer nobody' },
    })
    assert.deepEqual([wrong.status, wrong.text], [401, unauthorized])
  })

  it('has logs that are judged, found, read by the binding, and removed', async () => {
    await us.make('logged')
    const ids = []
    for (const user of ['ann', 'bob', 'ann']) {
      const custom = { 'cf-aig-custom-cost': '{"per_token_in":0.001,"per_token_out":0.01}' }
      const reply = await us.chat('logged', said('three-words'), {
        'cf-aig-metadata': JSON.stringify({ user }),
        ...custom,
      })
      ids.push(header(reply, 'log-id') ?? '')
    }
    const [first = ''] = ids
    const patched = await us.rest(`/logged/logs/${first}`, { method: 'PATCH', body: { feedback: 1, score: 80 } })
    assert.equal(patched.status, 200)
    const bound = json(await us.ask(`/ai-gateway/gateways/logged/logs/${first}`))['result']
    assert.deepEqual(
      [bound?.['feedback'], bound?.['score'], bound?.['metadata'], bound?.['cost'], bound?.['custom_cost']],
      [1, 80, { user: 'ann' }, 0.06, true],
    )
    assert.deepEqual(
      [bound?.['request_head_complete'], bound?.['tokens_in'], bound?.['tokens_out'], bound?.['path']],
      [false, 10, 5, 'chat/completions'],
    )
    const found = json(
      await us.rest(
        '/logged/logs?filters[0][key]=metadata.value&filters[0][operator]=eq&filters[0][value]=ann&per_page=1',
      ),
    )
    assert.deepEqual([found['result']?.[0]?.['id'], found['result_info']?.['total_count']], [ids[2], 2])
    const bindingPatch = { method: 'PATCH', body: { feedback: -1, metadata: { user: 'eve' } } }
    assert.equal((await us.ask(`/ai-gateway/gateways/logged/logs/${first}`, bindingPatch)).status, 200)
    const missing = await us.ask(`/ai-gateway/gateways/logged/logs/${'0'.repeat(26)}`)
    assert.deepEqual([missing.status, json(missing)['internalCode']], [404, 7003])
    const stranger = gatewayClient(server.url, (await operator.customer()).key)
    assert.equal((await stranger.rest(`/logged/logs/${first}`)).status, 404)
    await us.rest('/logged/logs?filters[key]=metadata.value&filters[operator]=eq&filters[value]=eve', {
      method: 'DELETE',
    })
    assert.equal(json(await us.rest('/logged/logs'))['result_info']?.['total_count'], 2)
  })

  it('keeps bodies where a project keeps contents, for that project alone', async () => {
    const keeper = await operator.customer({ voucher: '10', project: { content_retention_days: 3 } })
    const they = gatewayClient(server.url, keeper.key)
    const asked = JSON.stringify(said('three-words'))
    const reply = await they.chat('default', asked)
    const id = header(reply, 'log-id')
    assert.equal((await they.rest(`/default/logs/${id}/request`)).text, asked)
    assert.equal((await they.rest(`/default/logs/${id}/response`)).text, reply.text)
    const none = header(await us.chat('default', said('three-words')), 'log-id')
    assert.equal((await us.rest(`/default/logs/${none}/request`)).status, 404)
  })

  it('makes, lists, changes and removes gateways, and refuses what it would not do', async () => {
    const made = await us.make('object', { retry_max_attempts: 2, retry_backoff: 'linear' })
    assert.equal(made.headers.get('content-type'), 'application/json')
    const result = json(made)['result']
    assert.deepEqual(
      [json(made)['success'], result?.['id'], result?.['cache_ttl'], result?.['retry_backoff']],
      [true, 'object', 0, 'linear'],
    )
    assert.equal((await us.make('object')).status, 409)
    const changed = await us.rest('/object', { method: 'PUT', body: { ...GATEWAY, cache_ttl: 90 } })
    assert.deepEqual(
      [json(changed)['result']?.['cache_ttl'], json(changed)['result']?.['retry_backoff']],
      [90, 'linear'],
    )
    const page = json(await us.rest('?search=obj'))
    assert.deepEqual([page['result']?.[0]?.['id'], page['result_info']?.['total_count']], ['object', 1])
    const url = json(await us.rest('/object/url/workers-ai'))['result']
    assert.equal(url, `${server.url}/ai-gateway/v1/${ACCOUNT}/object/workers-ai`)
    const host = { headers: { host: 'workers-binding.ai' } }
    assert.match((await us.ask('/ai-gateway/gateways/object/url/universal', host)).text, /\/object\/"/)
    const guarded = await us.make('guarded', { guardrails: { prompt: { S1: 'BLOCK' }, response: {} } })
    assert.equal(guarded.status, 400)
    assert.match(
      guarded.text,
      /"errors":\[\{"code":8001,"message":"guardrails of a gateway is not built here: leave it out"\}\]/,
    )
    const lacking = await us.rest('', { body: { id: 'lacking' } })
    assert.deepEqual([lacking.status, json(lacking)['errors']?.[0]?.['code']], [400, 8001])
    const removed = await us.rest('/object', { method: 'DELETE' })
    assert.equal(json(removed)['result']?.['id'], 'object')
    for (const path of ['/object', '/nothing']) assert.equal((await us.rest(path)).status, 404)
    assert.equal((await us.chat('object', said('three-words'))).status, 404)
  })

  it('refuses a socket, a dynamic route, a strange endpoint and headers that say nothing, each with a sentence', async () => {
    const socket = await us.ask(`/v1/${ACCOUNT}/default`, { headers: { 'x-a': 'b' } })
    assert.deepEqual(
      [socket.status, json(socket)['error']?.[0]?.['message']],
      [400, 'the universal endpoint over WebSocket is not built here: POST the steps as an array'],
    )
    assert.equal((await us.chat('default', said('x', { model: 'dynamic/mine' }), {}, 'compat')).status, 400)
    const images = await us.ask(`/v1/${ACCOUNT}/default/openai/images/generations`, { body: {} })
    assert.match(images.text, /no provider openai at images\/generations: chat\/completions is answered/)
    const metadata = await us.chat('default', said('x'), { 'cf-aig-metadata': 'no' })
    assert.match(metadata.text, /cf-aig-metadata must be an object/)
    const wrongKey = await us.rest('', { key: 'sk-nobody' })
    assert.deepEqual(
      [wrongKey.status, json(wrongKey)['errors']?.[0]],
      [401, { code: 10000, message: 'Authentication error' }],
    )
    for (const steps of [[], [7], [{ provider: 'x' }], Array.from({ length: 17 }, () => ({}))]) {
      assert.equal((await us.universal('default', steps)).status, 400)
    }
  })

  it('leaves the books right', () => operator.audit())
})
