import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LENIENT_SWITCHES } from '@moonbase/protocol'
import { readEnvironment } from './environment-settings.ts'
import { Problems } from './problems.ts'

function read(environment: Record<string, string | undefined>) {
  const problems = new Problems()
  const notes: string[] = []
  return { settings: readEnvironment(environment, problems, notes, '/srv'), lines: problems.lines(), notes }
}

test('an empty environment sets nothing, and so does one of empty variables', () => {
  const empty = read({ MOONBASE_PORT: '', MOONBASE_UPSTREAM: '', MOONBASE_LENIENT: '', MOONSHOT_API_KEY: '' })
  assert.deepEqual(empty, read({}))
  assert.deepEqual(empty.lines, [])
})

test('reads every variable', () => {
  const { settings, lines } = read({
    MOONBASE_CONFIG: 'c.yaml',
    MOONBASE_HOST: '[::1]',
    MOONBASE_PORT: '0',
    MOONBASE_DATA: '/d',
    MOONBASE_LOG_LEVEL: 'warn',
    MOONBASE_API_KEY: 'sk-api-key',
    MOONBASE_ADMIN_KEY: 'sk-admin-key',
    MOONBASE_STORE: 'sqlite:x.db',
    MOONBASE_FILES: 's3://kept/below',
    MOONBASE_LIMITS: 'rediss://a',
    MOONBASE_LIMITS_FAIL: 'closed',
    MOONBASE_UPSTREAM: 'http://a/v1/',
    MOONBASE_UPSTREAM_KEY: 'k',
    MOONBASE_UPSTREAM_FLAVOUR: 'vllm',
    MOONBASE_UPSTREAM_MODEL: 'm',
    MOONBASE_DISCOVER: 'off',
    MOONBASE_MODEL: 'm.gguf',
    MOONBASE_TOKENIZER: 't.model',
    MOONBASE_SCENARIOS: ' a.yaml, b.yaml,',
    MOONBASE_CASSETTES: 'c.jsonl',
    MOONBASE_LENIENT: 'relax-schema , drop-fixed-sampling,relax-schema',
    MOONBASE_ALLOW_LENIENT_HEADER: '0',
    MOONBASE_WEB: 'off',
    MOONBASE_ALLOW_DEVELOPMENT_KEYS: '1',
    MOONBASE_SHUTDOWN_TIMEOUT: '500ms',
    MOONSHOT_API_KEY: 'sk-moonshot',
    OXEN_API_KEY: 'x',
  })
  assert.deepEqual(lines, [])
  assert.deepEqual(settings, {
    config: 'c.yaml',
    host: '::1',
    port: 0,
    data: '/d',
    store: { kind: 'sqlite', path: '/srv/x.db' },
    files: { kind: 's3', bucket: 'kept', prefix: 'below/' },
    limitsStore: { kind: 'redis', url: 'rediss://a' },
    limitsFail: 'closed',
    logLevel: 'warn',
    apiKey: 'sk-api-key',
    adminKey: 'sk-admin-key',
    upstream: { urls: ['http://a/v1'], flavour: 'vllm', key: 'k', model: 'm' },
    strayUpstream: undefined,
    discover: false,
    model: 'm.gguf',
    tokenizer: 't.model',
    scenarios: ['a.yaml', 'b.yaml'],
    cassettes: ['c.jsonl'],
    lenient: ['relax-schema', 'drop-fixed-sampling'],
    allowLenientHeader: false,
    web: false,
    allowDevelopmentKeys: true,
    shutdownMs: 500,
    moonshotKey: 'sk-moonshot',
    cloudflare: undefined,
    strayCloudflare: undefined,
    oxenKey: 'x',
  })
})

test('a time has a unit, or counts seconds', () => {
  for (const [text, ms] of [
    ['30', 30_000],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['0', 0],
    ['60m', 3_600_000],
  ] as const) {
    assert.equal(read({ MOONBASE_SHUTDOWN_TIMEOUT: text }).settings.shutdownMs, ms, text)
  }
  for (const text of ['61m', '-1', '1h', 's', '1 s', '1e3']) {
    assert.equal(read({ MOONBASE_SHUTDOWN_TIMEOUT: text }).lines.length, 1, text)
  }
})

test('yes and no have several spellings', () => {
  for (const text of ['1', 'true', 'YES', 'on']) {
    assert.equal(read({ MOONBASE_ALLOW_DEVELOPMENT_KEYS: text }).settings.allowDevelopmentKeys, true)
  }
  for (const text of ['0', 'False', 'no', 'off']) {
    assert.equal(read({ MOONBASE_ALLOW_DEVELOPMENT_KEYS: text }).settings.allowDevelopmentKeys, false)
  }
  assert.deepEqual(read({ MOONBASE_ALLOW_DEVELOPMENT_KEYS: 'perhaps' }).lines, [
    'MOONBASE_ALLOW_DEVELOPMENT_KEYS: must be 1 or 0 (got "perhaps")',
  ])
})

test('every mistake is told, and none shows a secret', () => {
  const secret = 'so secret'
  const { lines } = read({
    MOONBASE_HOST: 'a:80',
    MOONBASE_PORT: 'http',
    MOONBASE_LOG_LEVEL: 'verbose',
    MOONBASE_API_KEY: secret,
    MOONBASE_ADMIN_KEY: '"sosecret"',
    MOONBASE_UPSTREAM: 'http://u:sosecret@a/v1',
    MOONBASE_UPSTREAM_KEY: secret,
    MOONBASE_UPSTREAM_FLAVOUR: 'tgi',
    MOONBASE_LENIENT: 'ignore-unknown-field',
    MOONSHOT_API_KEY: secret,
  })
  assert.equal(lines.length, 10)
  assert.ok(!/so ?secret/.test(lines.join('\n')), lines.join('\n'))
  assert.ok(
    lines.includes(
      `MOONBASE_LENIENT: there is no switch "ignore-unknown-field"; did you mean ignore-unknown-fields? (known: ${Object.keys(LENIENT_SWITCHES).join(', ')})`,
    ),
  )
})

test('the operator and the clients cannot have one key', () => {
  const { lines } = read({ MOONBASE_API_KEY: 'sk-same-key', MOONBASE_ADMIN_KEY: 'sk-same-key' })
  assert.equal(lines.length, 1)
  assert.match(lines[0] ?? '', /^MOONBASE_ADMIN_KEY: must differ/)
})

test('the port that Kubernetes sets for a service named moonbase is passed over and said', () => {
  const { settings, lines, notes } = read({ MOONBASE_PORT: 'tcp://10.0.0.1:2500' })
  assert.equal(settings.port, undefined)
  assert.deepEqual(lines, [])
  assert.match(notes.join(), /^MOONBASE_PORT holds the address of a Kubernetes service/)
})

test('a variable that is nearly one of ours is said; any other is nobody’s business', () => {
  const { notes, lines } = read({
    MOONBASE_UPSTREM: 'x',
    MOONBASE_SHARED: 'x',
    MOONBASE_PORT_2500_TCP_ADDR: 'x',
    MOONBASE_SERVICE_HOST: 'x',
    PORT: '1',
  })
  assert.deepEqual(notes, ['MOONBASE_UPSTREM is set but means nothing; did you mean MOONBASE_UPSTREAM?'])
  assert.deepEqual(lines, [])
})

test('a detail of an upstream that is not there is noticed', () => {
  assert.equal(read({ MOONBASE_UPSTREAM_KEY: 'k' }).settings.strayUpstream, 'MOONBASE_UPSTREAM_KEY')
  const wrong = read({ MOONBASE_UPSTREAM: 'nowhere', MOONBASE_UPSTREAM_KEY: 'k' })
  assert.equal(wrong.settings.strayUpstream, undefined)
})
