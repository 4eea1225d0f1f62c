import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { call, eventsOf } from '../../../../test/support/call.ts'
import { TEST_KEY, startServer } from '../../../../test/support/start-server.ts'
import { serve } from '../main.ts'
import { CassetteFile, type CassetteHandle, openCassetteFile } from './cassette-file.ts'
import { readLines } from './read-lines.ts'
import { sha256 } from './sha256.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-recording-'))
after(() => rmSync(folder, { recursive: true }))

const ADMIN_KEY = 'sk-test-admin-key-of-the-recording'
const SCENARIOS = `
version: 1
scenarios:
  - { name: busy once, times: 1, match: { last_user: flaky }, reply: { fault: { status: 429, retry_after: 7 } } }
  - { name: cut, match: { last_user: be cut }, reply: { fault: { cut_after_chunks: 3 } } }
`

/** Records what the offline engine answers to these bodies. */
async function record(name: string, bodies: readonly object[]) {
  const out = join(folder, `${name}.jsonl`)
  writeFileSync(join(folder, 'scenarios.yaml'), SCENARIOS)
  const printed: string[] = []
  const server = await serve({
    arguments: { port: 0, data: join(folder, 'data') },
    environment: {
      MOONBASE_API_KEY: TEST_KEY,
      MOONBASE_ADMIN_KEY: ADMIN_KEY,
      MOONBASE_LOG_LEVEL: 'silent',
      MOONBASE_SCENARIOS: join(folder, 'scenarios.yaml'),
    },
    print: (line) => printed.push(line),
    record: out,
  })
  const replies = await askAll(server.url, bodies)
  await server.close()
  return { out, replies, printed }
}

async function askAll(url: string, bodies: readonly object[]) {
  const replies = []
  for (const body of bodies) {
    const { status, text, headers } = await call(`${url}/v1/chat/completions`, {
      body,
      headers: { 'x-person': 'header-7741' },
    })
    replies.push({ status, text: sameAtAnyTime(text), retryAfter: headers.get('retry-after') })
  }
  return replies
}

/** Without what is new in each reply. */
function sameAtAnyTime(text: string): string {
  return text.replace(/"id":"chatcmpl-[^"]*"/g, '"id":""').replace(/"created":\d+/g, '"created":0')
}

const asked = (content: string, more: object = {}): object => ({
  model: 'kimi-k2.5',
  messages: [{ role: 'user', content }],
  ...more,
})
const weather = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}
const BODIES = [
  asked('Why is the sky blue?', { stream: true, stream_options: { include_usage: true } }),
  asked('Say yes', { thinking: { type: 'disabled' } }),
  asked('What is the weather in Oslo?', { tools: [weather], stream: true }),
  asked('JSON with a name', { response_format: { type: 'json_object' } }),
  asked('a flaky one'),
  asked('a flaky one'),
  asked('Please be cut', { stream: true }),
  asked('Who am I?', { safety_identifier: 'person-7742', prompt_cache_key: 'cache-7743', user: 'user-7744' }),
]

test('what was recorded over HTTP comes back over HTTP, byte for byte', async () => {
  const { out, replies, printed } = await record('all', BODIES)
  assert.deepEqual(
    replies.map(({ status }) => status),
    [200, 200, 200, 200, 429, 200, 200, 200],
  )
  assert.ok(printed.includes(`recorded 8 generations in ${out} (6 complete, 2 failed)`), printed.join('\n'))
  // Of the same name, because the fingerprint in a reply depends on it.
  await using server = await startServer({
    config: `engines: { offline: { type: replay, cassettes: [${JSON.stringify(out)}] } }`,
  })
  assert.deepEqual(await askAll(server.url, BODIES), replies)

  const models = await call(`${server.url}/v1/models`)
  assert.deepEqual(
    [...models.text.matchAll(/"id":"(kimi[^"]*)"/g)].map(([, id]) => id),
    ['kimi-k2.5'],
  )
  const unknown = await call(`${server.url}/v1/chat/completions`, { body: asked('Nobody asked this') })
  assert.equal(unknown.status, 400)
  assert.match(unknown.text, /this request \([0-9a-f]{16}\) is not among its 8 recordings/)
})

test('a recorded stream answers a client that wants it whole, and the other way round', async () => {
  const { out } = await record('forms', [asked('Say yes', { stream: true }), asked('Say no')])
  await using server = await startServer({ environment: { MOONBASE_CASSETTES: out } })
  const [whole] = await askAll(server.url, [asked('Say yes')])
  assert.match(whole?.text ?? '', /"object":"chat\.completion"/)
  const [streamed] = await askAll(server.url, [asked('Say no', { stream: true })])
  assert.equal(eventsOf(streamed?.text ?? '').at(-1), '[DONE]')
})

test('a cassette over HTTP holds no key, no header and no identifier', async () => {
  const text = readFileSync((await record('secrets', BODIES)).out, 'utf8')
  assert.ok(!/-774\d/.test(text))
  assert.ok(!text.includes(TEST_KEY) && !text.includes(ADMIN_KEY) && !/bearer/i.test(text))
})

test('a cassette that is none stops the start, with file and line', async () => {
  const path = join(folder, 'broken.jsonl')
  const starts = (text: string | Buffer) => {
    writeFileSync(path, text)
    return startServer({ environment: { MOONBASE_CASSETTES: path } })
  }
  const header = '{"moonbase":"cassette","version":1}\n'
  await assert.rejects(starts(`${header}{}\n{"key":\n`), ({ lines }) => {
    assert.deepEqual(lines, [
      `${path}:2: events: must be a list`,
      `${path}:3: is no JSON; a recording that was killed may leave half a line at the end, to be removed`,
    ])
    return true
  })
  await assert.rejects(starts(Buffer.from([...Buffer.from(header), 0xff, 0x0a])), {
    lines: [`${path}:2: the line is not UTF-8 text`],
  })
  await assert.rejects(starts(header), { message: `engine replay: no complete answer is recorded in ${path}` })
  await assert.rejects(startServer({ environment: { MOONBASE_CASSETTES: join(folder, 'none.jsonl') } }), {
    message: `${join(folder, 'none.jsonl')}: the cassette does not exist`,
  })
})

describe('the lines of a file', () => {
  const limits = { lineBytes: 1_000_000, fileBytes: 3_000_000 }

  test('are read whole wherever reads cut them', async () => {
    const path = join(folder, 'lines')
    const lines = ['', 'a', 'ü'.repeat(262_143), 'x'.repeat(262_144), '', 'the last has no end']
    writeFileSync(path, lines.join('\n'))
    assert.deepEqual(await Array.fromAsync(readLines(path, limits)), lines)
  })

  test('are bounded, each and together', async () => {
    const path = join(folder, 'long')
    writeFileSync(path, `a\n${'x'.repeat(1_000_001)}`)
    await assert.rejects(Array.fromAsync(readLines(path, limits)), /long:2: the line is longer than/)
    writeFileSync(path, `${'x'.repeat(99_999)}\n`.repeat(31))
    await assert.rejects(Array.fromAsync(readLines(path, limits)), /the cassette is larger than/)
  })
})

describe('a disk that fails', () => {
  test('ends the recording with one note, and keeps what was whole', async () => {
    const notes: string[] = []
    let content = ''
    const handle: CassetteHandle = {
      async appendFile(bytes) {
        content += bytes.toString().slice(0, 5)
        if (content.length > 6) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      },
      async truncate(length) {
        content = content.slice(0, length)
      },
      close: () => Promise.resolve(),
    }
    const file = new CassetteFile(join(folder, 'full.jsonl'), handle, (note) => notes.push(note))
    for (const line of ['one\n', 'two two\n', 'three\n']) file.write(line)
    await file.close()
    file.write('four\n')
    assert.equal(content, 'one\n')
    assert.equal(file.lost, 3)
    assert.deepEqual(notes, [`recording stopped: ${file.path} cannot be written (ENOSPC)`])
  })

  test('that is slow loses what is too much, and waits for nothing', async () => {
    const notes: string[] = []
    const gate = Promise.withResolvers<void>()
    let written = 0
    const handle: CassetteHandle = {
      async appendFile() {
        await gate.promise
        written += 1
      },
      truncate: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
    const file = new CassetteFile(join(folder, 'slow.jsonl'), handle, (note) => notes.push(note))
    const line = `${'x'.repeat(16 * 1024 * 1024 - 1)}\n`
    for (let count = 0; count < 7; count += 1) file.write(line)
    gate.resolve()
    await file.close()
    assert.deepEqual([written, file.lost, notes.length], [5, 2, 1])
  })

  test('a real file takes lines in order and an empty one is removed', async () => {
    const path = join(folder, 'real.jsonl')
    const file = await openCassetteFile(path, (note) => assert.fail(note))
    for (let count = 0; count < 50; count += 1) file.write(`${count}\n`)
    await file.close()
    assert.equal(readFileSync(path, 'utf8').split('\n').length, 51)
    const empty = await openCassetteFile(join(folder, 'empty.jsonl'), (note) => assert.fail(note))
    await empty.close()
    assert.ok(!existsSync(empty.path))
  })
})

test('long and short texts have the same kind of hash', async () => {
  const long = 'ä😀'.repeat(500_000)
  const expected = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(long))).toString('hex')
  assert.equal(await sha256(long), expected)
  assert.equal(await sha256('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})
