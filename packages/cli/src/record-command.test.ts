import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { main } from './main.ts'
import { type NotedTerminal, notedTerminal } from './testing/noted-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-record-'))
after(() => rmSync(folder, { recursive: true }))

const KEY = 'sk-test-key-of-the-recording'

function terminalFor(name: string): NotedTerminal {
  return notedTerminal({
    MOONBASE_PORT: '0',
    MOONBASE_DATA: join(folder, name),
    MOONBASE_API_KEY: KEY,
    MOONBASE_ADMIN_KEY: 'sk-test-admin-of-the-recording',
    MOONBASE_LOG_LEVEL: 'silent',
  })
}

async function ask(terminal: NotedTerminal, content: string): Promise<number> {
  const url = /listening on (\S+)/.exec(terminal.noted.out)?.[1]
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${KEY}` },
    body: JSON.stringify({ model: 'kimi-k2.5', messages: [{ role: 'user', content }] }),
  })
  await response.text()
  return response.status
}

test('serves, records, and says at the end how much', async () => {
  const out = join(folder, 'a.jsonl')
  const terminal = terminalFor('a')
  const running = main(['record', '--out', out], terminal)
  await terminal.spoke
  assert.equal(await ask(terminal, 'Why is the sky blue?'), 200)
  terminal.send('SIGTERM')
  await running
  assert.deepEqual([terminal.noted.code, terminal.noted.exited], [0, true])
  assert.match(
    terminal.noted.err,
    /^recording: answers, and the beginnings of prompts, go into .*a\.jsonl \(mode 0600\)/m,
  )
  assert.ok(terminal.noted.err.includes(`recorded 1 generation in ${out} (1 complete)\n`))
  assert.equal(statSync(out).mode & 0o777, 0o600)
  const [header, line, end] = readFileSync(out, 'utf8').split('\n')
  assert.match(header ?? '', /^\{"moonbase":"cassette","version":1,/)
  assert.match(line ?? '', /"begins":"Why is the sky blue\?"/)
  assert.equal(end, '')
})

test('without an answer there is no cassette, and it says so', async () => {
  const out = join(folder, 'none.jsonl')
  const terminal = terminalFor('none')
  const running = main(['record', '--out', out], terminal)
  await terminal.spoke
  terminal.send('SIGTERM')
  await running
  assert.match(terminal.noted.err, /^recorded nothing; no cassette was written$/m)
  assert.ok(!existsSync(out))
})

test('never writes over a file, and tells the operator', async () => {
  const out = join(folder, 'there.jsonl')
  writeFileSync(out, 'mine')
  const terminal = terminalFor('there')
  await main(['record', '--out', out], terminal)
  assert.equal(terminal.noted.code, 1)
  assert.ok(terminal.noted.err.includes(`${out}: there is something in it already; record into another file\n`))
  assert.equal(readFileSync(out, 'utf8'), 'mine')
  await main(['record', '--out', join(folder, 'no', 'such.jsonl')], terminal)
  assert.match(terminal.noted.err, /no cassette can be written there \(its folder does not exist\)/)
})

test('needs to be told where to', async () => {
  const terminal = notedTerminal()
  await main(['record'], terminal)
  assert.equal(terminal.noted.code, 1)
  assert.match(terminal.noted.err, /required option '--out <file>'/)
})
