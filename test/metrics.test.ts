/** `GET /metrics` of a running server: what happens to requests is counted, for the operator alone, and nothing else gets in. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { askStream } from './support/ask-stream.ts'
import { call } from './support/call.ts'
import { eventually } from './support/eventually.ts'
import { openHostileUpstream } from './support/hostile-upstream.ts'
import { type ModelUpstreamOptions, openModelUpstream } from './support/model-upstream.ts'
import { type TestServer, startServer } from './support/start-server.ts'

const ADMIN_KEY = 'sk-test-admin-key'
const CHAT = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Say something.' }] }
const ROUTE = 'route="/v1/chat/completions",model="kimi-k2.5"'

/** Values by series, as `name{labels}`. Throws for a line that is none of the text format. */
async function scrape(server: TestServer): Promise<ReadonlyMap<string, number>> {
  const page = await call(`${server.url}/metrics`, { key: ADMIN_KEY })
  assert.equal(page.status, 200)
  return seriesOf(page.text)
}

function seriesOf(page: string): ReadonlyMap<string, number> {
  assert.ok(page.endsWith('\n'))
  const series = new Map<string, number>()
  const typed = new Set<string>()
  for (const line of page.split('\n')) {
    const [, declared] = /^# TYPE (\w+) (?:counter|gauge|histogram|summary)$/.exec(line) ?? []
    if (declared !== undefined) {
      assert.ok(!typed.has(declared), `${declared} is declared twice`)
      typed.add(declared)
    }
    if (line === '' || line.startsWith('#')) continue
    const [, name = '', labels = '', value = ''] =
      /^(\w+)(\{(?:\w+="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ?? []
    assert.notEqual(name, '', line)
    assert.ok(typed.has(name.replace(/_(?:bucket|sum|count)$/, '')) || typed.has(name), line)
    assert.ok(!series.has(name + labels), `${line} comes twice`)
    series.set(name + labels, Number(value.replace('+Inf', 'Infinity')))
  }
  return series
}

/** The counters whose values changed between two readings, by how much. */
function risen(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): Record<string, number> {
  const changes: Record<string, number> = {}
  for (const [series, value] of after) {
    const rise = value - (before.get(series) ?? 0)
    if (/^moonbase_\w+_total\{/.test(series) && !series.includes('route="/metrics"') && rise !== 0)
      changes[series] = rise
  }
  return changes
}

/** Asks until the answer is yes: what is counted when a request ends may come after its client has heard the end. */
function untilSettled(server: TestServer): Promise<ReadonlyMap<string, number>> {
  return eventually(
    () => scrape(server),
    // This reading itself is under way.
    (page) => page.get('moonbase_requests_running') === 1,
  )
}

/** Two hosts of the model, the second of which is asked when the first fails. */
async function openPair(primary: Partial<ModelUpstreamOptions>) {
  // What is open already is closed where the next does not open: a file with something left open never ends.
  await using opened = new AsyncDisposableStack()
  const answer = () => ({ reasoning: 'Thinking it over.', text: 'An answer of some length. '.repeat(8), calls: [] })
  const first = opened.use(await openModelUpstream({ answer, ...primary }))
  const second = opened.use(await openModelUpstream({ answer }))
  const server = await startServer({
    config: `
engines:
  primary: { type: openai-compatible, flavour: vllm, url: "${first.url}" }
  fallback: { type: openai-compatible, flavour: vllm, url: "${second.url}" }
models:
  kimi-k2.5: { engines: [primary, fallback] }
routing: { health_every_ms: 0 }
`,
  })
  opened.use(server)
  const all = opened.move()
  return { server, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

describe('GET /metrics', () => {
  it('counts a whole answer and a stream, with their tokens', async () => {
    await using server = await startServer()
    const before = await scrape(server)
    const whole = await call(`${server.url}/v1/chat/completions`, { body: CHAT })
    const stream = await askStream(server, CHAT)
    const { usage } = whole.json as { usage: { prompt_tokens: number; completion_tokens: number } }
    const after = await untilSettled(server)
    const changes = risen(before, after)
    const tokens = (type: string): number | undefined =>
      changes[`moonbase_tokens_total{model="kimi-k2.5",engine="offline",type="${type}"}`]
    assert.equal(changes[`moonbase_requests_total{${ROUTE},streamed="false",status="200",error="none"}`], 1)
    assert.equal(changes[`moonbase_requests_total{${ROUTE},streamed="true",status="200",error="none"}`], 1)
    assert.equal(changes['moonbase_engine_attempts_total{engine="offline",replica="offline",outcome="complete"}'], 2)
    assert.equal(tokens('prompt'), usage.prompt_tokens + (stream.usage?.prompt_tokens ?? 0))
    assert.equal(tokens('completion'), usage.completion_tokens + (stream.usage?.completion_tokens ?? 0))
    const labels = '{model="kimi-k2.5",engine="offline"}'
    assert.equal(after.get(`moonbase_time_to_first_token_seconds_count${labels}`), 1)
    assert.equal(after.get(`moonbase_time_per_output_token_seconds_count${labels}`), 1)
    assert.equal(after.get(`moonbase_request_duration_seconds_count{${ROUTE},streamed="true"}`), 1)
    assert.equal(after.get('moonbase_streams_open'), 0)
    assert.equal(after.get('moonbase_replica_running{engine="offline",replica="offline"}'), 0)
    assert.equal(
      Object.keys(changes).some((series) => series.startsWith('moonbase_retries')),
      false,
    )
  })

  it('counts refusals by the code of the error table, and no tokens for them', async () => {
    await using server = await startServer()
    const before = await scrape(server)
    const chat = `${server.url}/v1/chat/completions`
    await call(chat, { body: CHAT, key: null })
    await call(chat, { body: { ...CHAT, model: 'my-secret-model' } })
    await call(chat, { body: { ...CHAT, temperature: 0.3 } })
    await call(`${server.url}/v1/nowhere/my-secret-path`)
    const changes = risen(before, await untilSettled(server))
    assert.deepEqual(changes, {
      'moonbase_requests_total{route="none",model="none",streamed="false",status="401",error="incorrect_api_key"}': 1,
      'moonbase_requests_total{route="/v1/chat/completions",model="none",streamed="false",status="404",error="model_not_found"}': 1,
      [`moonbase_requests_total{${ROUTE},streamed="false",status="400",error="fixed_value"}`]: 1,
      'moonbase_requests_total{route="none",model="none",streamed="false",status="404",error="route_not_found"}': 1,
    })
  })

  it('counts a stream that was cut under the status that it had, with the error inside it', async () => {
    const chunk = `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta: { content: 'one ' }, finish_reason: null }] })}\n\n`
    await using upstream = await openHostileUpstream(() => ({
      body: [chunk, chunk],
      fault: { kind: 'cut', after: chunk.length },
    }))
    await using server = await startServer({
      config: `
engines: { lone: { type: openai-compatible, url: "${upstream.url}/v1" } }
models: { kimi-k2.5: { engines: [lone], continuation: false } }
routing: { health_every_ms: 0 }
`,
    })
    const before = await scrape(server)
    const seen = await askStream(server, CHAT)
    assert.deepEqual([seen.done, seen.error?.type], [false, 'server_error'])
    const changes = risen(before, await untilSettled(server))
    assert.equal(changes[`moonbase_requests_total{${ROUTE},streamed="true",status="200",error="engine_cut"}`], 1)
    assert.equal(changes['moonbase_engine_attempts_total{engine="lone",replica="lone",outcome="cut"}'], 1)
    assert.ok((changes['moonbase_tokens_total{model="kimi-k2.5",engine="lone",type="completion"}'] ?? 0) > 0)
  })

  it('counts a client that leaves as that, and not as a failure of the engine', async () => {
    const chunk = `data: ${JSON.stringify({ model: 'm', choices: [{ index: 0, delta: { content: 'one ' }, finish_reason: null }] })}\n\n`
    await using upstream = await openHostileUpstream(() => ({
      body: [chunk, chunk],
      fault: { kind: 'stall', after: chunk.length },
    }))
    await using server = await startServer({ environment: { MOONBASE_UPSTREAM: `${upstream.url}/v1` } })
    const before = await scrape(server)
    const client = new AbortController()
    let open: number | undefined
    let running: number | undefined
    const watch = async (): Promise<void> => {
      const during = await scrape(server)
      open = during.get('moonbase_streams_open')
      running = [...during].find(([series]) => series.startsWith('moonbase_replica_running'))?.[1]
      client.abort()
    }
    const left = askStream(server, CHAT, {
      signal: client.signal,
      onChunk: () => {
        void watch()
      },
    })
    assert.equal((await left).broke, true)
    assert.deepEqual([open, running], [1, 1])
    const after = await untilSettled(server)
    const changes = risen(before, after)
    assert.equal(changes[`moonbase_requests_total{${ROUTE},streamed="true",status="200",error="client_closed"}`], 1)
    const attempts = Object.entries(changes).filter(([series]) => series.startsWith('moonbase_engine_attempts_total'))
    assert.deepEqual(
      attempts.map(([series, rise]) => [/outcome="([^"]*)"/.exec(series)?.[1], rise]),
      [['aborted', 1]],
    )
    assert.equal(after.get('moonbase_streams_open'), 0)
  })

  it('counts a seam by the engines on both sides and the reason', async () => {
    await using pair = await openPair({ fault: () => ({ after: 5, how: 'cut' }), paced: true })
    const before = await scrape(pair.server)
    const seen = await askStream(pair.server, CHAT)
    assert.deepEqual([seen.done, seen.comments.length], [true, 1])
    const changes = risen(before, await untilSettled(pair.server))
    assert.equal(changes['moonbase_seams_total{from="primary",to="fallback",reason="cut"}'], 1)
    assert.equal(changes['moonbase_engine_attempts_total{engine="primary",replica="primary",outcome="cut"}'], 1)
    assert.equal(changes['moonbase_engine_attempts_total{engine="fallback",replica="fallback",outcome="complete"}'], 1)
    assert.equal(changes['moonbase_retries_total{model="kimi-k2.5"}'], undefined)
    assert.equal(changes[`moonbase_requests_total{${ROUTE},streamed="true",status="200",error="none"}`], 1)
  })

  it('counts a retry where the first engine failed before it said anything', async () => {
    await using pair = await openPair({ fault: () => ({ status: 500 }) })
    const before = await scrape(pair.server)
    const seen = await askStream(pair.server, CHAT)
    assert.equal(seen.done, true)
    const changes = risen(before, await untilSettled(pair.server))
    assert.equal(changes['moonbase_retries_total{model="kimi-k2.5"}'], 1)
    assert.equal(changes['moonbase_engine_attempts_total{engine="primary",replica="primary",outcome="unavailable"}'], 1)
    assert.equal(
      Object.keys(changes).some((series) => series.startsWith('moonbase_seams')),
      false,
    )
  })

  it('shows a breaker that has opened', async () => {
    await using pair = await openPair({ fault: () => ({ status: 500 }) })
    const state = async (name: string): Promise<number | undefined> =>
      (await scrape(pair.server)).get(
        `moonbase_replica_breaker_state{engine="primary",replica="primary",state="${name}"}`,
      )
    assert.deepEqual([await state('closed'), await state('open')], [1, 0])
    for (let count = 0; count < 6; count += 1) await askStream(pair.server, CHAT)
    assert.deepEqual([await state('closed'), await state('open'), await state('half-open')], [0, 1, 0])
  })

  it('counts what leaked through an engine and was mended, by kind', async () => {
    const leak =
      '<|tool_calls_section_begin|><|tool_call_begin|>functions.get_time:0<|tool_call_argument_begin|>{}<|tool_call_end|><|tool_calls_section_end|>'
    const chunks = [{ content: leak }, { content: '' }].map((delta, index) => ({
      model: 'm',
      choices: [{ index: 0, delta, finish_reason: index === 0 ? null : 'stop' }],
    }))
    const body = [...chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`), 'data: [DONE]\n\n']
    await using upstream = await openHostileUpstream(() => ({ body }))
    await using server = await startServer({
      environment: { MOONBASE_UPSTREAM: `${upstream.url}/v1`, MOONBASE_UPSTREAM_FLAVOUR: 'vllm' },
    })
    const before = await scrape(server)
    const parameters = { type: 'object', properties: {} }
    const tools = [{ type: 'function', function: { name: 'get_time', description: 'The time', parameters } }]
    const seen = await askStream(server, { ...CHAT, tools })
    assert.equal(seen.calls[0]?.name, 'get_time')
    const changes = risen(before, await untilSettled(server))
    const repairs = Object.entries(changes).filter(([series]) => series.startsWith('moonbase_repairs_total'))
    assert.deepEqual(
      repairs.map(([series, rise]) => [/kind="([^"]*)"/.exec(series)?.[1], rise]),
      [['leaked-call', 1]],
    )
  })

  it('is for the admin key alone: no other key, no web page', async () => {
    await using server = await startServer()
    const url = `${server.url}/metrics`
    const refusals = [
      await call(url, { key: null }),
      await call(url, { key: server.key }),
      await call(url, { key: 'sk-nobody-has-this' }),
      await call(url, { key: null, headers: { authorization: 'Basic YTpi' } }),
    ]
    assert.deepEqual(
      refusals.map(({ status }) => status),
      [401, 401, 401, 401],
    )
    assert.ok(refusals.every(({ text }) => !text.includes('moonbase_')))
    const given = await call(url, { key: ADMIN_KEY, headers: { origin: 'https://page.example' } })
    assert.equal(given.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
    assert.equal(given.headers.get('access-control-allow-origin'), null)
    const models = await call(`${server.url}/v1/models`, { key: ADMIN_KEY })
    assert.equal(models.status, 401)
  })

  it('asks for no key where the configuration opens it', async () => {
    await using server = await startServer({ config: 'metrics: { open: true }\n' })
    const page = await call(`${server.url}/metrics`, { key: null })
    assert.equal(page.status, 200)
    const series = seriesOf(page.text)
    for (const name of [
      'process_resident_memory_bytes',
      'nodejs_eventloop_lag_p99_seconds',
      'process_start_time_seconds',
    ]) {
      assert.ok((series.get(name) ?? 0) >= 0 && series.has(name), name)
    }
    assert.equal(
      [...series].filter(([name, value]) => name.startsWith('moonbase_build_info{') && value === 1).length,
      1,
    )
  })

  it('holds nothing that a client sent, no key and no organisation, however much of it comes', async () => {
    await using server = await startServer({
      config: `
listen: { trusted_proxies: [127.0.0.1, '::1'] }
keys: [{ name: named-by-operator, key: sk-key-in-the-file, organisation: acme-organisation, project: acme-project }]
`,
    })
    // Node's own series come as they like, such as one for a kind of garbage collection.
    const seriesIn = (page: string): number => page.split('\n').filter((line) => line.startsWith('moonbase_')).length
    const page = async (): Promise<string> => (await call(`${server.url}/metrics`, { key: ADMIN_KEY })).text
    const round = async (count: number): Promise<void> => {
      const mark = `SECRET-${count}`
      const chat = `${server.url}/v1/chat/completions`
      await call(`${server.url}/v1/models/${mark}`)
      await call(`${server.url}/${mark}?${mark}`)
      // Each from an address of its own: refusals of one that goes on guessing come later and later.
      const headers = { 'x-forwarded-for': `10.77.0.${count}` }
      await call(chat, { key: `sk-${mark}-unknown`, body: CHAT, headers })
      await call(chat, { method: 'DELETE', headers: { 'x-secret': mark } })
      await call(chat, { body: { ...CHAT, model: mark } })
      await call(chat, { body: { ...CHAT, messages: [{ role: 'user', content: mark }], user: mark } })
      await call(chat, { body: { ...CHAT, messages: [{ role: 'user', content: mark }], [mark]: mark } })
      await call(chat, { body: `{"${mark}` })
      await askStream(server, { ...CHAT, messages: [{ role: 'user', content: mark }] })
    }
    // The first reading is counted in the second.
    await page()
    await round(0)
    const first = seriesIn(await page())
    for (let count = 1; count < 20; count += 1) await round(count)
    const last = await page()
    assert.equal(seriesIn(last), first)
    for (const secret of [
      'SECRET',
      'sk-',
      'acme',
      'named-by-operator',
      'org-',
      'proj-',
      'ak-',
      'Say something',
      '10.77.',
    ]) {
      assert.ok(!last.includes(secret), secret)
    }
  })
})
