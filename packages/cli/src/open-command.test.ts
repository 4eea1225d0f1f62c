import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type RunningServer, serve } from '@moonbase/server'
import { main } from './main.ts'
import { notedTerminal } from './testing/noted-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-open-'))
after(() => rmSync(folder, { recursive: true }))

async function open(words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const terminal = notedTerminal(environment)
  await main(['open', ...words], terminal)
  return terminal.noted
}

describe('moonbase open', () => {
  const data = join(folder, 'data')
  const page = join(folder, 'page')
  let server: RunningServer
  before(async () => {
    mkdirSync(page)
    writeFileSync(join(page, 'index.html'), '<!doctype html>')
    server = await serve({
      arguments: { port: 0, data },
      environment: { MOONBASE_LOG_LEVEL: 'silent' },
      print: () => undefined,
      page,
    })
  })
  after(() => server.close())

  /** What the session holds that an address opens. */
  async function opened(address: string | undefined): Promise<readonly [api: boolean, admin: boolean]> {
    const { origin, hash } = new URL(address ?? '')
    assert.equal(origin, server.url)
    const reply = await fetch(`${origin}/web/v1/enter`, {
      method: 'POST',
      headers: { 'x-moonbase-web': '1', 'content-type': 'application/json' },
      body: JSON.stringify({ token: /^#enter=([\w-]{43})$/.exec(hash)?.[1] }),
    })
    assert.equal(reply.status, 200)
    const session = (await reply.json()) as { api_key: unknown; admin_key: unknown }
    return [session.api_key !== null, session.admin_key !== null]
  }

  it('prints an address that opens what the keys of the server open, found in its data folder', async () => {
    const { out, err, code } = await open(['--url', server.url, '--data', data])
    assert.equal(code, undefined, err)
    assert.match(out, /^http:\/\/127\.0\.0\.1:\d+\/#enter=[\w-]{43}\n$/)
    assert.deepEqual(await opened(out.trim()), [true, true])
    // As the start printed one.
    assert.deepEqual(await opened(server.entryUrl()), [true, true])
    assert.notEqual(server.entryUrl(), server.entryUrl())
  })

  it('says in one line what is wrong with a key, and where none is', async () => {
    const wrong = await open(['--url', server.url], {
      MOONBASE_API_KEY: 'sk-nobody-has-this',
      MOONBASE_ADMIN_KEY: 'sk-nor-has-this',
    })
    assert.equal(wrong.code, 1)
    assert.match(wrong.err, /^the server refused it: Incorrect API key provided$/m)
    assert.ok(!wrong.err.includes('sk-no'))
    const none = await open(['--url', server.url, '--data', join(folder, 'nothing')])
    assert.deepEqual([none.code, none.out], [1, ''])
    assert.match(none.err, /^no keys: /)
    const away = await open(['--url', 'http://127.0.0.1:9', '--data', data])
    assert.equal(away.code, 69)
  })
})
