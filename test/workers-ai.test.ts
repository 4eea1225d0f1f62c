/** Cloudflare's Workers AI over HTTP: what the binding, Miniflare's proxy and REST send, and what each must get back. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import OpenAI, { NotFoundError } from 'openai'
import { type CalledReply, call, eventsOf } from './support/call.ts'
import { CLOUDFLARE_EXAMPLES, EXAMPLE_MODEL } from './support/cloudflare-examples.ts'
import { type Customer, Operator, TEST_ADMIN_KEY } from './support/operator.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const HOSTED = `@cf/${EXAMPLE_MODEL}`
const SCENARIOS = `
version: 1
scenarios:
  - { name: said, match: { last_user: say-it }, reply: { reasoning: Hm., text: one two three, chunk_size: 4 } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
  - { name: paused, match: { last_user: pause }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 20 } } }
  - { name: spent, match: { last_user: memoization }, reply: { reasoning: "${'So, a dictionary of what is known. '.repeat(200)}", text: never reached } }
  - { name: called, match: { last_user: call-it }, reply: { reasoning: Hm., tool_calls: [{ name: look, arguments: { at: 1 } }] } }
`
const hello = { messages: [{ role: 'user', content: 'say-it' }] }
const PLAIN = 'application/json'

interface Completion {
  readonly model: string
  readonly choices: readonly [
    {
      readonly finish_reason: string
      readonly message: {
        readonly content: string | null
        readonly reasoning_content?: string
        readonly tool_calls?: object[]
      }
    },
  ]
  readonly usage: { readonly completion_tokens: number }
}

describe('Workers AI', () => {
  let server: TestServer
  let operator: Operator
  let customer: Customer
  before(async () => {
    server = await startServer({ scenarios: SCENARIOS, config: 'routing: { attempts: 1, seams: 0 }' })
    operator = new Operator(server)
    customer = await operator.customer({ voucher: '10' })
  })
  after(() => server.close())

  /** As the class inside workerd sends it; the key is what workerd puts in front. */
  const run = (inputs: unknown, options: object = {}, headers: Record<string, string> = {}): Promise<CalledReply> =>
    call(`${server.url}/run?version=3`, {
      body: { inputs, options },
      key: customer.key,
      headers: { 'cf-consn-model-id': EXAMPLE_MODEL, 'cf-consn-sdk-version': '2.0.0', ...headers },
    })
  const rest = (path: string, options: Parameters<typeof call>[1] = {}): Promise<CalledReply> =>
    call(`${server.url}/client/v4/accounts/0123456789abcdef/ai${path}`, { key: customer.key, ...options })

  describe('the binding', () => {
    for (const { name, inputs, body } of CLOUDFLARE_EXAMPLES) {
      it(`answers the page's example "${name}", sent in the same bytes`, async () => {
        assert.equal(body, JSON.stringify({ inputs, options: { gateway: { id: 'default' } } }))
        const reply = await call(`${server.url}/ai-gateway/run?version=3`, {
          body,
          key: customer.key,
          headers: { 'cf-consn-model-id': EXAMPLE_MODEL },
        })
        assert.equal(reply.status, 200, reply.text)
        // With a charset behind it the binding would hand out a stream.
        assert.equal(reply.headers.get('content-type'), PLAIN)
        assert.equal(reply.headers.get('cf-ai-req-id'), reply.headers.get('x-request-id'))
        const { choices, model, usage } = reply.json as Completion
        assert.equal(model, EXAMPLE_MODEL)
        const lenient = reply.headers.get('x-moonbase-lenient') ?? ''
        assert.equal(lenient.includes('drop-fixed-sampling;fields="temperature"'), inputs.temperature !== undefined)
        if (inputs.max_tokens === 500) {
          // All of it was spent on thinking: the page says what a Worker does about that.
          assert.deepEqual([choices[0].message.content, choices[0].finish_reason], ['', 'length'])
          assert.equal(usage.completion_tokens, 500)
        } else {
          assert.notEqual(choices[0].message.content, '')
        }
      })
    }

    it('streams chunks until [DONE], and says where the stream goes on', async () => {
      const reply = await run({ ...hello, stream: true })
      assert.match(reply.headers.get('content-type') ?? '', /^text\/event-stream/)
      assert.equal(reply.headers.get('cf-aig-run-id'), reply.headers.get('x-moonbase-stream-id'))
      const events = eventsOf(reply.text)
      assert.equal(events.at(-1), '[DONE]')
      const chunks = events.slice(0, -1) as { choices: { delta: Record<string, string> }[] }[]
      const said = (field: string) => chunks.map(({ choices }) => choices[0]?.delta[field] ?? '').join('')
      assert.deepEqual([said('reasoning_content'), said('content')], ['Hm.', 'one two three'])
    })

    it('resumes a stream behind the events that were had, as its clients count them, and says when it is gone', async () => {
      const reply = await run({ ...hello, stream: true })
      const blocks = reply.text.split('\n\n').slice(0, -1)
      const at = `/ai-gateway/gateways/default/run/${reply.headers.get('cf-aig-run-id')}/resume`
      for (const from of [0, 3, blocks.length - 1]) {
        const again = await call(`${server.url}${at}?from=${from}`, { key: customer.key })
        const plain = again.text
          .replaceAll(/^id: \d+\n/gm, '')
          .split('\n\n')
          .slice(0, -1)
        assert.deepEqual(plain, blocks.slice(from))
      }
      const gone = { status: 404, json: { error: 'Request not found' } }
      for (const path of [
        `${at}?from=9999`,
        at.replace('/stream-', '/stream-0'),
        '/ai-gateway/gateways/g/run/x/resume',
      ]) {
        const { status, json } = await call(`${server.url}${path}`, { key: customer.key })
        assert.deepEqual({ status, json }, gone)
      }
      // Nobody else's.
      assert.equal((await call(`${server.url}${at}?from=0`, { key: server.key })).status, 404)
    })

    it('goes on without its reader where it was told to, and is resumed in the middle', async () => {
      const client = new AbortController()
      const response = await fetch(`${server.url}/ai-gateway/run?version=3`, {
        method: 'POST',
        body: JSON.stringify({ inputs: { messages: [{ role: 'user', content: 'pause' }], stream: true }, options: {} }),
        headers: {
          'content-type': PLAIN,
          authorization: `Bearer ${customer.key}`,
          'cf-consn-model-id': EXAMPLE_MODEL,
          'x-moonbase-on-disconnect': 'detach',
        },
        signal: client.signal,
      })
      const id = response.headers.get('cf-aig-run-id') ?? assert.fail('no id')
      const reader = response.body?.getReader() ?? assert.fail('no body')
      const { value } = await reader.read()
      client.abort()
      const had = new TextDecoder().decode(value).split('\n\n').length - 1
      const again = await call(`${server.url}/ai-gateway/gateways/default/run/${id}/resume?from=${had}`, {
        key: customer.key,
      })
      assert.equal(again.text.startsWith(':'), false)
      assert.equal(eventsOf(again.text.replaceAll(/^id: \d+\n/gm, '')).at(-1), '[DONE]')
    })

    it('refuses in the one body that every call of the binding can read', async () => {
      const fault = ({ status, json, headers }: CalledReply) => {
        const { internalCode, name, message, description, errors } = json as Record<string, unknown>
        assert.deepEqual(errors, [{ code: internalCode, message: description }])
        assert.equal(message, `${String(internalCode)}: ${String(description)}`)
        assert.equal(headers.get('content-type'), PLAIN)
        return [status, internalCode, name]
      }
      const model = (name: string) => ({ 'cf-consn-model-id': name })
      assert.deepEqual(fault(await run({ messages: 7 })), [400, 8001, 'InvalidInput'])
      assert.deepEqual(fault(await run({ ...hello, temperature: 2.5 })), [400, 8001, 'InvalidInput'])
      assert.deepEqual(fault(await run(hello, { queueRequest: true })), [400, 8001, 'InvalidInput'])
      assert.deepEqual(fault(await run(hello, {}, model('@cf/no/model'))), [400, 5007, 'InferenceUpstreamError'])
      assert.deepEqual(fault(await run(hello, {}, model('openai/gpt'))), [404, 7003, 'InferenceUpstreamError'])
      const failing = { messages: [{ role: 'user', content: 'please-fail' }] }
      assert.deepEqual(fault(await run(failing)), [429, 3040, 'InferenceUpstreamError'])
      const wrong = { key: 'sk-of-nobody-at-all' }
      assert.deepEqual(fault(await call(`${server.url}/ai-api/models/search`, wrong)), [
        401,
        10000,
        'InferenceUpstreamError',
      ])
      assert.deepEqual(fault(await call(`${server.url}/run`, { key: customer.key }))[0], 400)
      assert.deepEqual(fault(await call(`${server.url}/ai-api/nothing`, { key: customer.key }))[1], 7003)
      const put = await call(`${server.url}/run`, { method: 'PUT', body: {}, key: customer.key })
      assert.deepEqual(fault(put).slice(0, 2), [405, 7001])
      assert.equal((put.json as { description: string }).description, 'PUT not supported for requested URI.')
    })

    it('says a failure in the middle of a stream in the stream, without [DONE]', async () => {
      const reply = await run({ messages: [{ role: 'user', content: 'please-cut' }], stream: true })
      const events = eventsOf(reply.text)
      assert.deepEqual((events.at(-1) as { errors: unknown }).errors, [
        { code: 3008, message: 'Provider returned error: the answer was cut off before it was complete' },
      ])
      assert.ok(!events.includes('[DONE]'))
    })

    it('has calls beside a text that is null, and takes the turn back as its clients send it', async () => {
      const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object', properties: {} } } }]
      const asked = { role: 'user', content: 'call-it' }
      const first = (await run({ messages: [asked], tools })).json as Completion
      const { content, reasoning_content: reasoning, tool_calls: calls = [] } = first.choices[0].message
      assert.deepEqual([content, reasoning, calls.length], [null, 'Hm.', 1])
      const [{ id } = { id: '' }] = calls as { id: string }[]
      const messages = [
        asked,
        { role: 'assistant', content: '', reasoning, tool_calls: calls },
        { role: 'tool', name: 'look', tool_call_id: id, content: 'seen' },
      ]
      assert.equal((await run({ messages, tools })).status, 200)
      // The platform's types have no place for it, so programs drop it.
      const dropped: unknown = JSON.parse(
        JSON.stringify(messages, (name, value: unknown) => (name === 'reasoning' ? undefined : value)),
      )
      const restored = await run({ messages: dropped, tools })
      assert.equal(restored.status, 200, restored.text)
      assert.match(restored.headers.get('x-moonbase-lenient') ?? '', /restore-reasoning/)
    })

    it('is billed like any other, under its own name, and the books are right', async () => {
      const reply = await run(hello)
      const record = await operator.get(`/requests/${reply.headers.get('x-request-id')}`)
      assert.deepEqual([record['api'], record['model'], record['status']], ['workers-ai', 'kimi-k2.5', 200])
      assert.ok(Number(record['cost']) > 0)
      await operator.audit()
    })
  })

  describe('the proxy of Miniflare', () => {
    const proxied = (path: string, url: string | undefined, options: Parameters<typeof call>[1] = {}) =>
      call(`${server.url}${path}`, {
        key: null,
        ...options,
        headers: {
          'mf-binding': 'AI',
          ...(url === undefined ? {} : { 'mf-url': url }),
          'mf-header-content-type': PLAIN,
          'mf-header-cf-consn-model-id': EXAMPLE_MODEL,
        },
      })
    const RUN = 'https://workers-binding.ai/ai-gateway/run?version=3'
    const body = { inputs: hello, options: { gateway: { id: 'default' } } }

    it('is one address with the key in its path', async () => {
      const reply = await proxied(`/workers-ai/${customer.key}`, RUN, { body })
      assert.deepEqual([reply.status, reply.headers.get('content-type')], [200, PLAIN])
      assert.equal((reply.json as Completion).choices[0].message.content, 'one two three')
      const found = await proxied(
        `/workers-ai/${customer.key}?any=1`,
        'https://workers-binding.ai/ai-api/models/search?search=k2.5',
      )
      assert.deepEqual(
        (found.json as { result: { name: string }[] }).result.map(({ name }) => name),
        [HOSTED],
      )
    })

    it('repeats the key nowhere: not in a refusal, not in the record, not in the metrics', async () => {
      const at = `/workers-ai/${customer.key}`
      const replies = [
        await proxied(at, 'https://workers-binding.ai/ai-api/nowhere', { body }),
        await proxied(at, 'no address at all', { body }),
        await proxied(at, undefined, {}),
        await proxied(at, RUN, { method: 'PUT', body }),
        await proxied(`${at}/more`, RUN, { body }),
        await proxied('/workers-ai/sk-of-nobody-at-all', RUN, { body }),
        await proxied('/', RUN, { body }),
        await proxied(`${at}%`, RUN, { body }),
      ]
      for (const { status, text, headers } of replies) {
        assert.ok(status >= 400 && status < 500, String(status))
        assert.ok(!text.includes(customer.key) && !text.includes('sk-of-nobody'))
        assert.ok(![...headers.values()].some((value) => value.includes(customer.key)))
        assert.ok((JSON.parse(text) as { internalCode: number }).internalCode > 0)
      }
      const { text: metrics } = await call(`${server.url}/metrics`, { key: TEST_ADMIN_KEY })
      assert.ok(metrics.includes('/ai-gateway/run') && !metrics.includes(customer.key))
      const records = JSON.stringify(await operator.requests(customer.organisation))
      assert.ok(records.includes('"workers-ai"') && !records.includes(customer.key))
    })
  })

  describe('REST', () => {
    it('answers in its envelope, by the path and by the body, and streams bare', async () => {
      for (const reply of [
        await rest(`/run/${HOSTED}`, { body: hello }),
        await rest('/run', { body: { model: HOSTED, input: hello } }),
      ]) {
        assert.equal(reply.status, 200, reply.text)
        const { result, ...around } = reply.json as { result: Completion }
        assert.deepEqual(around, { success: true, errors: [], messages: [] })
        assert.deepEqual([result.model, result.choices[0].message.content], [HOSTED, 'one two three'])
      }
      const streamed = await rest(`/run/${HOSTED}`, { body: { ...hello, stream: true } })
      assert.equal(eventsOf(streamed.text).at(-1), '[DONE]')
      assert.equal((await rest(`/run/${HOSTED}`, { body: { prompt: 'say-it' } })).status, 200)
    })

    it('speaks OpenAI’s chat completions beside it, with errors for both kinds of clients', async () => {
      const reply = await rest('/v1/chat/completions', { body: { model: EXAMPLE_MODEL, ...hello } })
      const completion = reply.json as Completion
      assert.deepEqual([completion.model, completion.choices[0].message.content], [EXAMPLE_MODEL, 'one two three'])
      const refused = await rest('/v1/chat/completions', { body: { model: 'openai/gpt', ...hello } })
      const { errors, error, success } = refused.json as {
        errors: { code: number }[]
        error: { code: string }
        success: boolean
      }
      assert.deepEqual([refused.status, errors[0]?.code, error.code, success], [404, 7003, '7003', false])
      const models = await rest('/v1/models')
      assert.equal(models.status, 405)
      assert.deepEqual((models.json as { errors: unknown }).errors, [
        { code: 7001, message: 'GET not supported for requested URI.' },
      ])
    })

    it('is a base URL for OpenAI’s client: whole, streamed and refused', async () => {
      const baseURL = `${server.url}/client/v4/accounts/0123456789abcdef/ai/v1`
      const client = new OpenAI({ baseURL, apiKey: customer.key, maxRetries: 0 })
      const asked = { model: EXAMPLE_MODEL, messages: [{ role: 'user' as const, content: 'say-it' }] }
      const whole = await client.chat.completions.create(asked)
      assert.equal(whole.choices[0]?.message.content, 'one two three')
      let text = ''
      let total = 0
      for await (const { choices, usage } of await client.chat.completions.create({ ...asked, stream: true })) {
        text += choices[0]?.delta.content ?? ''
        total += usage?.total_tokens ?? 0
      }
      assert.deepEqual([text, total], ['one two three', whole.usage?.total_tokens])
      await assert.rejects(client.chat.completions.create({ ...asked, model: 'openai/gpt' }), (error) => {
        assert.ok(error instanceof NotFoundError)
        assert.equal(error.code, '7003')
        return /Not found the model openai\/gpt/.test(error.message)
      })
    })

    it('takes JSON that curl sends as a form, as the platform’s examples do', async () => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      assert.equal((await rest(`/run/${HOSTED}`, { body: hello, headers })).status, 200)
      assert.equal((await rest(`/run/${HOSTED}`, { body: 'prompt=x', headers })).status, 400)
    })

    it('refuses in its envelope', async () => {
      const fault = ({ status, json }: CalledReply) => {
        const { result, success, errors, messages } = json as { errors: { code: number }[] } & Record<string, unknown>
        assert.deepEqual([result, success, messages], [null, false, []])
        return [status, errors[0]?.code]
      }
      assert.deepEqual(fault(await rest(`/run/${HOSTED}`, { body: {} })), [400, 8001])
      assert.deepEqual(fault(await rest('/run/@cf/no/model', { body: hello })), [400, 5007])
      assert.deepEqual(fault(await rest('/run', { body: { input: hello } })), [400, 8001])
      assert.deepEqual(fault(await rest('/run/x', { body: hello, key: 'sk-of-nobody-at-all' })), [401, 10000])
      assert.deepEqual(fault(await rest('/nothing')), [404, 7003])
      assert.deepEqual(fault(await rest('/run')), [405, 7001])
      assert.deepEqual(fault(await rest('/models/schema?model=@cf/no/model')), [404, 7003])
    })

    it('lists the served models and shows their published schemas', async () => {
      const { json } = await rest('/models/search?search=KIMI-K2.5&task=Text%20Generation')
      const [model, ...others] = (json as { result: { id: string; name: string; properties: object[] }[] }).result
      assert.deepEqual([model?.name, model?.id, others], [HOSTED, 'd7948af7-749a-4fa3-8480-2a9f4215f427', []])
      assert.ok(
        model?.properties.some((one) => JSON.stringify(one) === '{"property_id":"context_window","value":"256000"}'),
      )
      assert.deepEqual(((await rest('/models/search?author=openai')).json as { result: unknown[] }).result, [])
      assert.equal((await rest('/models/search?page=0')).status, 400)
      const schema = (
        (await rest(`/models/schema?model=${EXAMPLE_MODEL}`)).json as { result: { input: { required: string[] } } }
      ).result
      assert.deepEqual(schema.input.required, ['messages'])
    })
  })

  describe('Markdown', () => {
    const page = '<html><body><h1>Title</h1><p>Some <b>bold</b> <a href="/x">link</a></p></body></html>'
    const base64 = (text: string): string => Buffer.from(text).toString('base64')

    it('is made of pages and text; other formats say of themselves that they are not read here', async () => {
      const files = [
        { name: 'a.html', mimeType: 'text/html', data: base64(page) },
        {
          name: 'b.txt',
          mimeType: 'text/plain;charset=iso-8859-1',
          data: Buffer.from([0x63, 0x61, 0x66, 0xe9]).toString('base64'),
        },
        { name: 'c.pdf', mimeType: 'application/pdf', data: base64('%PDF-1.7') },
        { name: 'd.md', mimeType: 'application/octet-stream', data: base64('# Hi') },
      ]
      const options = { conversionOptions: { html: { hostname: 'example.com' } } }
      const { json } = await call(`${server.url}/to-everything/markdown/transformer`, {
        key: customer.key,
        body: { files, options },
      })
      const { result } = json as { result: Record<string, unknown>[] }
      assert.deepEqual(
        result.map(({ name, mimeType, format, data }) => [name, mimeType, format, data]),
        [
          ['a.html', 'text/html', 'markdown', '# Title\n\nSome **bold** [link](https://example.com/x)'],
          ['b.txt', 'text/plain', 'markdown', 'café'],
          ['c.pdf', 'application/pdf', 'error', undefined],
          ['d.md', 'text/markdown', 'markdown', '# Hi'],
        ],
      )
      assert.ok(Number(result[0]?.['tokens']) > 0)
      assert.match(
        String(result[2]?.['error']),
        /application\/pdf is not converted by this server, which converts text\/html/,
      )
    })

    it('comes of a form on REST', async () => {
      const form = new FormData()
      form.append('files', new File([page], 'a.html', { type: 'text/html' }))
      form.append('conversionOptions', JSON.stringify({ output: { format: 'text' } }))
      const response = await fetch(`${server.url}/client/v4/accounts/a/ai/tomarkdown`, {
        method: 'POST',
        body: form,
        headers: { authorization: `Bearer ${customer.key}` },
      })
      const { result, success } = (await response.json()) as {
        result: { data: string; format: string }[]
        success: boolean
      }
      assert.deepEqual([success, result[0]?.format, result[0]?.data], [true, 'text', 'Title\n\nSome bold link'])
      const supported = await rest('/tomarkdown/supported')
      assert.ok(supported.text.includes('{"mimeType":"text/html","extension":".html"}'))
      assert.equal((await rest('/tomarkdown', { body: {} })).status, 415)
      const broken = { body: 'x', headers: { 'content-type': 'multipart/form-data; boundary=b' } }
      assert.equal((await rest('/tomarkdown', broken)).status, 400)
    })

    it('refuses what is no list of files, in the form that the binding reads', async () => {
      const reply = await call(`${server.url}/to-everything/markdown/transformer`, { key: customer.key, body: {} })
      assert.deepEqual((reply.json as { errors: unknown }).errors, [
        { code: 8001, message: 'Invalid request: files must be an array' },
      ])
    })
  })
})
