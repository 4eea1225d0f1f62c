/** Oxen's API, end to end: its documented calls, the official OpenAI client with another base URL, its history and its errors. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, { APIError, AuthenticationError, NotFoundError } from 'openai'
import { type CalledReply, call } from './support/call.ts'
import { type Customer, Operator } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const MODEL = 'moonshotai-kimi-k2-5'
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: Hm, text: one two three, chunk_size: 4 } }
  - { name: called, match: { last_user: call-it }, reply: { tool_calls: [{ name: read, arguments: { path: a } }] } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
`

type Json = Record<string, unknown>

describe('Oxen’s API', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({
      scenarios: SCENARIOS,
      config: `
routing: { attempts: 1, seams: 0 }
engines: { offline: { type: offline, scenarios: [scenarios.yaml] } }
models: { kimi-k2.5: { engines: [offline] }, kimi-k3: { engines: [offline] }, moonshot-v1-8k: { engines: [offline] } }
`,
    })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
  })
  after(() => server.close())

  const at = (path: string): string => `${server.url}/api/ai${path}`
  const ask = (path: string, options: Parameters<typeof call>[1] = {}): Promise<CalledReply> =>
    call(at(path), { key: customer.key, ...options })
  const chat = (content: string, fields: Json = {}, headers: Record<string, string> = {}): Promise<CalledReply> =>
    ask('/chat/completions', { body: { model: MODEL, messages: [{ role: 'user', content }], ...fields }, headers })
  const json = async (reply: Promise<CalledReply>): Promise<Json> => {
    const { status, json: body, text } = await reply
    assert.equal(status, 200, text)
    return body as Json
  }
  const ids = async (path: string): Promise<string[]> => {
    const { object, data } = (await json(ask(path))) as { object: string; data: { id: string }[] }
    assert.equal(object, 'list')
    return data.map(({ id }) => id)
  }

  it('answers the examples of its model page, sampling included, and says what it replaced', async () => {
    const examples = [
      {},
      { temperature: 0.7, max_tokens: 1024, stream: false },
      { temperature: 0.7, max_tokens: 1024, top_p: 1.0 },
    ]
    for (const fields of examples) {
      const reply = await chat('say-it', fields)
      const { id, object, model, choices, usage } = await json(Promise.resolve(reply))
      assert.match(String(id), /^chatcmpl-[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)
      assert.deepEqual([object, model], ['chat.completion', MODEL])
      assert.deepEqual(choices, [
        {
          index: 0,
          message: { role: 'assistant', content: 'one two three', reasoning_content: 'Hm' },
          finish_reason: 'stop',
        },
      ])
      assert.ok(Number((usage as Json)['total_tokens']) > 0)
      const lenient = reply.headers.get('x-moonbase-lenient') ?? ''
      assert.equal(lenient.includes('drop-fixed-sampling'), 'temperature' in fields, lenient)
    }
  })

  it('streams, and its stream is read again by its id', async () => {
    const reply = await chat('say-it', { stream: true })
    assert.match(reply.headers.get('content-type') ?? '', /^text\/event-stream/)
    const datas = reply.text.split('\n\n').filter((event) => event.startsWith('data: '))
    assert.equal(datas.at(-1), 'data: [DONE]')
    const chunk = JSON.parse(datas[0]?.slice(6) ?? '') as Json
    assert.deepEqual(Object.keys(chunk), ['id', 'object', 'created', 'model', 'choices'])
    assert.equal(chunk['model'], MODEL)
  })

  it('gives tool calls with their index and no text', async () => {
    const tools = [
      { type: 'function', function: { name: 'read', parameters: { type: 'object', properties: { path: {} } } } },
    ]
    const { choices } = (await json(chat('call-it', { tools }))) as { choices: Json[] }
    const message = choices[0]?.['message'] as { content: unknown; tool_calls: Json[] }
    assert.equal(message.content, null)
    assert.deepEqual(Object.keys(message.tool_calls[0] ?? {}), ['index', 'id', 'type', 'function'])
    assert.equal(choices[0]?.['finish_reason'], 'tool_calls')
  })

  it('lists models: all, by developer and provider, by words, featured', async () => {
    const all = [MODEL, 'kimi-k3', 'moonshot-v1-8k']
    assert.deepEqual(await ids('/models'), all)
    for (const name of ['moonshotai', 'Moonshot%20AI', 'moonshot'])
      assert.deepEqual(await ids(`/models?developer_name=${name}`), all)
    assert.deepEqual(await ids('/models?developer_name=openai'), [])
    assert.deepEqual(await ids('/models?provider_name=offline'), all)
    assert.deepEqual(await ids('/models?provider_name=other'), [])
    assert.deepEqual(await ids('/models?action=text_generation'), [])
    assert.deepEqual(await ids('/models/search?search=K2.5'), [MODEL])
    assert.deepEqual(await ids('/models/search?search=kimi-k2-5'), [MODEL])
    assert.deepEqual(await ids('/models/search?search=nothing'), [])
    assert.deepEqual(await ids('/models/featured'), all)
    assert.equal((await ask('/models/search')).status, 400)
  })

  it('shows a model with what may be set of it, under both names, and what it costs this account', async () => {
    const model = await json(ask(`/models/${MODEL}`))
    assert.deepEqual(await json(ask('/models/kimi-k2.5?deployment_status=live')), model)
    const { request_schema: schema, json_request_schema: same, pricing, capabilities } = model
    assert.deepEqual(schema, same)
    const { type, required, basic, properties } = schema as { properties: Json } & Json
    assert.deepEqual([type, required, basic], ['object', [], ['max_tokens', 'stream']])
    // What it fixes nobody sets.
    assert.deepEqual(Object.keys(properties), ['max_tokens', 'stream', 'reasoning_effort'])
    assert.deepEqual(pricing, { method: 'token', input_cost_per_token: 6e-7, output_cost_per_token: 3e-6 })
    assert.deepEqual(capabilities, { input: ['text', 'image', 'video'], output: ['text'] })
    assert.deepEqual([model['id'], model['display_name'], model['owned_by']], [MODEL, 'Kimi K2.5', 'oxen'])
    assert.equal(model['released_at'], '2026-01-27T00:00:00Z')
    const other = (await json(ask('/models/moonshot-v1-8k')))['request_schema'] as { properties: Json }
    assert.deepEqual((other.properties['temperature'] as Json)['maximum'], 1)
    const missing = await ask('/models/bad-model-name')
    assert.deepEqual([missing.status, missing.json], [404, { error: { message: 'Model not found: bad-model-name' } }])
  })

  it('keeps the models that a project has marked, each project its own', async () => {
    const stranger = await operator.customer({ voucher: '1' })
    assert.deepEqual(await ids('/models/favorites'), [])
    const marked = await json(ask(`/models/${MODEL}/favorite`, { method: 'POST' }))
    assert.equal(marked['id'], MODEL)
    await json(ask('/models/kimi-k3/favorite', { method: 'POST' }))
    await json(ask(`/models/${MODEL}/favorite`, { method: 'POST' }))
    assert.deepEqual(await ids('/models/favorites'), [MODEL, 'kimi-k3'])
    const others = (await call(at('/models/favorites'), { key: stranger.key })).json as { data: unknown }
    assert.deepEqual(others.data, [])
    await json(ask('/models/kimi-k3/favorite', { method: 'DELETE' }))
    await json(ask('/models/kimi-k3/favorite', { method: 'DELETE' }))
    assert.deepEqual(await ids('/models/favorites'), [MODEL])
    assert.equal((await ask('/models/none/favorite', { method: 'POST' })).status, 404)
  })

  it('tells what was asked, with what it cost, to the project that asked', async () => {
    const asking = await operator.customer({ voucher: '10' })
    const say = (content: string) =>
      call(at('/chat/completions'), { key: asking.key, body: { model: MODEL, messages: [{ role: 'user', content }] } })
    const replies = [await say('say-it'), await say('say-it'), await say('please-fail')]
    // By another API: no generation of this one.
    await call(`${server.url}/v1/chat/completions`, {
      key: asking.key,
      body: { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'say-it' }] },
    })
    const list = async (query = '') => {
      const { json: body, status, text } = await call(at(`/generations${query}`), { key: asking.key })
      assert.equal(status, 200, text)
      return body as { generations: Json[] } & Json
    }
    const all = await list()
    assert.deepEqual(
      [all['count'], all['page_number'], all['page_size'], all['total_pages'], all['total_entries']],
      [3, 1, 50, 1, 3],
    )
    const [failed, second, first] = all.generations
    const idOf = (reply: CalledReply | undefined): string | null => reply?.headers.get('x-request-id') ?? null
    assert.deepEqual([first?.['generation_id'], second?.['generation_id']], [idOf(replies[0]), idOf(replies[1])])
    assert.deepEqual(
      [failed?.['status'], failed?.['error_message'], failed?.['cost']],
      ['failed', 'engine_unavailable', null],
    )
    assert.deepEqual([first?.['status'], first?.['model_name'], first?.['media_type']], ['succeeded', MODEL, 'text'])
    const cost = Number(first?.['cost'])
    assert.ok(cost > 0)
    assert.ok(Math.abs(Number(all['total_cost']) - 2 * cost) < 1e-9)
    const pages = [await list('?page_size=2'), await list('?page_size=2&page=2'), await list('?page_size=2&page=3')]
    assert.deepEqual(
      pages.map(({ count, total_pages: pageCount }) => [count, pageCount]),
      [
        [2, 2],
        [1, 2],
        [0, 2],
      ],
    )
    const counts = async (query: string): Promise<unknown> => (await list(query))['total_entries']
    assert.deepEqual(await counts('?status=succeeded'), 2)
    assert.deepEqual(await counts('?status=failed'), 1)
    assert.deepEqual(await counts('?status=queued'), 0)
    assert.deepEqual(await counts(`?model=${MODEL}`), 3)
    assert.deepEqual(await counts('?model=kimi-k3'), 0)
    for (const query of ['?media_type=image', '?repo=a', '?folder=a', '?namespace=other']) {
      assert.deepEqual(await counts(query), 0, query)
    }
    assert.equal((await list('?media_type=video'))['total_cost'], null)
    for (const query of [
      '?page=0',
      '?page_size=1001',
      '?status=done',
      '?media_type=audio',
      `?model=${'x'.repeat(300)}`,
    ]) {
      assert.equal((await call(at(`/generations${query}`), { key: asking.key })).status, 400, query)
    }
    const replyId = String((replies[0]?.json as Json | undefined)?.['id'])
    for (const id of [idOf(replies[0]), replyId]) {
      const shown = await call(at(`/generations/${id}`), { key: asking.key })
      assert.deepEqual(shown.json, { status: 'success', status_message: 'resource_found', generation: first })
      assert.equal((await ask(`/generations/${id}`)).status, 404)
    }
  })

  it('shows no project what another of its organisation has', async () => {
    await json(chat('say-it'))
    await json(ask(`/models/${MODEL}/favorite`, { method: 'POST' }))
    const organisation = `/organisations/${customer.organisation}`
    const { id: project } = await operator.post(`${organisation}/projects`, { name: 'second' })
    const made = await operator.post(`${organisation}/api-keys`, { name: 'second', project })
    const key = String(made['key'])
    assert.deepEqual(((await call(at('/models/favorites'), { key })).json as Json)['data'], [])
    assert.deepEqual(((await call(at('/generations'), { key })).json as Json)['total_entries'], 0)
  })

  it('refuses in its two forms: keys, paths, models, parameters, money, engines', async () => {
    const typed = ({ status, json: body }: CalledReply): unknown => {
      const { error, status: word, status_message: message } = body as { error: Json } & Json
      assert.deepEqual([word, error['type']], ['error', message])
      return [status, message]
    }
    assert.deepEqual(typed(await call(at('/models'), { key: null })), [401, 'unauthenticated'])
    assert.deepEqual(typed(await call(at('/models'), { key: 'sk-nobody-has-this-key' })), [401, 'unauthenticated'])
    assert.deepEqual(typed(await ask('/images/generate', { body: {} })), [404, 'resource_not_found'])
    assert.deepEqual(typed(await ask('/generations/none')), [404, 'resource_not_found'])
    assert.deepEqual(typed(await chat('say-it', { temperature: 'warm' })), [400, 'invalid_params'])
    assert.deepEqual(typed(await chat('please-fail')), [503, 'unknown_error'])
    const poor = await operator.customer({})
    const broke = await call(at('/chat/completions'), {
      key: poor.key,
      body: { model: MODEL, messages: [{ role: 'user', content: 'say-it' }] },
    })
    assert.deepEqual(typed(broke), [402, 'insufficient_credits'])
    const sentence = async (fields: Json): Promise<unknown> => (await chat('say-it', fields)).json
    assert.deepEqual(await sentence({ model: null }), { error: { message: 'You must specify a model to call' } })
    assert.deepEqual(await sentence({ messages: [] }), { error: { message: 'Messages array cannot be empty' } })
    assert.deepEqual(await sentence({ model: 'bad-model-name' }), {
      error: { message: 'Model not found: bad-model-name' },
    })
    const { status, json: body } = await chat('say-it', {
      messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://a/b.png' } }] }],
    })
    assert.deepEqual(
      [status, (body as { error: Json }).error['detail']],
      [400, 'Invalid request: unsupported image url: https://a/b.png'],
    )
  })

  it('says a failure in mid-stream in its own form, and nothing that means complete', async () => {
    const reply = await chat('please-cut', { stream: true })
    const events = reply.text.split('\n\n').filter((event) => event !== '')
    assert.ok(!reply.text.includes('[DONE]') && !/"finish_reason":"/.test(reply.text))
    const last = JSON.parse(events.at(-1)?.slice('data: '.length) ?? '') as { error: Json } & Json
    assert.deepEqual([last['status'], last.error['type']], ['error', 'unknown_error'])
  })

  it('serves the official OpenAI client: models, an answer, tools, a stream, and errors with their words', async () => {
    const client = new OpenAI({ baseURL: at(''), apiKey: customer.key, maxRetries: 0 })
    const listed: string[] = []
    for await (const { id } of client.models.list()) listed.push(id)
    assert.equal(listed[0], MODEL)
    assert.equal((await client.models.retrieve(MODEL)).owned_by, 'oxen')
    const hello = { model: MODEL, messages: [{ role: 'user' as const, content: 'say-it' }], temperature: 0.7, top_p: 1 }
    const whole = await client.chat.completions.create(hello)
    assert.equal(whole.choices[0]?.message.content, 'one two three')
    const stream = client.chat.completions.stream({ ...hello, stream_options: { include_usage: true } })
    const final = await stream.finalChatCompletion()
    assert.equal(final.choices[0]?.message.content, 'one two three')
    assert.deepEqual(final.usage?.total_tokens, whole.usage?.total_tokens)
    await assert.rejects(client.chat.completions.create({ ...hello, model: 'bad-model-name' }), (error) => {
      assert.ok(error instanceof NotFoundError)
      assert.equal(error.message, '404 Model not found: bad-model-name')
      return true
    })
    const strange = new OpenAI({ baseURL: at(''), apiKey: 'sk-nobody-has-this-key', maxRetries: 0 })
    await assert.rejects(strange.models.list(), (error) => {
      assert.ok(error instanceof AuthenticationError)
      assert.equal(error.message, '401 Incorrect API key provided')
      assert.equal(error.type, 'unauthenticated')
      return true
    })
    const cut = await client.chat.completions.create({
      ...hello,
      messages: [{ role: 'user', content: 'please-cut' }],
      stream: true,
    })
    await assert.rejects(
      async () => {
        for await (const chunk of cut) assert.equal(chunk.choices[0]?.finish_reason ?? null, null)
      },
      (error) => error instanceof APIError && error.message.includes('cut off'),
    )
  })

  it('is billed like any other, and the books are right', async () => {
    const reply = await chat('say-it')
    const record = await operator.get(`/requests/${reply.headers.get('x-request-id') ?? ''}`)
    assert.deepEqual([record['api'], record['model'], record['status']], ['oxen', 'kimi-k2.5', 200])
    assert.ok(Number(record['cost']) > 0)
    await operator.audit()
  })
})
