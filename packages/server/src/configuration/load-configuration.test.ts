import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DEFAULT_POLICY } from '@moonbase/core/routing'
import { LENIENT_SWITCHES, MODELS } from '@moonbase/protocol'
import { loadConfiguration } from './load-configuration.ts'
import { load, mistakes, reader } from './testing/in-memory-load.ts'

test('with nothing at all, everything has its default', async () => {
  const { models, ...configuration } = await load({})
  assert.deepEqual(configuration, {
    file: undefined,
    listen: { host: '127.0.0.1', port: 2500, trustedProxies: [] },
    store: { kind: 'sqlite', path: '/srv/data/moonbase.db' },
    storeLeaseMs: 15_000,
    files: { kind: 'file', path: '/srv/data/files' },
    dataFolder: '/srv/data',
    tokenizer: undefined,
    engines: { offline: { type: 'offline' } },
    enginesByDefault: true,
    routing: { policy: DEFAULT_POLICY, healthEveryMs: 10_000, given: false },
    keys: [],
    apiKey: undefined,
    adminKey: undefined,
    lenient: [],
    allowLenientHeader: true,
    outgoing: { imageUrls: true, mayAsk: [] },
    log: { level: 'info', format: 'json' },
    limits: {
      bodyBytes: 104_857_600,
      bodyTimeoutMs: 120_000,
      shutdownMs: 30_000,
      store: { kind: 'memory' },
      fail: 'open',
      leaseMs: 30_000,
      shares: {
        bodiesBytes: undefined,
        bodyBytesPerSecond: 1024,
        bodyValues: 100_000,
        bodiesWaiting: 256,
        promptsWaiting: 1024,
        videosWaiting: 64,
        estimatesPerMinute: 600,
        connections: undefined,
        idleConnections: 256,
      },
      overload: { heap: 0.9, delayMs: 500 },
      reasoning: { keepMs: 3_600_000, entries: 10_000, bytes: 67_108_864 },
    },
    allowDevelopmentKeys: false,
    cors: { origins: '*' },
    metrics: { open: false },
    web: true,
    responses: { keepDays: 30 },
    notes: [],
  })
  assert.deepEqual(
    Object.keys(models),
    MODELS.map((model) => model.id),
  )
})

test('a file can set everything', async () => {
  const configuration = await load({
    files: `
listen: { host: "[::1]", port: 8080, trusted_proxies: [10.0.0.0/8] }
store: memory
store_lease_ms: 12000
files: "s3://kept/below"
data: ./kept
tokenizer: t.model
engines:
  slow: { type: offline, scenarios: [a.yaml, ../b.yaml, /c.yaml], tokens_per_second: 0.5 }
  cluster:
    type: openai-compatible
    flavour: vllm
    url: http://10.0.0.5:8000/v1/
    key: upstream-key
    model: everything
    models: { kimi-k2.5: moonshotai/Kimi-K2.5 }
    max_output: 16384
    connections: 64
    timeouts: { connect_ms: 1, first_byte_ms: 2, silence_ms: 3 }
models:
  kimi-k2.5: { engines: [cluster], stand_in: kimi-k2.6 }
  kimi-k3: { engines: [slow], continuation: false }
routing:
  attempts: 2
  hedge_after_ms: 500
  first_token_ms: 10
  silence_ms: 20
  thinking_silence_ms: 30
  breaker: { failures: 1 }
  health_every_ms: 0
keys:
  - { name: a, key: sk-first-key }
  - { name: b.c-d, key: "sk-second=key", organisation: acme, project: p, lenient: [relax-schema] }
lenient: [${Object.keys(LENIENT_SWITCHES).join(', ')}]
log: { level: debug, format: text }
limits:
  body_bytes: 2048
  body_timeout_ms: 1000
  shutdown_ms: 0
  store: "redis://a"
  fail: closed
  lease_ms: 600000
  shares:
    bodies_bytes: 2731
    body_bytes_per_second: 0
    body_values: 1000
    bodies_waiting: 1
    prompts_waiting: 2
    videos_waiting: 3
    estimates_per_minute: 0
    connections: 4
    idle_connections: 5
  overload: { heap: 1, delay_ms: 0 }
  reasoning: { keep_ms: 0, entries: 100, bytes: 1048576 }
allow_development_keys: true
allow_lenient_header: false
outgoing: { image_urls: false, may_ask: ["10.0.0.5:8080", "[fd00::5]:8080"] }
cors: { origins: [https://app.example.com] }
web: off
metrics: { open: true }
responses: { keep_days: 7 }
`,
  })
  assert.deepEqual(configuration, {
    file: { path: 'moonbase.yaml', found: true },
    listen: { host: '::1', port: 8080, trustedProxies: ['10.0.0.0/8'] },
    store: { kind: 'memory' },
    storeLeaseMs: 12_000,
    files: { kind: 's3', bucket: 'kept', prefix: 'below/' },
    dataFolder: '/srv/kept',
    tokenizer: '/srv/t.model',
    engines: {
      slow: { type: 'offline', scenarios: ['/srv/a.yaml', '/b.yaml', '/c.yaml'], tokensPerSecond: 0.5 },
      cluster: {
        type: 'openai-compatible',
        flavour: 'vllm',
        urls: ['http://10.0.0.5:8000/v1'],
        balance: 'load',
        key: 'upstream-key',
        model: 'everything',
        models: { 'kimi-k2.5': 'moonshotai/Kimi-K2.5' },
        maxOutput: 16384,
        connections: 64,
        timeouts: { connectMs: 1, firstByteMs: 2, silenceMs: 3 },
      },
    },
    enginesByDefault: false,
    models: {
      'kimi-k2.5': { engines: ['cluster'], continuation: true, standIn: 'kimi-k2.6' },
      'kimi-k3': { engines: ['slow'], continuation: false },
    },
    routing: {
      policy: {
        ...DEFAULT_POLICY,
        attempts: 2,
        hedgeAfterMs: 500,
        watchdog: {
          firstTokenMs: 10,
          thinkingFirstTokenMs: 10,
          wholeMs: 900_000,
          silenceMs: 20,
          thinkingSilenceMs: 30,
        },
        breaker: { ...DEFAULT_POLICY.breaker, failures: 1 },
      },
      healthEveryMs: 0,
      given: true,
    },
    keys: [
      { name: 'a', key: 'sk-first-key' },
      { name: 'b.c-d', key: 'sk-second=key', organisation: 'acme', project: 'p', lenient: ['relax-schema'] },
    ],
    apiKey: undefined,
    adminKey: undefined,
    lenient: Object.keys(LENIENT_SWITCHES),
    allowLenientHeader: false,
    outgoing: { imageUrls: false, mayAsk: ['10.0.0.5:8080', '[fd00::5]:8080'] },
    log: { level: 'debug', format: 'text' },
    limits: {
      bodyBytes: 2048,
      bodyTimeoutMs: 1000,
      shutdownMs: 0,
      store: { kind: 'redis', url: 'redis://a' },
      fail: 'closed',
      leaseMs: 600_000,
      shares: {
        bodiesBytes: 2731,
        bodyBytesPerSecond: 0,
        bodyValues: 1000,
        bodiesWaiting: 1,
        promptsWaiting: 2,
        videosWaiting: 3,
        estimatesPerMinute: 0,
        connections: 4,
        idleConnections: 5,
      },
      overload: { heap: 1, delayMs: 0 },
      reasoning: { keepMs: 0, entries: 100, bytes: 1_048_576 },
    },
    allowDevelopmentKeys: true,
    cors: { origins: ['https://app.example.com'] },
    metrics: { open: true },
    web: false,
    responses: { keepDays: 7 },
    notes: [],
  })
})

test('the command line comes before the environment, the environment before the file, setting by setting', async () => {
  const files =
    'listen: { host: 10.0.0.1, port: 1 }\ndata: d\nlog: { level: error }\nlenient: [relax-schema]\nlimits: { shutdown_ms: 1 }'
  const environment = {
    MOONBASE_HOST: '10.0.0.2',
    MOONBASE_PORT: '2',
    MOONBASE_DATA: 'e',
    MOONBASE_LOG_LEVEL: 'warn',
    MOONBASE_LENIENT: 'ignore-unknown-fields',
    MOONBASE_SHUTDOWN_TIMEOUT: '2ms',
  }
  const fromFile = await load({ files })
  assert.deepEqual(
    [fromFile.listen, fromFile.dataFolder, fromFile.log.level],
    [{ host: '10.0.0.1', port: 1, trustedProxies: [] }, '/srv/d', 'error'],
  )
  const both = await load({ files, environment })
  assert.deepEqual(
    [both.listen, both.dataFolder, both.log.level],
    [{ host: '10.0.0.2', port: 2, trustedProxies: [] }, '/srv/e', 'warn'],
  )
  assert.deepEqual([both.lenient, both.limits.shutdownMs], [['ignore-unknown-fields'], 2])
  const all = await load({ files, environment, arguments: { host: '10.0.0.3', port: 0, logLevel: 'fatal' } })
  assert.deepEqual(
    [all.listen, all.dataFolder, all.log.level],
    [{ host: '10.0.0.3', port: 0, trustedProxies: [] }, '/srv/e', 'fatal'],
  )
})

test('what the environment denies, the command line may still allow', async () => {
  const environment = { MOONBASE_ALLOW_DEVELOPMENT_KEYS: '0' }
  assert.equal((await load({ files: 'allow_development_keys: true', environment })).allowDevelopmentKeys, false)
  assert.equal((await load({ environment, arguments: { allowDevelopmentKeys: true } })).allowDevelopmentKeys, true)
  const [forbidden, allowed] = [{ MOONBASE_ALLOW_LENIENT_HEADER: 'no' }, { MOONBASE_ALLOW_LENIENT_HEADER: '1' }]
  assert.equal((await load({ environment: forbidden })).allowLenientHeader, false)
  const inFile = { files: 'allow_lenient_header: false', environment: allowed }
  assert.equal((await load(inFile)).allowLenientHeader, true)
})

test('paths of a file go from its folder, all others from the working folder', async () => {
  const files = {
    '/etc/moonbase/m.yaml': 'data: d\ntokenizer: t.model\nengines: { o: { type: offline, scenarios: [s.yaml] } }',
  }
  const named = await load({ files, arguments: { config: '../etc/moonbase/m.yaml' } })
  assert.deepEqual(named.file, { path: '../etc/moonbase/m.yaml', found: false })
  assert.equal(named.dataFolder, '/etc/moonbase/d')
  assert.equal(named.tokenizer, '/etc/moonbase/t.model')
  assert.deepEqual(named.engines, { o: { type: 'offline', scenarios: ['/etc/moonbase/s.yaml'] } })
  const environment = {
    MOONBASE_CONFIG: '/etc/moonbase/m.yaml',
    MOONBASE_SCENARIOS: 's.yaml',
    MOONBASE_DATA: 'd',
    MOONBASE_TOKENIZER: 't.model',
  }
  const both = await load({ files, environment })
  assert.equal(both.dataFolder, '/srv/d')
  assert.equal(both.tokenizer, '/srv/t.model')
  assert.deepEqual(both.engines, { o: { type: 'offline', scenarios: ['/srv/s.yaml'] } })
})

test('a file that was named must be there; one that nobody named need not', async () => {
  assert.deepEqual(await mistakes({ arguments: { config: 'no.yaml' } }), [
    'no.yaml: the configuration file does not exist',
  ])
  assert.deepEqual(await mistakes({ environment: { MOONBASE_CONFIG: '/no.yaml' } }), [
    '/no.yaml: the configuration file does not exist',
  ])
  assert.deepEqual(await mistakes({ arguments: { config: 'no.yaml', host: '*' } }), [
    '--host: must be an address; 0.0.0.0 and :: are all of this machine (got "*")',
    'no.yaml: the configuration file does not exist',
  ])
  assert.equal((await load({})).file, undefined)
})

test('${…} without quotes is a number where one is wanted, and text where text is', async () => {
  const { listen, engines, allowDevelopmentKeys } = await load({
    files: `listen: { port: \${PORT} }
allow_development_keys: \${ALLOW:-true}
engines: { e: { type: openai-compatible, url: "http://\${HOST}/v1", key: \${KEY}, timeouts: { connect_ms: \${MS} } } }`,
    environment: { PORT: '8080', HOST: '10.0.0.5:80', KEY: '12345678', MS: '5' },
  })
  assert.equal(listen.port, 8080)
  assert.equal(allowDevelopmentKeys, true)
  assert.deepEqual(engines['e'], {
    type: 'openai-compatible',
    flavour: 'generic',
    urls: ['http://10.0.0.5/v1'],
    balance: 'load',
    key: '12345678',
    timeouts: { connectMs: 5, firstByteMs: 300_000, silenceMs: 120_000 },
  })
})

test('a variable that is no number where one is wanted is a mistake that does not show what it holds', async () => {
  const files = 'listen: { port: ${PORT} }\nlog: { level: ${LEVEL} }\nlimits: { shutdown_ms: "${MS}" }'
  assert.deepEqual(await mistakes({ files, environment: { PORT: 'secret', LEVEL: 'secret', MS: '5' } }), [
    'moonbase.yaml:1:17 listen.port: must be a whole number (got "${PORT}", filled in from the environment)',
    'moonbase.yaml:2:15 log.level: must be one of trace, debug, info, warn, error, fatal, silent (got "${LEVEL}", filled in from the environment)',
    'moonbase.yaml:3:24 limits.shutdown_ms: must be a whole number (got "${MS}", filled in from the environment)',
  ])
})

test('the mistakes of a file are all told, each at its place', async () => {
  const files = `listen: { host: "http://a", port: 70000 }
engines:
  cluster: { type: openai-compatible, flavor: vllm }
  hosted:
    type: openai-compatable
  2nd: { type: offline }
models:
  kimi-k2.5: { engines: [hosted, clutser], stand_in: kimi-k2 }
  gpt-4: {}
keys:
  - { name: one, key: ok-key-one, lenient: [everything, relax-schema, relax-schema] }
  - { name: one, key: ok-key-one, team: x }
  - { name: "a b", key: 12345678 }
log: loud
limits: { shutdown_ms: 1.5 }
cors: { origins: "https://a" }
allow_development_keys: yes
`
  assert.deepEqual(await mistakes({ files }), [
    'moonbase.yaml:1:17 listen.host: must be a host alone, without "http://" and without a path (got "http://a")',
    'moonbase.yaml:1:35 listen.port: must be from 0 to 65535 (got 70000)',
    'moonbase.yaml:3:3 engines.cluster: the field "url" is missing',
    'moonbase.yaml:3:39 engines.cluster.flavor: there is no such field; did you mean flavour?',
    'moonbase.yaml:5:11 engines.hosted.type: must be one of offline, openai-compatible, gguf, replay (got "openai-compatable")',
    'moonbase.yaml:6:3 engines.2nd: must be called by a name of letters, digits, "-" and "_", 64 at most, that starts with a letter',
    'moonbase.yaml:8:34 models.kimi-k2.5.engines[1]: there is no engine "clutser"; did you mean cluster?',
    'moonbase.yaml:8:54 models.kimi-k2.5.stand_in: the catalogue has no model of this name; did you mean kimi-k2.5, kimi-k2.6 or kimi-k2.7-code?',
    'moonbase.yaml:9:3 models.gpt-4: the field "engines" is missing',
    `moonbase.yaml:9:3 models.gpt-4: the catalogue has no model of this name; it has ${MODELS.map((model) => model.id).join(', ')}`,
    `moonbase.yaml:11:45 keys[0].lenient[0]: must be one of ${Object.keys(LENIENT_SWITCHES).join(', ')} (got "everything")`,
    'moonbase.yaml:11:71 keys[0].lenient[2]: is in the list already',
    'moonbase.yaml:12:13 keys[1].name: is the name of keys[0] already',
    'moonbase.yaml:12:23 keys[1].key: is the same key as that of keys[0]',
    'moonbase.yaml:12:35 keys[1].team: there is no such field',
    'moonbase.yaml:13:13 keys[2].name: must be a name of letters, digits, ".", "-" and "_", 64 at most (got "a b")',
    'moonbase.yaml:13:25 keys[2].key: must be text; put quotes around it',
    'moonbase.yaml:14:6 log: must be a mapping of fields (got "loud")',
    'moonbase.yaml:15:24 limits.shutdown_ms: must be a whole number (got 1.5)',
    'moonbase.yaml:16:18 cors.origins: must be "*" or a list (got "https://a")',
    'and 1 more',
  ])
})

test('mistakes of the command line and the environment are told together with those of the file', async () => {
  const lines = await mistakes({
    files: 'cors: { origins: "x" }',
    environment: { MOONBASE_PORT: 'x' },
    arguments: { host: '*', port: 'y', data: '', logLevel: 'loud' },
  })
  assert.deepEqual(
    lines.map((line) => line.split(': ')[0]),
    ['--data', '--host', '--port', '--log-level', 'MOONBASE_PORT', 'moonbase.yaml:1:18 cors.origins'],
  )
})

test('a file that holds no setting is a mistake, whoever named it, whatever its comments say', async () => {
  for (const files of ['', '\uFEFF', ' \n\n', '# engines: { cluster: … }\n', '---\n# later\n', '{}', 'null']) {
    const told = 'the configuration file holds no setting; write one into it, or take it away'
    assert.deepEqual(await mistakes({ files }), [`moonbase.yaml: ${told}`])
    const named = { files: { '/srv/b.yaml': files }, environment: { MOONBASE_UPSTREAM: 'http://a/v1' } }
    assert.deepEqual(await mistakes({ ...named, arguments: { config: 'b.yaml' } }), [`b.yaml: ${told}`])
  }
  assert.deepEqual((await load({ files: 'log: {}' })).file, { path: 'moonbase.yaml', found: true })
})

test('says whether anything chose an engine', async () => {
  for (const situation of [
    { files: 'engines: { offline: { type: offline } }' },
    { environment: { MOONBASE_UPSTREAM: 'http://a/v1' } },
    { environment: { MOONBASE_SCENARIOS: 's.yaml' } },
    { environment: { MOONSHOT_API_KEY: 'sk-of-the-hosted-platform' } },
  ]) {
    assert.equal((await load(situation)).enginesByDefault, false)
  }
  assert.equal((await load({ files: 'lenient: [relax-schema]' })).enginesByDefault, true)
})

test('notes that everybody may read a file with keys in it, and not one with their names', async () => {
  const notesOf = async (files: string, mayOthersRead = true): Promise<readonly string[]> => {
    const { notes } = await loadConfiguration({
      arguments: {},
      environment: { KEY: 'sk-of-the-environment' },
      cwd: '/srv',
      readFile: reader(files),
      mayOthersRead: (path) => path === '/srv/moonbase.yaml' && mayOthersRead,
    })
    return notes
  }
  const upstream = (more: string): string => `engines: { a: { type: openai-compatible, url: "http://a/v1", ${more} } }`
  const told = ['moonbase.yaml holds keys, and every user of this machine may read it: chmod o-rwx moonbase.yaml']
  for (const files of [
    'keys: [{ name: a, key: sk-first-key }]',
    upstream('key: sk-of-the-upstream'),
    upstream('headers: { x-key: sk-of-the-upstream }'),
    'store: "postgres://me:secret@a/b"',
    'limits: { store: "redis://:secret@a" }',
  ]) {
    assert.deepEqual(await notesOf(files), told, files)
    assert.deepEqual(await notesOf(files, false), [], files)
  }
  for (const files of [
    'keys: [{ name: a, key: "${KEY}" }]',
    upstream('key: "${KEY}"'),
    'store: "postgres://a/b"',
    'listen: { port: 1 }',
  ]) {
    assert.deepEqual(await notesOf(files), [], files)
  }
})

test('no mistake shows a key, whatever is wrong around it', async () => {
  const secret = 'hush-hush'
  for (const files of [
    `keys: [{ name: a, key: "${secret} x" }]`,
    `keys: [{ name: a, key: [${secret}] }]`,
    `keys: [{ name: a, key: { k: ${secret} } }]`,
    `keys: { a: ${secret} }`,
    `keys: ${secret}: x`,
    `engines: { a: { type: openai-compatible, url: "http://a:${secret}@b/v1", key: "${secret} ü" } }`,
    `engines: { a: { type: openai-compatible, url: x, key: ["${secret}"] } }`,
    `engines: { a: { type: openai-compatible, flavour: \${S}, url: \${S}, models: { kimi-k2.5: [\${S}] } } }`,
    `models: { kimi-k2.5: { engines: [\${S}], stand_in: \${S} } }`,
    `listen: { host: "\${S} x" }`,
    `cors: { origins: [\${S}] }`,
    `limits: "redis://:${secret}@a"`,
    `limits: { store: "redis:${secret}" }`,
    `store: "postgres:${secret}"`,
  ]) {
    const lines = (await mistakes({ files, environment: { S: secret } })).join('\n')
    assert.notEqual(lines, '', files)
    assert.ok(!lines.includes(secret), `${files}\n${lines}`)
  }
})

test('the bytes of all bodies have room for the largest one, of which one owner may have three quarters', async () => {
  const limits = (text: string) => ({ files: `limits: { ${text} }` })
  await load(limits('body_bytes: 3000, shares: { bodies_bytes: 4000 }'))
  assert.deepEqual(await mistakes(limits('body_bytes: 3000, shares: { bodies_bytes: 3999 }')), [
    'moonbase.yaml:1:53 limits.shares.bodies_bytes: must be at least 4000, so that the largest body has room (got 3999)',
  ])
  assert.match((await mistakes(limits('shares: { bodies_bytes: 100000000 }')))[0] ?? '', /must be at least 139810134,/)
})
