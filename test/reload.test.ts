/**
 * Changing a running server: engines and models come and go while answers are under way, and no client sees any of it.
 */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StartError } from '@moonbase/server/configuration'
import { type SeenStream, askStream } from './support/ask-stream.ts'
import { call } from './support/call.ts'
import { eventually, once } from './support/eventually.ts'
import {
  type ModelAnswer,
  type ModelUpstream,
  type ModelUpstreamOptions,
  openModelUpstream,
} from './support/model-upstream.ts'
import { TEST_KEY, type TestServer, startServer } from './support/start-server.ts'

const REASONING = 'First this is thought, and then that. '.repeat(4)
const TEXT = 'What is said is said in many small pieces, so that it takes a while. '.repeat(6)
const answer: ModelAnswer = { reasoning: REASONING, text: TEXT, calls: [] }
const body = { model: 'kimi-k2.5', messages: [{ role: 'user', content: 'Say it.' }] }

const CHUNK = 8
/** Chunks that hold all of the thought, and some of what is said. */
const INTO_THE_TEXT = Math.ceil(REASONING.length / CHUNK) + 3

const openUpstream = (options: Partial<ModelUpstreamOptions> = {}): Promise<ModelUpstream> =>
  openModelUpstream({ answer: () => answer, chunk: CHUNK, paced: true, ...options })

interface Settings {
  /** Upstreams by engine. */
  readonly engines: Readonly<Record<string, readonly ModelUpstream[]>>
  readonly models?: Readonly<Record<string, readonly string[]>>
  /** More lines of each engine. */
  readonly engine?: string
  /** More lines of the file. */
  readonly more?: string
}

/** A `moonbase.yaml`. Replicas are never asked how they are: only requests should come to them. */
function configOf({ engines, models, engine = '', more = 'routing: { health_every_ms: 0 }' }: Settings): string {
  const lines = ['engines:']
  for (const [name, upstreams] of Object.entries(engines)) {
    const urls = upstreams.map(({ url }) => url).join(', ')
    lines.push(`  ${name}: { type: openai-compatible, flavour: moonshot, urls: [${urls}] ${engine} }`)
  }
  lines.push('models:')
  for (const [id, names] of Object.entries(models ?? { 'kimi-k2.5': Object.keys(engines) })) {
    lines.push(`  ${id}: { engines: [${names.join(', ')}] }`)
  }
  return `${lines.join('\n')}\n${more}\n`
}

/** Streams that have all begun, and what becomes of them. */
async function beginStreams(
  server: TestServer,
  count: number,
  begun: (seen: SeenStream) => boolean = ({ text, reasoning }) => (text + reasoning).length > 0,
): Promise<Promise<SeenStream>[]> {
  const beginnings: Promise<unknown>[] = []
  const streams = Array.from({ length: count }, () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const ended = askStream(server, body, { onChunk: (seen) => void (begun(seen) && resolve()) })
    beginnings.push(Promise.race([promise, ended]))
    return ended
  })
  await Promise.all(beginnings)
  return streams
}

function assertWhole(seen: SeenStream): void {
  const { status, reasoning, text, finish, done, error, broke } = seen
  assert.deepEqual(
    { status, reasoning, text, finish, done, error, broke },
    { status: 200, reasoning: REASONING, text: TEXT, finish: 'stop', done: true, error: undefined, broke: false },
  )
}

const mistakesOf = async (reload: Promise<unknown>): Promise<readonly string[]> => {
  const error = await reload.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  assert.ok(error instanceof StartError, String(error))
  return error.lines
}

describe('a reload that takes a replica away', () => {
  it('lets its streams end whole, sends what is new to the new one, and closes the old one behind them', async () => {
    await using old = await openUpstream()
    await using young = await openUpstream()
    await using server = await startServer({ config: configOf({ engines: { cluster: [old] } }) })
    old.hold(1)
    const streams = await beginStreams(server, 3)

    const { changed, needsRestart } = await server.reload(configOf({ engines: { cluster: [young] } }))
    assert.deepEqual(changed, [
      `engine cluster: ${young.url} is new`,
      `engine cluster: ${old.url} is gone, when its 3 running answers have ended`,
    ])
    assert.deepEqual(needsRestart, [])
    assertWhole(await askStream(server, body))
    assert.deepEqual([old.bodies.length, young.bodies.length, old.connections], [3, 1, 3])

    old.release()
    for (const seen of await Promise.all(streams)) {
      assertWhole(seen)
      assert.deepEqual(seen.comments, [])
    }
    assertWhole(await askStream(server, body))
    assert.deepEqual([old.bodies.length, young.bodies.length], [3, 2])
    await eventually(
      () => old.connections,
      (connections) => connections === 0,
    )
  })

  it('has another engine go on with an answer that hangs there at the limit', async () => {
    await using old = await openUpstream()
    await using young = await openUpstream()
    await using server = await startServer({ config: configOf({ engines: { before: [old] } }), drainMs: 20 })
    old.hold(INTO_THE_TEXT)
    const [stream] = await beginStreams(server, 1, ({ text }) => text.length > 0)
    await server.reload(configOf({ engines: { after: [young] } }))
    const seen = await stream
    assert.ok(seen)
    assertWhole(seen)
    assert.deepEqual(seen.comments, ['seam from=before to=after reason=cut'])
    await eventually(
      () => old.connections,
      (connections) => connections === 0,
    )
  })

  it('ends an answer that hangs there at the limit with an error in the stream, when nobody else serves the model', async () => {
    await using old = await openUpstream()
    await using other = await openUpstream()
    await using server = await startServer({ config: configOf({ engines: { before: [old] } }), drainMs: 20 })
    old.hold(INTO_THE_TEXT)
    const [stream] = await beginStreams(server, 1, ({ text }) => text.length > 0)
    await server.reload(configOf({ engines: { after: [other] }, models: { 'kimi-k2.6': ['after'] } }))
    const seen = await stream
    assert.ok(seen)
    assert.equal(seen.error?.message, 'The answer was cut off before it was complete')
    assert.deepEqual([seen.done, seen.broke, TEXT.startsWith(seen.text)], [false, false, true])
    await eventually(
      () => old.connections,
      (connections) => connections === 0,
    )
    assert.equal(other.bodies.length, 0)
  })

  it('drops none of fifty streams while engines, replicas, keys and models change under them', async () => {
    const upstreams = await Promise.all(Array.from({ length: 4 }, () => openUpstream()))
    const [a, b, c, d] = upstreams
    assert.ok(a && b && c && d)
    await using server = await startServer({ config: configOf({ engines: { cluster: [a, b], spare: [c] } }) })
    for (const upstream of upstreams) upstream.hold(1)
    const streams = await beginStreams(server, 25)
    const reloads = [
      configOf({ engines: { cluster: [b, d], spare: [c] } }),
      configOf({ engines: { cluster: [b, d], spare: [c] }, engine: ', key: sk-another-key' }),
      configOf({ engines: { spare: [a] } }),
      configOf({ engines: { cluster: [a, b], spare: [d, c] }, models: { 'kimi-k2.5': ['spare', 'cluster'] } }),
    ]
    for (const config of reloads) {
      streams.push(...Array.from({ length: 6 }, () => askStream(server, body)))
      await server.reload(config)
      assert.deepEqual((await call(`${server.url}/ready`)).json, { status: 'ready' })
    }
    streams.push(askStream(server, body))
    assert.equal(streams.length, 50)
    for (const upstream of upstreams) upstream.release()
    for (const seen of await Promise.all(streams)) {
      assertWhole(seen)
      assert.deepEqual(seen.comments, [])
    }
    assert.equal(
      upstreams.reduce((sum, { bodies }) => sum + bodies.length, 0),
      50,
    )
    await Promise.all(upstreams.map((upstream) => upstream.close()))
  })
})

describe('a reload', () => {
  it('changes nothing when the file is broken, and tells each mistake with its line', async () => {
    await using old = await openUpstream()
    await using server = await startServer({ config: configOf({ engines: { cluster: [old] } }) })
    const wrong = configOf({
      engines: { cluster: [old], other: [old] },
      models: { 'kimi-k2.5': ['othr'] },
      more: 'lisen: {}',
    })
    const lines = await mistakesOf(server.reload(wrong))
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /moonbase\.yaml:5:26 models\.kimi-k2\.5\.engines\[0\]: there is no engine "othr"/)
    assert.match(lines[1] ?? '', /moonbase\.yaml:6:1 lisen: there is no such field; did you mean listen\?/)
    assertWhole(await askStream(server, body))
    const { changed } = await server.reload(configOf({ engines: { cluster: [old] } }))
    assert.deepEqual(changed, [])
  })

  it('changes nothing when one of the new engines can not be opened', async () => {
    await using old = await openUpstream()
    await using young = await openUpstream()
    await using server = await startServer({ config: configOf({ engines: { cluster: [old] } }) })
    const text = `engines:
  cluster: { type: openai-compatible, flavour: moonshot, url: ${young.url} }
  tape: { type: replay, cassettes: [./nowhere.jsonl] }
models:
  kimi-k2.5: { engines: [cluster, tape] }
`
    const lines = await mistakesOf(server.reload(text))
    assert.match(lines.join(), /nowhere\.jsonl/)
    assertWhole(await askStream(server, body))
    assert.deepEqual([old.bodies.length, young.bodies.length], [1, 0])
  })

  it('never falls back to the stand-in, nor to the key that a server makes for itself', async () => {
    await using upstream = await openUpstream()
    const config = configOf({ engines: { cluster: [upstream] }, more: 'keys: [{ name: a, key: sk-a-first-key }]' })
    await using server = await startServer({ config, environment: { MOONBASE_API_KEY: '' } })
    const asked = (key: string): Promise<SeenStream> => askStream({ url: server.url, key }, body)
    assertWhole(await asked('sk-a-first-key'))
    const standIn =
      'nothing chooses an engine any more, and the offline stand-in would answer: write engines: { offline: { type: offline } } to mean that'
    const noKey =
      'no API key is left, and the generated one would open the API: write a key, or start the server again to mean that'
    const empty = /moonbase\.yaml: the configuration file holds no setting; write one into it, or take it away$/
    for (const [text, told] of [
      ['', [empty]],
      ['# nothing\n', [empty]],
      ['log: {}', [standIn, noKey]],
      ['keys: [{ name: a, key: sk-a-first-key }]', [standIn]],
      [configOf({ engines: { cluster: [upstream] } }), [noKey]],
    ] as const) {
      const lines = await mistakesOf(server.reload(text))
      assert.equal(lines.length, told.length, lines.join('\n'))
      for (const [index, one] of told.entries()) {
        if (typeof one === 'string') assert.equal(lines[index], one)
        else assert.match(lines[index] ?? '', one)
      }
      assertWhole(await asked('sk-a-first-key'))
    }
    // What is said is meant.
    await server.reload('engines: { offline: { type: offline } }\nkeys: [{ name: b, key: sk-a-second-key }]')
    assert.equal((await asked('sk-a-second-key')).status, 200)
  })

  it('brings models and takes them away', async () => {
    await using upstream = await openUpstream()
    const engines = { cluster: [upstream] }
    await using server = await startServer({ config: configOf({ engines }) })
    const ids = async (): Promise<string[]> => {
      const { json } = await call(`${server.url}/v1/models`)
      return (json as { data: { id: string }[] }).data.map(({ id }) => id)
    }
    const both = { 'kimi-k2.6': ['cluster'], 'kimi-k2.5': ['cluster'] }
    const added = await server.reload(configOf({ engines, models: both }))
    assert.deepEqual(added.changed, ['model kimi-k2.6: served by cluster'])
    assert.deepEqual(await ids(), ['kimi-k2.6', 'kimi-k2.5'])
    const seen = await askStream(server, { ...body, model: 'kimi-k2.6' })
    assert.equal(seen.status, 200)

    const taken = await server.reload(configOf({ engines, models: { 'kimi-k2.6': ['cluster'] } }))
    assert.deepEqual(taken.changed, ['model kimi-k2.5: not served any more'])
    assert.equal((await askStream(server, body)).status, 404)
  })

  it('leaves the breaker of an engine as it is that has not changed', async () => {
    await using broken = await openUpstream({ fault: () => ({ before: 'reset' }) })
    await using sound = await openUpstream()
    await using another = await openUpstream()
    const more = `routing: { health_every_ms: 0, breaker: { failures: 1, open_ms: 600000 } }`
    const first = configOf({ engines: { cluster: [broken], spare: [sound] }, more })
    await using server = await startServer({ config: first })
    assertWhole(await askStream(server, body))
    assert.equal(broken.bodies.length, 1)
    await server.reload(configOf({ engines: { cluster: [broken, another], spare: [sound] }, more }))
    for (let count = 0; count < 8; count += 1) assertWhole(await askStream(server, body))
    assert.deepEqual([broken.bodies.length, another.bodies.length], [1, 8])
    // A key makes another engine of it, of which nothing is known.
    await server.reload(configOf({ engines: { cluster: [broken], spare: [sound] }, more, engine: ', key: sk-new-key' }))
    assertWhole(await askStream(server, body))
    assert.equal(broken.bodies.length, 2)
  })

  it('leaves conversations where their prompts are known', async () => {
    const upstreams = await Promise.all([openUpstream(), openUpstream(), openUpstream()])
    const [a, b, c] = upstreams
    const engine = ', balance: prefix'
    await using server = await startServer({ config: configOf({ engines: { cluster: [a, b] }, engine }) })
    const messages: object[] = [{ role: 'user', content: 'Where are we?' }]
    const places: number[] = []
    for (let turn = 0; turn < 8; turn += 1) {
      const before = upstreams.map(({ bodies }) => bodies.length)
      const { text, reasoning } = await askStream(server, { ...body, messages })
      messages.push(
        { role: 'assistant', content: text, reasoning_content: reasoning },
        { role: 'user', content: `${turn}?` },
      )
      places.push(upstreams.findIndex(({ bodies }, index) => bodies.length > (before[index] ?? 0)))
      await server.reload(configOf({ engines: { cluster: turn % 2 === 0 ? [c, a, b] : [b, a] }, engine }))
    }
    assert.deepEqual(new Set(places).size, 1, places.join())
    await Promise.all(upstreams.map((upstream) => upstream.close()))
  })

  it('lets new keys in and old ones no longer, and names what has to wait for a restart', async () => {
    await using upstream = await openUpstream()
    const engines = { cluster: [upstream] }
    const keyed = (name: string): string =>
      `routing: { health_every_ms: 0 }\nkeys: [{ name: ${name}, key: sk-the-key-of-${name} }]`
    await using server = await startServer({ config: configOf({ engines, more: keyed('anna') }) })
    const models = async (name: string): Promise<number> =>
      (await call(`${server.url}/v1/models`, { key: `sk-the-key-of-${name}` })).status
    assert.deepEqual([await models('anna'), await models('berta')], [200, 401])
    const more = `${keyed('berta')}\nlimits: { body_bytes: 4096, shutdown_ms: 1000 }\nlog: { format: text }\n`
    const { changed, needsRestart } = await server.reload(configOf({ engines, more }))
    assert.deepEqual([await models('anna'), await models('berta')], [401, 200])
    assert.deepEqual(changed, [
      'keys: berta may come in',
      'keys: anna may not come in any more',
      'limits.shutdown_ms: 1000',
    ])
    assert.deepEqual(needsRestart, ['log.format', 'limits.body_bytes'])
  })

  it('waits for the one before it, and the last file counts', async () => {
    const upstreams = await Promise.all(Array.from({ length: 5 }, () => openUpstream()))
    const [first, ...others] = upstreams
    const last = others.at(-1)
    assert.ok(first && last)
    await using server = await startServer({ config: configOf({ engines: { cluster: [first] } }) })
    const reports = await Promise.all(others.map((other) => server.reload(configOf({ engines: { cluster: [other] } }))))
    assert.deepEqual(reports.at(-1), reports[1], 'all that ask while one runs share the next')
    assertWhole(await askStream(server, body))
    assert.deepEqual(
      upstreams.map(({ bodies }) => bodies.length),
      [0, 0, 0, 0, 1],
    )
    await Promise.all(upstreams.map((upstream) => upstream.close()))
  })
})

describe('SIGHUP', { skip: process.platform === 'win32' && 'there are no signals here' }, () => {
  it('reloads a server that was started from the command line, and never ends it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'moonbase-test-'))
    const file = join(folder, 'moonbase.yaml')
    writeFileSync(file, 'listen: { port: 0 }\n')
    const bin = fileURLToPath(new URL('../packages/cli/bin/moonbase.mjs', import.meta.url))
    const server = spawn(process.execPath, [bin, 'serve', '--config', file, '--data', join(folder, 'data')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { MOONBASE_API_KEY: TEST_KEY, MOONBASE_ADMIN_KEY: 'sk-test-admin-key', MOONBASE_LOG_LEVEL: 'silent' },
    })
    const ended = once(server, 'exit')
    try {
      let said = ''
      for (const stream of [server.stdout, server.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => void (said += text))
      const says = async (words: string): Promise<void> => {
        await eventually(
          () => said,
          (text) => text.includes(words) || server.exitCode !== null,
        )
        assert.ok(said.includes(words), said)
      }
      await says('moonbase listening on ')
      writeFileSync(file, 'listen: { prt: 0 }\n')
      server.kill('SIGHUP')
      await says(
        `${file}:1:11 listen.prt: there is no such field; did you mean port?\nthe configuration was not taken over`,
      )
      writeFileSync(file, 'listen: { port: 1234 }\nengines: { stage: { type: offline } }\n')
      server.kill('SIGHUP')
      await says('configuration read again\nengine stage: new\nengine offline: gone\nmodel kimi')
      await says('\nneeds a restart: listen.port\n')
      const url = /listening on (\S+)/.exec(said)?.[1] ?? ''
      const reply = await call(`${url}/v1/chat/completions`, { body })
      assert.match(reply.headers.get('x-moonbase-served-by') ?? '', /engine=stage$/)
    } finally {
      server.kill('SIGTERM')
      assert.deepEqual(await ended, [0, null])
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
