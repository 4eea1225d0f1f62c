import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { type RunningServer, serve } from '@moonbase/server'
import { main } from './main.ts'
import { notedTerminal } from './testing/noted-terminal.ts'

const ADMIN_KEY = 'sk-test-admin-of-the-commands'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-admin-'))
after(() => rmSync(folder, { recursive: true }))

async function run(words: readonly string[], environment: Readonly<Record<string, string>>) {
  const terminal = notedTerminal(environment)
  await main(words, terminal)
  return terminal.noted
}

describe('the operator’s commands, with a server', () => {
  let server: RunningServer
  let organisation = ''
  let project = ''
  const moonbase = (...words: readonly string[]) =>
    run(words, { MOONBASE_URL: server.url, MOONBASE_ADMIN_KEY: ADMIN_KEY })
  const json = async (...words: readonly string[]): Promise<Record<string, unknown>> => {
    const { out, err, code } = await moonbase(...words, '--json')
    assert.equal(code, undefined, err)
    return JSON.parse(out)
  }

  before(async () => {
    server = await serve({
      arguments: { port: 0, data: join(folder, 'server') },
      environment: { MOONBASE_API_KEY: 'sk-test-key', MOONBASE_ADMIN_KEY: ADMIN_KEY, MOONBASE_LOG_LEVEL: 'silent' },
      print: () => undefined,
    })
    organisation = String((await json('org', 'create', 'acme', '--currency', 'USD'))['id'])
    project = String((await json('project', 'create', organisation, 'chat', '--budget', '50/month'))['id'])
  })
  after(() => server.close())

  it('organisations are made, listed, changed, suspended and resumed', async () => {
    const { out } = await moonbase('org', 'list')
    const [heading, ...rows] = out.trimEnd().split('\n')
    assert.match(heading ?? '', /^id +name +currency +status +tier +recharged +created$/)
    assert.ok(rows.some((row) => row.startsWith(`${organisation}  acme     USD       active  0 `)))
    assert.equal((await json('org', 'set', organisation, '--tier', '5'))['tier'], '5')
    assert.equal((await json('org', 'set', organisation, '--tier', 'auto'))['tier_fixed'], false)
    assert.equal((await json('org', 'suspend', organisation))['status'], 'suspended')
    assert.equal((await json('org', 'resume', organisation))['status'], 'active')
    assert.match((await moonbase('org', 'show', organisation)).out, /^name: acme$/m)
  })

  it('projects and keys are made with limits and budgets, and a key is told once', async () => {
    const changed = await json(
      'project',
      'set',
      organisation,
      project,
      '--limits',
      'rpm=5,tpm=1000',
      '--budget',
      'none',
    )
    assert.deepEqual(changed['limits'], { concurrency: null, rpm: 5, tpm: 1000, tpd: null })
    assert.equal(changed['budget'], null)
    const words = [
      'key',
      'create',
      organisation,
      'laptop',
      '--project',
      project,
      '--queue',
      '30s',
      '--expires',
      '2099-01-01',
    ]
    const made = await moonbase(...words, '--models', 'kimi-k2.5', '--addresses', '10.0.0.0/8,::1')
    const key = /^key: (sk-\w+)$/m.exec(made.out)?.[1] ?? ''
    const id = /^id: (ak-\w+)$/m.exec(made.out)?.[1] ?? ''
    assert.match(made.out, /^models: kimi-k2\.5\naddresses: 10\.0\.0\.0\/8,::1$/m)
    assert.match(made.out, /^queue_ms: 30000$/m)
    const list = await moonbase('key', 'list', organisation, '--project', project)
    assert.ok(key !== '' && list.out.includes(id) && !list.out.includes(key))
    const free = await json(
      'key',
      'set',
      organisation,
      id,
      '--models',
      'any',
      '--addresses',
      'any',
      '--expires',
      'never',
    )
    assert.deepEqual([free['models'], free['addresses'], free['expires_at']], [null, null, null])
    assert.equal((await json('key', 'revoke', organisation, id))['status'], 'revoked')
    assert.equal((await json('project', 'archive', organisation, project))['status'], 'archived')
    assert.equal((await json('project', 'restore', organisation, project))['status'], 'active')
  })

  it('money is given once for one idempotency key, which the command makes and shows', async () => {
    const paid = await moonbase('recharge', organisation, '50', '--note', 'invoice')
    const key = /^idempotency key: (\S+)$/m.exec(paid.err)?.[1] ?? ''
    assert.match(key, /^[0-9a-f-]{36}$/)
    const again = await moonbase('recharge', organisation, '50', '--note', 'invoice', '--idempotency-key', key)
    assert.match(again.err, /this was done before, and was not done again/)
    assert.match(again.out, /^balance\.cash: 50$/m)
    const conflict = await moonbase('recharge', organisation, '51', '--idempotency-key', key)
    assert.match(conflict.err, /the server refused it: .*Idempotency-Key was used before/)
    assert.equal(conflict.code, 1)
    await moonbase('voucher', organisation, '5')
    await moonbase('refund', organisation, '0.5')
    await moonbase('adjust', organisation, '-1.25')
    const balance = await json('balance', organisation)
    assert.deepEqual([balance['cash'], balance['voucher'], balance['available']], ['49.25', '5', '54.25'])
    const table = await moonbase('transfers', organisation, '--csv')
    assert.match(table.out, /^id,kind,organisation,.*\r\n\d+,adjustment,/)
    const page = await moonbase('transfers', organisation, '--limit', '1')
    assert.match(page.err, /^there is more: --after \d+\n$/)
    const cut = await moonbase('transfers', organisation, '--limit', '1', '--csv')
    assert.match(cut.err, /^there is more: --after \d+\n$/)
  })

  it('admin keys, tiers and prices', async () => {
    const made = await json(
      'admin-key',
      'create',
      'scraper',
      '--scopes',
      'metrics, usage:read',
      '--organisation',
      organisation,
    )
    assert.deepEqual([made['scopes'], made['organisation']], [['metrics', 'usage:read'], organisation])
    const asked = await run(['whoami'], { MOONBASE_URL: server.url, MOONBASE_ADMIN_KEY: String(made['key']) })
    assert.match(asked.out, /^name: scraper$/m)
    const refused = await run(['tier', 'list'], { MOONBASE_URL: server.url, MOONBASE_ADMIN_KEY: String(made['key']) })
    assert.equal(refused.code, 1)
    assert.match(refused.err, /lacks the scope for it; `moonbase whoami`/)
    assert.equal((await json('admin-key', 'revoke', String(made['id'])))['status'], 'revoked')
    assert.match((await moonbase('admin-key', 'list')).out, /scraper .* revoked/)
    const tier = await json('tier', 'set', 'gold', '--limits', 'concurrency=7', '--recharge', 'USD=12.5')
    assert.deepEqual([tier['concurrency'], tier['rpm'], tier['recharge']], [7, null, { USD: '12.5', CNY: null }])
    const price = [
      'price',
      'set',
      'kimi-k2.5',
      '--currency',
      'CNY',
      '--miss',
      '4',
      '--output',
      '21',
      '--batch-percent',
      '50',
    ]
    assert.equal((await json(...price))['batch_percent'], 50)
    assert.match((await moonbase('price', 'list', '--currency', 'CNY')).out, /kimi-k2\.5 .* CNY /)
    assert.match((await moonbase('tier', 'list')).out, /^gold +7 +- +- +- +12\.5 +-$/m)
  })

  it('contents are kept as a project wants it, and forgotten one by one or all together', async () => {
    const set = (days: string) => json('project', 'set', organisation, project, '--content-retention', days)
    assert.equal((await set('7'))['content_retention_days'], 7)
    assert.match((await moonbase('project', 'list', organisation)).out, / contents \(days\) /)
    const all = await json('requests', 'forget', '--org', 'acme', '--project', project)
    assert.deepEqual(all, { forgotten: 0 })
    assert.match((await moonbase('requests', 'forget', 'req-0')).err, /Not found the content of req-0/)
    assert.match((await moonbase('requests', 'show', 'req-0', '--content')).err, /Not found the content of req-0/)
    assert.match((await moonbase('requests', 'show', 'req-0')).err, /Not found the request req-0/)
    for (const words of [[], ['req-0', '--org', organisation], ['--org', organisation], ['--project', project]]) {
      assert.match((await moonbase('requests', 'forget', ...words)).err, /^name the id of one request, or --org and/)
    }
    assert.match((await moonbase('requests', '--org', organisation, '--csv')).out, /^id,at,organisation,/)
    assert.equal((await set('none'))['content_retention_days'], null)
  })

  it('usage, requests and the audit', async () => {
    const none = await moonbase('usage', '--by', 'key', '--org', organisation)
    assert.deepEqual([none.out, none.err, none.code], ['', 'nothing\n', undefined])
    assert.match((await moonbase('usage', '--by', 'key,model', '--csv')).out, /^at,key,model,currency,requests,/)
    assert.match((await moonbase('requests', '--csv', '--error', 'rpm_limit')).out, /^id,at,organisation,/)
    assert.match((await moonbase('usage', '--bucket', 'week')).err, /bucket must be one of hour, day, all, got "week"/)
    assert.match((await moonbase('audit')).out, /^clean: true$/m)
    assert.equal((await json('audit'))['clean'], true)
    const last = await moonbase('audit', '--last')
    assert.deepEqual([last.err, last.code], ['there was no nightly audit since the server started\n', 1])
  })

  it('a key that nobody has is refused with where it came from', async () => {
    const { err, code } = await run(['org', 'list'], { MOONBASE_URL: server.url, MOONBASE_ADMIN_KEY: 'sk-nobody' })
    assert.match(err, /^the server refused it: Incorrect API key provided\nThe admin key is that of MOONBASE_ADMIN_KEY/)
    assert.equal(code, 1)
  })

  it('what an option cannot be is said before anybody is asked', async () => {
    const wrong: readonly (readonly string[])[] = [
      ['project', 'create', 'o', 'n', '--limits', 'rpn=5'],
      ['project', 'create', 'o', 'n', '--limits', 'rpm=5,rpm=6'],
      ['project', 'create', 'o', 'n', '--limits', 'rpm=many'],
      ['project', 'create', 'o', 'n', '--budget', '50'],
      ['key', 'set', 'o', 'k', '--queue', '30'],
      ['tier', 'set', 't', '--limits', 'none', '--recharge', 'EUR=5'],
      ['price', 'set', 'm', '--currency', 'USD', '--miss', '1', '--output', '1', '--batch-percent', 'half'],
    ]
    for (const words of wrong) {
      const { err, code } = await run(words, { MOONBASE_URL: 'http://127.0.0.1:1', MOONBASE_ADMIN_KEY: ADMIN_KEY })
      assert.match(err, /^error: option '--[\w-]+ <\w+>' argument '.*' is invalid\. /, words.join(' '))
      assert.equal(code, 1)
    }
  })
})

describe('the operator’s commands, without one', () => {
  const environment = { MOONBASE_ADMIN_KEY: ADMIN_KEY }

  it('nobody there: the address and how to start a server are told, and the code is another', async () => {
    const url = await closedAddress()
    const { err, code } = await run(['org', 'list', '--url', url], environment)
    assert.equal(
      err,
      `no server answers at ${url} (ECONNREFUSED)\nStart one with \`moonbase serve\`, or name another with --url or MOONBASE_URL.\n`,
    )
    assert.equal(code, 69)
  })

  it('a payment whose outcome is not known says how to repeat it', async () => {
    const url = await closedAddress()
    const { err, code } = await run(['recharge', 'org-1', '5', '--url', url], environment)
    const key = /^idempotency key: (\S+)$/m.exec(err)?.[1] ?? 'none'
    assert.ok(err.endsWith(`To try it again: the same command, for org-1, with --idempotency-key ${key}\n`))
    assert.equal(code, 69)
  })

  it('a server of another kind, and one that sends elsewhere, are not believed', async () => {
    await using other = await strangeServer((request) => request.url?.includes('tiers') === true)
    const { err, code } = await run(['org', 'list', '--url', other.url], environment)
    assert.equal(err, `${other.url} answers with status 200, and not as moonbase does\n`)
    assert.equal(code, 1)
    const sent = await run(['tier', 'list', '--url', other.url], environment)
    assert.match(sent.err, /answers with status 302, and not as moonbase does/)
    assert.equal(other.asked(), 2)
  })

  it('without a key anywhere it says where one is looked for', async () => {
    const { err, code } = await run(['org', 'list', '--data', join(folder, 'empty')], {})
    assert.match(err, /^no admin key: MOONBASE_ADMIN_KEY is not set, and .*empty has no credentials of a server\n/)
    assert.equal(code, 1)
  })

  it('a broken key or address is refused without being shown', async () => {
    const key = await run(['org', 'list'], { MOONBASE_ADMIN_KEY: 'sk-secret key' })
    assert.match(key.err, /^MOONBASE_ADMIN_KEY holds blanks/)
    assert.ok(!key.err.includes('secret'))
    const address = await run(['org', 'list', '--url', 'ftp://x'], environment)
    assert.match(address.err, /^--url and MOONBASE_URL must be the address of a server/)
  })

  it('the key that a server made for itself is found in its data folder', async () => {
    const data = join(folder, 'generated')
    const server = await serve({
      arguments: { port: 0, data },
      environment: { MOONBASE_LOG_LEVEL: 'silent' },
      print: () => undefined,
    })
    try {
      const { out } = await run(['whoami', '--url', server.url, '--data', data], {})
      assert.match(out, /^id: adm-/)
    } finally {
      await server.close()
    }
  })

  it('every command has a help text with the way to the server, and those with values have examples', async () => {
    const help = await run(['key', 'create', '--help'], {})
    assert.match(help.out, /Examples:\n {2}moonbase key create [^]*MOONBASE_ADMIN_KEY[^]*Exit codes/)
    assert.equal(help.code, 0)
  })
})

/** Of a port on which nobody listens any more. */
async function closedAddress(): Promise<string> {
  const server = await strangeServer(() => false)
  await server[Symbol.asyncDispose]()
  return server.url
}

async function strangeServer(sendsElsewhere: (request: IncomingMessage) => boolean) {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    if (sendsElsewhere(request)) response.writeHead(302, { location: '/elsewhere' }).end()
    else response.end('<html>hello</html>')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
