import assert from 'node:assert/strict'
import { type IncomingMessage, request as openRequest } from 'node:http'
import { after, before, describe, it } from 'node:test'
import { MODELS } from '@moonbase/protocol'
import { once } from '../../../../../test/support/eventually.ts'
import { AccountError } from '../../accounts/accounts.ts'
import { LedgerError } from '../../ledger/ledger.ts'
import type { UsageRow } from '../../usage/usage-reader.ts'
import { type AdminBench, type BenchReply, type AdminRequest, NOW, adminBench } from './testing/admin-bench.ts'

const PRICE = { model: 'kimi-k2.5', currency: 'USD', miss: '0.6', output: '3' }

describe('the operator’s API', () => {
  let bench: AdminBench
  let org: string
  before(async () => {
    bench = await adminBench()
    org = `/admin/v1/organisations/${bench.own.id}`
  })
  after(() => bench.close())

  const get = (path: string, request?: AdminRequest): Promise<BenchReply> => bench.ask('GET', path, request)
  const post = (path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}): Promise<BenchReply> =>
    bench.ask('POST', path, { ...(body === undefined ? {} : { body }), headers })
  const messageOf = (reply: BenchReply): string => (reply.json as { error: { message: string } }).error.message

  async function refuses(path: string, body: unknown, message: string, status = 400): Promise<void> {
    const reply = await post(path, body, { 'idempotency-key': 'never-used' })
    assert.equal(messageOf(reply), message)
    assert.equal(reply.status, status)
  }

  it('says what is wrong with a body by the name of the field', async () => {
    const keys = `${org}/api-keys`
    const key = { project: bench.own.project, name: 'k' }
    await refuses(
      '/admin/v1/organisations',
      { name: 'x', currency: 'USD', teir: '5' },
      'Invalid request: there is no field "teir"; did you mean tier?',
    )
    await refuses('/admin/v1/organisations', { name: 'x' }, 'Invalid request: the field "currency" is missing')
    await refuses(
      '/admin/v1/organisations',
      { name: 'x', currency: 'EUR' },
      'Invalid request: currency must be one of USD, CNY, got "EUR"',
    )
    await refuses('/admin/v1/organisations', { name: '', currency: 'USD' }, 'Invalid request: name must not be empty')
    await refuses(
      '/admin/v1/organisations',
      { name: 'a\nb', currency: 'USD' },
      'Invalid request: name must be a name of printable characters, without blanks at its ends, got "a\\nb"',
    )
    await refuses('/admin/v1/organisations', [1], 'Invalid request: the body must be an object, got an array')
    await refuses(
      keys,
      { ...key, models: ['kimi-k9'] },
      `Invalid request: models[0] must be one of ${MODELS.map(({ id }) => id).join(', ')}, got "kimi-k9"`,
    )
    await refuses(
      keys,
      { ...key, limits: { concurrency: 1, rpm: 1.5, tpm: null, tpd: null } },
      'Invalid request: limits.rpm must be a whole number or null, got 1.5',
    )
    await refuses(keys, { ...key, limits: { concurrency: 1 } }, 'Invalid request: the field "limits.rpm" is missing')
    await refuses(
      keys,
      { ...key, addresses: ['10.0.0.0/99'] },
      'Invalid request: addresses[0] must be an address or a network such as "10.0.0.0/8", got "10.0.0.0/99"',
    )
    await refuses(
      keys,
      { ...key, budget: { amount: 5, period: 'month' } },
      'Invalid request: budget.amount must be text, got 5',
    )
    await refuses(
      keys,
      { ...key, expires_at: '2026-02-30' },
      'Invalid request: expires_at must be a time such as "2026-03-01T12:00:00Z", with its zone, or a day such as "2026-03-01", which is in UTC, got "2026-02-30"',
    )
    await refuses(
      keys,
      { ...key, lenient: ['relax-schema', 'relax-schema'] },
      'Invalid request: lenient holds "relax-schema" twice',
    )
    await refuses(keys, { ...key, queue_ms: -1 }, 'Invalid request: queue_ms must be from 0 to 600000, got -1')
  })

  it('says what is wrong with a query by the name of the parameter', async () => {
    const wrong: readonly [string, string][] = [
      ['/admin/v1/organisations?limt=5', 'there is no parameter "limt"; did you mean limit?'],
      ['/admin/v1/organisations?limit=0', 'limit must be from 1 to 1000, got 0'],
      ['/admin/v1/organisations?limit=ten', 'limit must be a whole number, got "ten"'],
      ['/admin/v1/organisations?limit=5&limit=6', 'the parameter limit stands there twice'],
      ['/admin/v1/organisations?after=org-0', 'after must be the id of an entry of this list'],
      [
        '/admin/v1/usage?by=model,colour',
        'by[1] must be one of organisation, project, key, model, engine, got "colour"',
      ],
      ['/admin/v1/usage?from=2026-03-01T12:30:00Z', 'from and to must be whole hours, such as 2026-03-01T12:00:00Z'],
      ['/admin/v1/usage?from=2026-03-02&to=2026-03-01', 'from must be before to'],
      ['/admin/v1/usage?from=2016-03-02', 'from and to must be at most 1200 days apart'],
      ['/admin/v1/prices?model=kimi-k2.5&after=price-0', 'after must be the id of an entry of this list'],
    ]
    for (const [path, message] of wrong) {
      const reply = await get(path)
      assert.equal(messageOf(reply), `Invalid request: ${message}`)
      assert.equal(reply.status, 400)
    }
    const tier = { concurrency: 1, rpm: 1, tpm: 1, tpd: 1, recharge: { USD: null, CNY: null } }
    await refuses(
      '/admin/v1/tiers/a%20b',
      tier,
      'Invalid request: tier must be a name of letters, digits, ".", "-" and "_", 64 at most, got "a b"',
    )
  })

  it('refuses what is no JSON, no such path and no such method in the API’s words', async () => {
    assert.equal(messageOf(await post('/admin/v1/organisations', '')), 'Invalid request: the body is empty')
    assert.equal((await post('/admin/v1/organisations', '{}', { 'content-type': 'text/plain' })).status, 415)
    assert.equal((await post('/admin/v1/organisations', '{"name": ')).status, 400)
    assert.equal(messageOf(await get('/admin/v1/nowhere')), 'Not found the API GET /admin/v1/nowhere')
    const wrongMethod = await bench.ask('DELETE', org)
    assert.equal(wrongMethod.status, 405)
    assert.equal(wrongMethod.headers.get('allow'), 'GET, POST')
    // A key is asked for before anything is told of paths.
    assert.equal((await get('/admin/v1/nowhere', { key: undefined })).status, 401)
  })

  it('takes bodies of a megabyte and no more, however they come', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(1024 * 1024), currency: 'USD' })
    assert.equal((await post('/admin/v1/organisations', large)).status, 413)
    const pieces = new Blob([large]).stream()
    const init = {
      method: 'POST',
      body: pieces,
      duplex: 'half',
      headers: { authorization: `Bearer ${bench.operator}` },
    }
    assert.equal((await fetch(`${bench.url}/admin/v1/organisations`, init as RequestInit)).status, 413)
  })

  it('refuses a body that does not say its length as soon as it is too large, and not at its end', async () => {
    const headers = { authorization: `Bearer ${bench.operator}` }
    const asking = openRequest(`${bench.url}/admin/v1/organisations`, { method: 'POST', headers })
    asking.on('error', () => undefined)
    // It never ends.
    asking.write('x'.repeat(1024 * 1024))
    asking.write('x')
    const [reply] = (await once(asking, 'response')) as [IncomingMessage]
    assert.equal(reply.statusCode, 413)
    asking.destroy()
  })

  it('money is text, to the last nano, in and out', async () => {
    const pay = (amount: unknown, more = {}) =>
      post(`${org}/recharges`, { amount, ...more }, { 'idempotency-key': `money-${String(amount)}` })
    for (const amount of ['0.000000001', '3', '46.58893', '8999000']) assert.equal((await pay(amount)).status, 200)
    const balance = await get(`${org}/balance`)
    assert.deepEqual(balance.json, {
      organisation: bench.own.id,
      currency: 'USD',
      available: '8999049.588930001',
      cash: '8999049.588930001',
      voucher: '0',
      held: '0',
      recharged: '8999049.588930001',
    })
    const words = 'an amount as text, such as "12.5": at most nine decimals and 9000000 units, not below 0'
    for (const wrong of ['-1', '1e3', '1,5', '9000000.1', '9999999', '0.0000000001', '', ' 1', '0x10']) {
      const reply = await pay(wrong)
      assert.equal(messageOf(reply), `Invalid request: amount must be ${words}, got ${JSON.stringify(wrong)}`)
    }
    assert.equal(messageOf(await pay(12.5)), 'Invalid request: amount must be text, got 12.5')
    for (const zero of ['0', '0.000', '-0']) {
      const reply = await post(`${org}/adjustments`, { amount: zero }, { 'idempotency-key': 'z' })
      assert.equal(messageOf(reply), 'Invalid request: amount must not be 0')
    }
    assert.equal((await get(org)).text.includes('"recharged":"8999049.588930001"'), true)
  })

  it('pays once for one idempotency key, and refuses it for something else', async () => {
    const path = `/admin/v1/organisations/${bench.other.id}`
    const headers = { 'idempotency-key': 'invoice 2026-0815' }
    const first = await post(`${path}/vouchers`, { amount: '5', note: 'welcome' }, headers)
    const again = await post(`${path}/vouchers`, { amount: '5', note: 'welcome' }, headers)
    assert.deepEqual(again.json, { ...(first.json as object), repeated: true })
    const conflict = await post(`${path}/vouchers`, { amount: '6' }, headers)
    assert.equal(conflict.status, 409)
    assert.equal(messageOf(conflict), 'Invalid request: this Idempotency-Key was used before, for something else')
    const without = await post(`${path}/vouchers`, { amount: '5' })
    assert.equal(without.status, 400)
    assert.equal(
      messageOf(without),
      'Invalid request: the header Idempotency-Key is missing: a text of your own, the same one for each try of the same payment, at most 128 characters of ASCII',
    )
    assert.equal((await post(`${path}/vouchers`, { amount: '5' }, { 'idempotency-key': 'x'.repeat(129) })).status, 400)
    const transfers = await get(`${path}/transfers`)
    const { data } = transfers.json as { data: { voucher: string; note: string; by: string; at: string }[] }
    assert.equal(data.length, 1)
    assert.deepEqual([data[0]?.voucher, data[0]?.note, data[0]?.at], ['5', 'welcome', '2026-03-15T10:20:00.000Z'])
    assert.match(data[0]?.by ?? '', /^adm-/)
  })

  it('a key is shown when it is made, and at no other time', async () => {
    const made = await post(`${org}/api-keys`, {
      project: bench.own.project,
      name: 'shown once',
      expires_at: '2026-12-31T23:00:00+01:00',
      models: ['kimi-k2.5'],
      addresses: ['10.0.0.0/8', '::1'],
      budget: { amount: '12.5', period: 'total' },
      limits: { concurrency: null, rpm: 5, tpm: null, tpd: null },
      lenient: ['relax-schema'],
      queue_ms: 30_000,
    })
    const { key, ...rest } = made.json as Record<string, unknown>
    assert.match(String(key), /^sk-/)
    assert.deepEqual(
      [rest['expires_at'], rest['budget'], rest['queue_ms']],
      ['2026-12-31T22:00:00.000Z', { amount: '12.5', period: 'total' }, 30_000],
    )
    const list = await get(`${org}/api-keys?project=${bench.own.project}`)
    assert.ok(!list.text.includes(String(key)) && !list.text.includes('digest'))
    const { data } = list.json as { data: { id: string }[] }
    assert.deepEqual(
      data.find((one) => one.id === rest['id']),
      rest,
    )
    const { id } = rest
    const changed = await post(`${org}/api-keys/${String(id)}`, { expires_at: null, budget: null, models: null })
    assert.deepEqual(changed.json, { ...rest, expires_at: null, budget: null, models: null })
    const revoked = await post(`${org}/api-keys/${String(id)}/revoke`)
    assert.equal((revoked.json as { status: string }).status, 'revoked')
  })

  it('an admin key cannot revoke itself, and opens nothing when another has revoked it', async () => {
    const { key, id } = await bench.adminKey(['accounts:write'], null)
    const itself = await bench.ask('POST', `/admin/v1/admin-keys/${id}/revoke`, { key })
    assert.equal(itself.status, 409)
    assert.equal(messageOf(itself), 'Invalid request: an admin key cannot revoke itself')
    assert.equal((await post(`/admin/v1/admin-keys/${id}/revoke`)).status, 200)
    assert.equal((await get('/admin/v1/me', { key })).status, 401)
    const unknown = await post('/admin/v1/admin-keys/adm-0/revoke')
    assert.equal(messageOf(unknown), 'Not found the admin key adm-0 or Permission denied')
    const bound = await post('/admin/v1/admin-keys', { name: 'k', scopes: ['audit'], organisation: 'org-0' })
    assert.equal(messageOf(bound), 'Not found the organisation org-0 or Permission denied')
  })

  it('prices are per million tokens, with the catalogue behind those that were set', async () => {
    const set = await post('/admin/v1/prices', { ...PRICE, hit: '0.1', from: '2026-04-01', web_search: '0.005' })
    assert.equal(bench.services.accounts.priceRecords().at(-1)?.miss, 600)
    const { id, ...row } = set.json as Record<string, unknown>
    assert.match(String(id), /^price-/)
    assert.deepEqual(row, {
      source: 'set',
      model: 'kimi-k2.5',
      engine: null,
      currency: 'USD',
      from: '2026-04-01T00:00:00.000Z',
      to: null,
      hit: '0.1',
      miss: '0.6',
      output: '3',
      batch_percent: 60,
      web_search: '0.005',
    })
    const list = await get('/admin/v1/prices?model=kimi-k2.5')
    const { data } = list.json as { data: { source: string; currency: string; miss: string }[] }
    assert.deepEqual(
      data.map((one) => [one.source, one.currency, one.miss]),
      [
        ['set', 'USD', '0.6'],
        ['catalogue', 'USD', '0.6'],
        ['catalogue', 'CNY', '4'],
      ],
    )
    const words =
      'a price per million tokens as text, such as "0.6": at most three decimals and 9000 units, not below 0'
    await refuses(
      '/admin/v1/prices',
      { ...PRICE, miss: '0.0001' },
      `Invalid request: miss must be ${words}, got "0.0001"`,
    )
  })

  it('lists go on where a page ended, and say whether there is more', async () => {
    for (let made = 0; made < 4; made++) await post(`${org}/projects`, { name: `page ${made}` })
    const ids: string[] = []
    let more = true
    while (more) {
      const behind = ids.length === 0 ? '' : `&after=${ids.at(-1)}`
      const page = (await get(`${org}/projects?limit=2${behind}`)).json as { data: { id: string }[]; has_more: boolean }
      ids.push(...page.data.map(({ id }) => id))
      more = page.has_more
    }
    assert.deepEqual(
      ids,
      bench.services.accounts.projects(bench.own.id).map(({ id }) => id),
    )
    const first = await get('/admin/v1/requests?limit=1')
    assert.equal((first.json as { has_more: boolean }).has_more, true)
    const next = await get('/admin/v1/requests?limit=5&after=req-1')
    assert.deepEqual(
      (next.json as { data: { id: string }[] }).data.map(({ id }) => id),
      ['req-2', 'req-of-other'],
    )
  })

  it('what a request is a part of is shown, and all of its parts are found by it', async () => {
    const found = async (query: string): Promise<string[]> =>
      ((await get(`/admin/v1/requests?${query}`)).json as { data: { id: string }[] }).data.map(({ id }) => id)
    for (const query of ['parent=req-1', 'run=nightly%207', 'api=anthropic', 'run=nightly%207&parent=req-1']) {
      assert.deepEqual(await found(query), ['req-2'], query)
    }
    assert.deepEqual(await found('parent=req-2'), [])
    assert.deepEqual(await found(`api=moonshot&organisation=${bench.own.id}`), ['req-1'])
    const told = (await get('/admin/v1/requests/req-2')).json as Record<string, unknown>
    assert.deepEqual(
      ['api', 'class', 'parent', 'run', 'labels', 'fees', 'timeline'].map((name) => told[name]),
      [
        'anthropic',
        'batch',
        'req-1',
        'nightly 7',
        { step: 'two' },
        '0',
        {
          attempts: [{ replica: 'cluster/2', outcome: 'complete', began_ms: 1, first_token_ms: 120, ended_ms: 900 }],
          seams: [{ from: 'cluster/1', to: 'cluster/2', reason: 'network', at_ms: null }],
        },
      ],
    )
  })

  it('usage comes as JSON, or as a table by the header or the parameter', async () => {
    const json = await get(
      `/admin/v1/usage?by=model,organisation&bucket=all&from=2026-03-01&organisation=${bench.own.id}`,
    )
    assert.deepEqual((json.json as { data: unknown[] }).data[0], {
      at: '2026-03-01T00:00:00.000Z',
      model: 'kimi-k2.5',
      organisation: bench.own.id,
      currency: 'USD',
      requests: 2,
      errors: 0,
      prompt_tokens: 200,
      cached_tokens: 120,
      completion_tokens: 100,
      reasoning_tokens: 40,
      cost: '0',
    })
    const expected =
      'at,organisation,model,currency,requests,errors,prompt_tokens,cached_tokens,completion_tokens,reasoning_tokens,cost\r\n' +
      `2026-03-01T00:00:00.000Z,${bench.own.id},kimi-k2.5,USD,2,0,200,120,100,40,0\r\n`
    const path = `/admin/v1/usage?by=model,organisation&bucket=all&from=2026-03-01&organisation=${bench.own.id}`
    for (const reply of [await get(`${path}&format=csv`), await get(path, { headers: { accept: 'text/csv' } })]) {
      assert.equal(reply.text, expected)
      assert.equal(reply.headers.get('content-type'), 'text/csv; charset=utf-8; header=present')
      assert.equal(reply.headers.get('content-disposition'), 'attachment; filename="usage.csv"')
    }
    const both = await get(`${path}&format=json`, { headers: { accept: 'text/csv' } })
    assert.ok(both.json)
  })

  it('a table that does not end where its page ends says how to go on, or is refused', async () => {
    const page = await get('/admin/v1/requests?format=csv&limit=2')
    assert.equal(page.headers.get('x-moonbase-next-after'), 'req-2')
    assert.equal(page.text.split('\r\n').length, 4)
    const cut = await get('/admin/v1/usage?format=csv&by=organisation&limit=1')
    assert.equal(
      messageOf(cut),
      'Invalid request: the table has more than 1 rows: ask for a shorter time, fewer columns, or more rows',
    )
  })

  it('notes who did what to whom, also when it failed, and never a key or a body', async () => {
    bench.notes.length = 0
    const made = await post(`${org}/api-keys`, { project: bench.own.project, name: 'a secret name' })
    const { id, key } = made.json as { id: string; key: string }
    await post('/admin/v1/organisations', { name: 'other', currency: 'USD' })
    await post(`${org}/projects/proj-0`, { name: 'x' })
    await get('/admin/v1/organisations')
    const [first, second, third, ...more] = bench.notes
    const admin = first?.admin ?? ''
    assert.match(admin, /^adm-/)
    assert.equal(first?.request, made.headers.get('x-request-id'))
    assert.deepEqual(
      [first, second, third].map((one) => [one?.admin, one?.operation, one?.ids, one?.error]),
      [
        [admin, 'createApiKey', { organisation: bench.own.id, key: id }, null],
        [admin, 'createOrganisation', {}, 'account_conflict'],
        [admin, 'changeProject', { organisation: bench.own.id, project: 'proj-0' }, 'account_not_found'],
      ],
    )
    assert.deepEqual(more, [])
    const text = JSON.stringify(bench.notes)
    for (const secret of [key, 'a secret name', bench.operator]) assert.ok(!text.includes(secret))
  })

  it('a recharge is told to the accounts, so that the tier may rise', async () => {
    await post(`${org}/recharges`, { amount: '10' }, { 'idempotency-key': 'rise' })
    const { recharged } = (await get(`${org}/balance`)).json as { recharged: string }
    assert.equal(((await get(org)).json as { recharged: string }).recharged, recharged)
  })

  it('the default times of usage and requests end now', async () => {
    const asked: unknown[] = []
    const { usage } = bench.services
    const tokens = { prompt: 100, cached: 60, completion: 50, reasoning: 20 }
    const row: UsageRow = { at: NOW, currency: 'USD', requests: 1, errors: 0, ...tokens, cost: 180_000 }
    const original = { usage: usage.usage, requests: usage.requests }
    Object.assign(usage, {
      usage: async (query: unknown) => (asked.push(query), [row]),
      requests: async (query: unknown) => (asked.push(query), []),
    })
    assert.ok((await get('/admin/v1/usage')).text.includes('"cost":"0.00018"'))
    await get('/admin/v1/requests?error=tpm_limit')
    Object.assign(usage, original)
    assert.deepEqual(asked, [
      {
        filter: {},
        from: Date.UTC(2026, 1, 13),
        to: Date.UTC(2026, 2, 15, 11),
        by: [],
        bucket: 'day',
        limit: 10_001,
      },
      { filter: {}, from: NOW + 1 - 86_400_000, to: NOW + 1, limit: 101, error: 'tpm_limit' },
    ])
  })

  it('what accounts and ledger cannot do is told as what it is', async () => {
    const { accounts, ledger } = bench.services
    const original = { create: accounts.createProject, balance: ledger.balance }
    const outcomes: [number, string][] = []
    for (const kind of ['conflict', 'limit', 'invalid', 'unavailable'] as const) {
      accounts.createProject = () => Promise.reject(new AccountError(kind, `it is a matter of ${kind}`))
      const reply = await post(`${org}/projects`, { name: 'x' })
      outcomes.push([reply.status, messageOf(reply)])
    }
    ledger.balance = () => Promise.reject(new LedgerError('unavailable', 'the disk is full'))
    const reply = await get(`${org}/balance`)
    outcomes.push([reply.status, messageOf(reply)])
    accounts.createProject = original.create
    ledger.balance = original.balance
    const unavailable = 'The accounts of this server cannot be reached, please try again later'
    assert.deepEqual(outcomes, [
      [409, 'Invalid request: it is a matter of conflict'],
      [409, 'Invalid request: it is a matter of limit'],
      [400, 'Invalid request: it is a matter of invalid'],
      [503, unavailable],
      [503, unavailable],
    ])
  })

  it('who asks while an audit runs gets that one', async () => {
    const { ledger } = bench.services
    const original = ledger.audit.bind(ledger)
    let runs = 0
    const report = await original(NOW)
    const gate = Promise.withResolvers<void>()
    ledger.audit = async () => {
      runs += 1
      if (runs === 1) setImmediate(gate.resolve)
      await gate.promise
      return report
    }
    const replies = await Promise.all([post('/admin/v1/audit'), post('/admin/v1/audit')])
    ledger.audit = original
    assert.deepEqual(
      replies.map(({ status }) => status),
      [200, 200],
    )
    assert.ok(runs <= 2)
    assert.deepEqual((await get('/admin/v1/audit')).json, { report: null })
  })
})
