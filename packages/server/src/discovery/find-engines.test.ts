import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { eventually, once } from '../../../../test/support/eventually.ts'
import { type HostileReply, openHostileUpstream } from '../../../../test/support/hostile-upstream.ts'
import type { FoundEngine } from '../configuration/index.ts'
import { USUAL_PLACES } from './engine-places.ts'
import { findEngines } from './find-engines.ts'
import { lookOnce } from './look-once.ts'

/** Long enough for every test on a loaded machine: none of them waits for it. */
const NEVER = new AbortController().signal

const json = (value: unknown, more: Partial<HostileReply> = {}): HostileReply => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
  framing: 'length',
  ...more,
})
const models = (owner: string | undefined, ...ids: readonly string[]): unknown => ({
  object: 'list',
  data: ids.map((id) => (owner === undefined ? { id, object: 'model' } : { id, object: 'model', owned_by: owner })),
})

/** A host that answers these paths, and 404 to all others. */
async function host(answers: Readonly<Record<string, HostileReply>>) {
  const upstream = await openHostileUpstream(({ path }) => answers[path] ?? { status: 404, body: 'no' })
  return Object.assign(upstream, { place: { name: 'somebody', origin: upstream.url } })
}

async function found(answers: Readonly<Record<string, HostileReply>>, until = NEVER): Promise<FoundEngine | undefined> {
  await using one = await host(answers)
  const search = await findEngines([one.place], until)
  const [engine] = search.found
  if (engine !== undefined) assert.equal(engine.url, `${one.url}/v1`)
  assert.deepEqual(search.places, [`${new URL(one.url).host} (somebody)`])
  return engine
}

const kindOf = (engine: FoundEngine | undefined): readonly unknown[] => [engine?.name, engine?.flavour, engine?.models]

test('an engine is known by the owner that it gives its models', async () => {
  const known = [
    ['vllm', 'vLLM', 'vllm'],
    ['llamacpp', 'llama-server', 'llama-server'],
    ['organization_owner', 'LM Studio', 'generic'],
    ['library', 'Ollama', 'generic'],
  ] as const
  for (const [owner, name, flavour] of known) {
    const engine = await found({ '/v1/models': json(models(owner, 'a', 'b')) })
    assert.deepEqual(kindOf(engine), [name, flavour, ['a', 'b']], owner)
  }
})

test('SGLang without a parser of thoughts has the flavour that expects none, whoever started it', async () => {
  const list = { '/v1/models': json(models('sglang', 'Kimi-K2.5')) }
  const information = (more: object): HostileReply => json({ tool_call_parser: null, ...more })
  const parsed = information({ reasoning_parser: 'kimi_k2' })
  assert.deepEqual(kindOf(await found(list)), ['SGLang', 'sglang', ['Kimi-K2.5']])
  assert.deepEqual(kindOf(await found({ ...list, '/get_server_info': parsed })).slice(0, 2), ['SGLang', 'sglang'])
  const plain = information({ reasoning_parser: null })
  assert.deepEqual(kindOf(await found({ ...list, '/server_info': plain })).slice(0, 2), ['SGLang', 'ktransformers'])
  const kt = information({ reasoning_parser: null, kt_weight_path: '/w' })
  assert.deepEqual(kindOf(await found({ ...list, '/get_server_info': kt })).slice(0, 2), [
    'KTransformers',
    'ktransformers',
  ])
})

test("KTransformers' own server names no owner, an Ollama with models of somebody's says its version", async () => {
  const list = { object: 'list', data: [{ id: 'Kimi-K2.5', name: 'Kimi-K2.5' }] }
  assert.deepEqual(kindOf(await found({ '/v1/models': json(list) })).slice(0, 2), ['KTransformers', 'ktransformers'])
  const mine = { '/v1/models': json(models('me', 'm')) }
  assert.deepEqual(kindOf(await found({ ...mine, '/api/version': json({ version: '0.6.2' }) })).slice(0, 2), [
    'Ollama',
    'generic',
  ])
  assert.deepEqual(kindOf(await found(mine)).slice(0, 2), ['a server of chat completions', 'generic'])
})

test('a vLLM that wants a key is known by its version; nobody is sent one', async () => {
  const closed = { status: 401, ...json({ error: 'Unauthorized' }) }
  await using one = await host({ '/v1/models': { ...closed, status: 401 }, '/version': json({ version: '0.12.0' }) })
  const { found: engines } = await findEngines([one.place], NEVER)
  assert.deepEqual(kindOf(engines[0]), ['vLLM', 'vllm', []])
  assert.equal(one.requests.length, 2)
  assert.ok(one.requests.every(({ headers }) => headers['authorization'] === undefined))
  assert.equal(await found({ '/v1/models': { ...closed, status: 401 } }), undefined)
})

test('what is no list of models is no engine', async () => {
  const bodies = ['', 'null', '{}', '[]', '{"data":null}', '{"data":[]}', '{"data":[{"id":7}]}', '<html>', '\xff\xfe{']
  for (const body of [...bodies, '{"data":[{"id":"\\u001b[2J"}]}', '['.repeat(100_000)]) {
    assert.equal(await found({ '/v1/models': { body, framing: 'length' } }), undefined, body.slice(0, 40))
  }
  assert.equal(await found({ '/v1/models': json(models('vllm', 'a'), { status: 500 }) }), undefined)
})

test('ids that nobody could show or send are left out, and of very many only some are kept', async () => {
  const ids = ['a\nb', '', 'x'.repeat(257), 'ok', '\u2028']
  assert.deepEqual((await found({ '/v1/models': json(models('vllm', ...ids)) }))?.models, ['ok'])
  const many = Array.from({ length: 1500 }, (_, index) => `m${index}`)
  assert.equal((await found({ '/v1/models': json(models('vllm', ...many)) }))?.models.length, 1000)
})

test('a redirect is not followed', async () => {
  await using other = await host({ '/v1/models': json(models('vllm', 'a')) })
  const away = { status: 302, headers: { location: `${other.url}/v1/models` }, body: '' }
  assert.equal(await found({ '/v1/models': away }), undefined)
  assert.equal(other.requests.length, 0)
})

test('megabytes are not read to their end', async () => {
  const megabyte = `100000\r\n${' '.repeat(1_048_576)}\r\n`
  let written = 0
  const closed = Promise.withResolvers<void>()
  const flood = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.resume()
    socket.once('close', closed.resolve)
    const write = (failure?: Error | null): void => {
      if (failure) return
      if (written === 64) return void socket.end('0\r\n\r\n')
      written += 1
      socket.write(megabyte, write)
    }
    socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', write)
  }).listen(0, '127.0.0.1')
  await once(flood, 'listening')
  const address = flood.address()
  assert.ok(typeof address === 'object' && address !== null)
  const origin = `http://127.0.0.1:${address.port}`
  const { found: engines } = await findEngines([{ name: 'x', origin }], NEVER)
  await closed.promise
  flood.close()
  assert.deepEqual(engines, [])
  assert.ok(written < 64, `${written} MB were taken`)
})

test('a broken reply is none', async () => {
  for (const fault of [
    { kind: 'cut', after: 5 },
    { kind: 'reset', after: 5 },
    { kind: 'malformed', after: 5 },
    { kind: 'head', how: 'close' },
    { kind: 'head', how: 'reset' },
    { kind: 'head', how: 'malformed' },
  ] as const) {
    assert.equal(await found({ '/v1/models': { body: JSON.stringify(models('vllm', 'a')), fault } }), undefined)
  }
})

test('a host that says nothing, or stops in the middle, holds up nobody: what others said by the end counts', async () => {
  const limit = new AbortController()
  await using quick = await host({ '/v1/models': json(models('vllm', 'a')) })
  await using silent = await host({ '/v1/models': { fault: { kind: 'head', how: 'stall' } } })
  await using slow = await host({ '/v1/models': { body: '{"data":[]}', fault: { kind: 'stall', after: 3 } } })
  const places = [silent.place, slow.place, quick.place]
  const looking = findEngines(places, limit.signal)
  // The quick one is done when its connection has been closed, the others when they have been asked.
  await eventually(
    () => [quick.requests[0]?.gone, silent.requests.length + slow.requests.length] as const,
    ([gone, asked]) => gone === true && asked >= 2,
  )
  limit.abort()
  const { found: engines } = await looking
  assert.deepEqual(
    engines.map(({ url }) => url),
    [`${quick.url}/v1`],
  )
  await Promise.all([silent.requests[0]?.closed, slow.requests[0]?.closed])
})

test('the time of the look ends it where nobody else does', async () => {
  await using silent = await host({ '/v1/models': { fault: { kind: 'head', how: 'stall' } } })
  assert.deepEqual((await findEngines([silent.place])).found, [])
  await silent.requests[0]?.closed
})

test('where nothing listens, nothing is found', async () => {
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const address = gone.address()
  assert.ok(typeof address === 'object' && address !== null)
  gone.close()
  await once(gone, 'close')
  const search = await findEngines([{ name: 'vLLM', origin: `http://127.0.0.1:${address.port}` }], NEVER)
  assert.deepEqual(search, { found: [], places: [`127.0.0.1:${address.port} (vLLM)`] })
})

test('the usual places are on this machine', () => {
  assert.ok(USUAL_PLACES.every(({ origin }) => /^http:\/\/127\.0\.0\.1:\d+$/.test(origin)))
  assert.deepEqual(
    USUAL_PLACES.map(({ origin }) => Number(new URL(origin).port)),
    [8000, 30000, 10002, 8080, 9931, 11434, 1234],
  )
})

test('a start looks once, and unless it was given places only when it was told to', async () => {
  await using one = await host({ '/v1/models': json(models('vllm', 'a')) })
  const look = lookOnce([one.place])
  const first = await look('told')
  assert.equal(first?.found.length, 1)
  assert.equal(await look('untold'), first)
  assert.equal(one.requests.length, 1)
  assert.equal(await lookOnce(undefined)('untold'), undefined)
})
