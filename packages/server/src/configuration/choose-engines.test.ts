import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, mistakes } from './testing/in-memory-load.ts'

const timeouts = { connectMs: 10_000, firstByteMs: 300_000, silenceMs: 120_000 }

test('MOONBASE_UPSTREAM chooses an openai-compatible engine that serves kimi-k2.5', async () => {
  const plain = await load({ environment: { MOONBASE_UPSTREAM: 'http://a/v1', MOONSHOT_API_KEY: 'sk-m' } })
  assert.deepEqual(plain.engines, {
    upstream: { type: 'openai-compatible', urls: ['http://a/v1'], balance: 'load', flavour: 'generic', timeouts },
  })
  assert.deepEqual(plain.models, { 'kimi-k2.5': { engines: ['upstream'], continuation: true } })
  const { engines } = await load({
    environment: {
      MOONBASE_UPSTREAM: 'http://a/v1',
      MOONBASE_UPSTREAM_KEY: 'k',
      MOONBASE_UPSTREAM_FLAVOUR: 'vllm',
      MOONBASE_UPSTREAM_MODEL: 'm',
    },
  })
  assert.deepEqual(engines['upstream'], {
    type: 'openai-compatible',
    urls: ['http://a/v1'],
    balance: 'load',
    flavour: 'vllm',
    key: 'k',
    model: 'm',
    timeouts,
  })
})

test('MOONSHOT_API_KEY chooses the hosted platform, where kimi-k2.6 stands in for kimi-k2.5', async () => {
  const { engines, models, notes } = await load({ environment: { MOONSHOT_API_KEY: 'sk-m' } })
  assert.deepEqual(engines, {
    moonshot: {
      type: 'openai-compatible',
      urls: ['https://api.moonshot.ai/v1'],
      balance: 'load',
      flavour: 'moonshot',
      key: 'sk-m',
      timeouts,
    },
  })
  assert.deepEqual(models['kimi-k2.5'], { engines: ['moonshot'], continuation: true, standIn: 'kimi-k2.6' })
  assert.deepEqual(models['kimi-k2.6'], { engines: ['moonshot'], continuation: true })
  assert.equal(models['kimi-k2-thinking'], undefined)
  assert.match(notes.join(), /MOONSHOT_API_KEY is set: requests go to the hosted platform/)
})

test('MOONBASE_MODEL chooses the gguf engine, which serves kimi-k2.5', async () => {
  const { engines, models, notes } = await load({ environment: { MOONBASE_MODEL: 'm.gguf', MOONSHOT_API_KEY: 'sk-m' } })
  const defaults = { context: 32_768, sequences: 2, queue: 32, gpu: 'auto', template: 'kimi', memory: 'checked' }
  assert.deepEqual(engines, { local: { type: 'gguf', path: '/srv/m.gguf', ...defaults } })
  assert.deepEqual(models, { 'kimi-k2.5': { engines: ['local'], continuation: true } })
  assert.match(notes.join(), /MOONSHOT_API_KEY is not used/)
  const files = 'engines: { g: { type: gguf, path: x/y.gguf, context: 4096, gpu: off, template: own } }'
  const named = await load({ files })
  assert.deepEqual(named.engines, {
    g: {
      type: 'gguf',
      path: '/srv/x/y.gguf',
      context: 4096,
      sequences: 2,
      queue: 32,
      gpu: 'off',
      template: 'own',
      memory: 'checked',
    },
  })
})

test('MOONBASE_MODEL beside another choice of an engine is a mistake', async () => {
  for (const environment of [{ MOONBASE_UPSTREAM: 'http://a/v1' }, { MOONBASE_SCENARIOS: 'a.yaml' }]) {
    const lines = await mistakes({ environment: { MOONBASE_MODEL: 'm.gguf', ...environment } })
    assert.equal(lines.length, 1)
    assert.match(lines[0] ?? '', /MOONBASE_MODEL/)
  }
  const files = 'engines: { o: { type: offline } }'
  assert.match((await mistakes({ files, environment: { MOONBASE_MODEL: 'm.gguf' } })).join(), /chooses an engine/)
})

test('MOONBASE_SCENARIOS chooses the offline engine, also beside MOONSHOT_API_KEY, and says so', async () => {
  const { engines, notes } = await load({ environment: { MOONBASE_SCENARIOS: 'a.yaml', MOONSHOT_API_KEY: 'sk-m' } })
  assert.deepEqual(engines, { offline: { type: 'offline', scenarios: ['/srv/a.yaml'] } })
  assert.match(notes.join(), /MOONSHOT_API_KEY is not used/)
})

test('a key of Cloudflare or of Oxen chooses that host, and Moonshot comes first', async () => {
  const cloudflare = { CLOUDFLARE_API_TOKEN: 'x', CLOUDFLARE_ACCOUNT_ID: 'y' }
  const one = await load({ environment: { ...cloudflare, OXEN_API_KEY: 'z' } })
  assert.deepEqual(one.engines, {
    cloudflare: {
      type: 'openai-compatible',
      urls: ['https://api.cloudflare.com/client/v4/accounts/y/ai/v1'],
      balance: 'load',
      flavour: 'cloudflare',
      key: 'x',
      timeouts,
    },
  })
  assert.deepEqual(one.models, { 'kimi-k2.5': { engines: ['cloudflare'], continuation: true } })
  assert.equal(one.notes.length, 2)
  assert.match(one.notes.join(), /CLOUDFLARE_API_TOKEN comes before OXEN_API_KEY, which is not used/)
  const other = await load({ environment: { OXEN_API_KEY: 'z' } })
  const { urls, flavour } = Object(other.engines['oxen'])
  assert.deepEqual({ urls, flavour }, { urls: ['https://hub.oxen.ai/api/ai'], flavour: 'oxen' })
  const all = await load({ environment: { ...cloudflare, OXEN_API_KEY: 'z', MOONSHOT_API_KEY: 'm' } })
  assert.deepEqual(Object.keys(all.engines), ['moonshot'])
})

test('half of what Cloudflare needs chooses nothing, and that is said', async () => {
  const { engines, notes } = await load({ environment: { CLOUDFLARE_API_TOKEN: 'x' } })
  assert.deepEqual(engines, { offline: { type: 'offline' } })
  assert.deepEqual(notes, ['CLOUDFLARE_API_TOKEN is set without CLOUDFLARE_ACCOUNT_ID, and chooses nothing'])
})

test('the engines of a file stand, whatever key is in the environment', async () => {
  const { engines, notes } = await load({
    files: 'engines: { mine: { type: offline } }',
    environment: {
      MOONSHOT_API_KEY: 'sk-m',
      OXEN_API_KEY: 'x',
      MOONBASE_UPSTREAM_KEY: 'read by another file'.replaceAll(' ', '-'),
    },
  })
  assert.deepEqual(engines, { mine: { type: 'offline' } })
  assert.deepEqual(notes, [])
})

test('two choices of an engine are a mistake, unless one is made of the other', async () => {
  const environment = { MOONBASE_UPSTREAM: 'http://a/v1' }
  const [line] = await mistakes({ files: 'engines: { mine: { type: offline } }', environment })
  assert.match(line ?? '', /^MOONBASE_UPSTREAM: chooses an engine, and so does "engines" in the file/)
  const { engines } = await load({
    files: 'engines: { mine: { type: openai-compatible, url: ${MOONBASE_UPSTREAM} } }',
    environment,
  })
  assert.deepEqual(Object.keys(engines), ['mine'])
})

test('scenarios without an offline engine, and details without an upstream, are mistakes', async () => {
  const both = { MOONBASE_UPSTREAM: 'http://a/v1', MOONBASE_SCENARIOS: 'a.yaml' }
  assert.match((await mistakes({ environment: both })).join(), /^MOONBASE_SCENARIOS: is for the offline engine/)
  const files = 'engines: { mine: { type: openai-compatible, url: http://a/v1 } }'
  const environment = { MOONBASE_SCENARIOS: 'a.yaml' }
  assert.match((await mistakes({ files, environment })).join(), /^MOONBASE_SCENARIOS: .* the file has none/)
  assert.match(
    (await mistakes({ environment: { MOONBASE_UPSTREAM_MODEL: 'm' } })).join(),
    /^MOONBASE_UPSTREAM_MODEL: is set, but MOONBASE_UPSTREAM/,
  )
})

test('models of a file may use the engine that the environment chooses', async () => {
  const files = 'models: { kimi-k2.5: { engines: [upstream] } }'
  const { models } = await load({ files, environment: { MOONBASE_UPSTREAM: 'http://a/v1' } })
  assert.deepEqual(models, { 'kimi-k2.5': { engines: ['upstream'], continuation: true } })
  assert.deepEqual(await mistakes({ files }), [
    'moonbase.yaml:1:34 models.kimi-k2.5.engines[0]: there is no engine "upstream"; there is offline',
  ])
})

test('a single engine serves what it has; several must be told apart', async () => {
  const one = await load({
    files: 'engines: { a: { type: openai-compatible, url: http://a/v1, models: { kimi-k2.6: x, kimi-k3: y } } }',
  })
  assert.deepEqual(Object.keys(one.models), ['kimi-k2.6', 'kimi-k3'])
  const hosted = await load({
    files: 'engines: { a: { type: openai-compatible, flavour: moonshot, url: https://api.moonshot.cn/v1 } }',
  })
  assert.deepEqual(hosted.models['kimi-k2.5'], { engines: ['a'], continuation: true, standIn: 'kimi-k2.6' })
  assert.deepEqual(await mistakes({ files: 'engines: { a: { type: offline }, b: { type: offline } }' }), [
    'moonbase.yaml:1:1 engines: with more than one engine the field "models" must say which serves what',
  ])
})

test('what is allowed but seldom meant is said', async () => {
  const { notes } = await load({
    files: `
engines:
  bare: { type: openai-compatible, url: http://10.0.0.5:8000 }
  idle: { type: offline }
  hosted: { type: openai-compatible, flavour: moonshot, url: https://api.moonshot.ai/v1 }
models:
  kimi-k2.5: { engines: [hosted] }
  kimi-k2.6: { engines: [hosted] }
  kimi-k3: { engines: [bare] }
`,
  })
  assert.deepEqual(notes, [
    'the address of the engine bare has no path; most servers of its kind answer below /v1',
    'no model uses the engine idle',
    'kimi-k2.5 is off at the hosted platform since 2026-08-31; name a stand_in such as kimi-k2.6',
  ])
})

test('MOONBASE_CASSETTES chooses the replay engine, and nothing may choose another beside it', async () => {
  const environment = { MOONBASE_CASSETTES: 'a.jsonl, b.jsonl', MOONSHOT_API_KEY: 'sk-m' }
  const { engines, notes } = await load({ environment })
  assert.deepEqual(engines, { replay: { type: 'replay', cassettes: ['/srv/a.jsonl', '/srv/b.jsonl'], match: 'exact' } })
  assert.match(notes.join(), /MOONSHOT_API_KEY is not used/)
  for (const other of [
    { MOONBASE_UPSTREAM: 'http://a/v1' },
    { MOONBASE_SCENARIOS: 'a.yaml' },
    { MOONBASE_MODEL: 'm.gguf' },
  ]) {
    const [name] = Object.keys(other)
    assert.deepEqual(await mistakes({ environment: { MOONBASE_CASSETTES: 'a.jsonl', ...other } }), [
      `MOONBASE_CASSETTES: is for the replay engine, and ${name} chooses another; take one away`,
    ])
  }
  const files = 'engines: { o: { type: offline } }'
  assert.match((await mistakes({ files, environment })).join(), /^MOONBASE_CASSETTES: chooses an engine/)
  assert.deepEqual(await mistakes({ environment: { MOONBASE_CASSETTES: ' , ' } }), [
    'MOONBASE_CASSETTES: must name a file',
  ])
  const named = await load({
    files: 'engines: { tape: { type: replay, cassettes: [x/y.jsonl], speed: 0.5, match: messages } }',
  })
  assert.deepEqual(named.engines, {
    tape: { type: 'replay', cassettes: ['/srv/x/y.jsonl'], speed: 0.5, match: 'messages' },
  })
})
