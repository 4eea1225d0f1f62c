import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { type ServerResponse, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type RunningServer, serve } from '@moonbase/server'
import { main } from './main.ts'
import { notedTerminal } from './testing/noted-terminal.ts'

const ADMIN_KEY = 'sk-test-admin-of-the-names'

async function run(url: string, words: readonly string[], key = ADMIN_KEY) {
  const terminal = notedTerminal({ MOONBASE_URL: url, MOONBASE_ADMIN_KEY: key })
  await main(words, terminal)
  return terminal.noted
}

describe('organisations by name, with a server', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-names-'))
  let server: RunningServer
  let acme = ''
  const moonbase = (...words: readonly string[]) => run(server.url, words)
  const json = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
    const { out, err, code } = await moonbase(...words, '--json')
    assert.equal(code, undefined, err)
    return JSON.parse(out)
  }

  before(async () => {
    server = await serve({
      arguments: { port: 0, data: folder },
      environment: { MOONBASE_API_KEY: 'sk-test-key', MOONBASE_ADMIN_KEY: ADMIN_KEY, MOONBASE_LOG_LEVEL: 'silent' },
      print: () => undefined,
    })
    acme = String((await json('org', 'create', 'acme corp', '--currency', 'USD'))['id'])
    await json('org', 'create', 'zebra', '--currency', 'USD')
    await json('org', 'suspend', 'zebra')
  })
  after(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  it('every command that takes an organisation takes its name', async () => {
    assert.equal((await json('org', 'show', 'acme corp'))['id'], acme)
    assert.equal((await json('org', 'set', 'acme corp', '--tier', '5'))['id'], acme)
    assert.equal((await json('org', 'resume', 'acme corp'))['id'], acme)
    const project = String((await json('project', 'create', 'acme corp', 'chat'))['id'])
    assert.equal((await json('project', 'set', 'acme corp', project, '--name', 'talk'))['organisation'], acme)
    assert.equal((await json('project', 'archive', 'acme corp', project))['status'], 'archived')
    assert.equal((await json('project', 'restore', 'acme corp', project))['status'], 'active')
    assert.match((await moonbase('project', 'list', 'acme corp')).out, /talk/)
    const key = String((await json('key', 'create', 'acme corp', 'laptop', '--project', project))['id'])
    assert.equal((await json('key', 'set', 'acme corp', key, '--name', 'tower'))['name'], 'tower')
    assert.match((await moonbase('key', 'list', 'acme corp')).out, /tower/)
    assert.equal((await json('key', 'revoke', 'acme corp', key))['status'], 'revoked')
    for (const [command, amount] of [
      ['recharge', '50'],
      ['voucher', '5'],
      ['refund', '1'],
      ['adjust', '-2'],
    ] as const) {
      assert.equal((await moonbase(command, 'acme corp', amount)).code, undefined, command)
    }
    assert.equal((await json('balance', acme))['available'], '54')
    assert.equal((await json('balance', 'acme corp'))['available'], '54')
    assert.match((await moonbase('transfers', 'acme corp')).out, /adjustment/)
    for (const command of ['usage', 'requests']) {
      assert.equal((await moonbase(command, '--org', 'acme corp')).err, 'nothing\n', command)
      assert.match((await moonbase(command, '--org', 'acme')).err, /^no organisation is named "acme"/, command)
    }
    const made = await json('admin-key', 'create', 'own', '--scopes', 'usage:read', '--organisation', 'acme corp')
    assert.equal(made['organisation'], acme)
    const without = await run(server.url, ['usage', '--org', 'acme corp'], String(made['key']))
    assert.match(without.err, /lacks the scope[^]*named "acme corp"; an id \(org-…\) needs no look-up\.\n$/)
    assert.equal(without.code, 1)
    assert.equal((await run(server.url, ['usage', '--org', acme], String(made['key']))).code, undefined)
  })

  it('a name that nobody has does nothing, and says who is close to it, or who is there', async () => {
    const close = await moonbase('recharge', 'Acme Corp', '5')
    assert.equal(close.err, `no organisation is named "Acme Corp"; close to it:\n  ${acme}  acme corp\n`)
    assert.deepEqual([close.out, close.code], ['', 1])
    const far = await moonbase('org', 'suspend', 'nothing like it')
    assert.match(far.err, /^no organisation is named "nothing like it"; there are:\n/)
    assert.match(far.err, /^ {2}org-\w+ {2}acme corp\n/m)
    assert.match(far.err, /^ {2}org-\w+ {2}zebra \(suspended\)\n/m)
    assert.equal(far.code, 1)
  })
})

describe('organisations by name, with many of them', () => {
  const entry = (index: number, name: string) => ({ id: `org-${index}`, name, status: 'active' })

  it('a name that several have does nothing, and says which they are', async () => {
    await using server = await listServer([[entry(1, 'twin'), entry(2, 'other'), entry(3, 'twin')]])
    const { err, code } = await run(server.url, ['recharge', 'twin', '5'])
    assert.equal(err, '2 organisations are named "twin"; say which by its id:\n  org-1  twin\n  org-3  twin\n')
    assert.equal(code, 1)
    assert.deepEqual(server.asked, ['GET /admin/v1/organisations?limit=1000'])
  })

  it('all pages are looked through', async () => {
    await using server = await listServer([[entry(1, 'one')], [entry(2, 'two')], [entry(3, 'two')]])
    const { err } = await run(server.url, ['balance', 'two'])
    assert.match(err, /^2 organisations are named "two"/)
    assert.deepEqual(server.asked, [
      'GET /admin/v1/organisations?limit=1000',
      'GET /admin/v1/organisations?limit=1000&after=org-1',
      'GET /admin/v1/organisations?limit=1000&after=org-2',
    ])
  })

  it('an id is not looked up', async () => {
    await using server = await listServer([])
    await run(server.url, ['balance', 'org-7'])
    assert.deepEqual(server.asked, ['GET /admin/v1/organisations/org-7/balance'])
  })

  it('no more are told than one can read, and no sign steers the terminal', async () => {
    await using server = await listServer([Array.from({ length: 30 }, (_, index) => entry(index, `\u001B[2J${index}`))])
    const { err } = await run(server.url, ['balance', 'quite another\u001B'])
    const lines = err.trimEnd().split('\n')
    assert.equal(lines[0], 'no organisation is named "quite another?"; there are:')
    assert.deepEqual([lines.length, lines[1], lines.at(-1)], [22, '  org-0  ?[2J0', '  and 10 more: moonbase org list'])
  })

  it('an end to the pages that never comes is not waited for', async () => {
    await using server = await listServer(Array.from({ length: 200 }, (_, index) => [entry(index, 'a')]))
    const { err, code } = await run(server.url, ['balance', 'b'])
    assert.match(err, /^there are more than 100 organisations: say which by its id\n/)
    assert.deepEqual([server.asked.length, code], [100, 1])
  })
})

/** Gives these pages, one after the other; of anything else it says that it is not there. */
async function listServer(pages: readonly (readonly object[])[]) {
  const asked: string[] = []
  const server = createServer((request, response) => {
    const data = pages[asked.length]
    asked.push(`${request.method} ${request.url}`)
    if (data === undefined) answer(response, 404, { error: { message: 'not there' } })
    else answer(response, 200, { object: 'list', data, has_more: asked.length < pages.length })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : undefined}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
