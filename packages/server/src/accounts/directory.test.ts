import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { StartError } from '../records/start-error.ts'
import type { ConfiguredKeys } from './configured-keys.ts'
import { organisationId } from '../keys/identifiers.ts'
import { openKeys } from '../credentials/open-keys.ts'
import { NANO_PER_UNIT } from '../records/money.ts'
import { MemoryAccountPlace, type MemoryAccountStore, organisationRecord } from './testing/account-fixtures.ts'
import { ADMIN_SCOPES, type ApiKeyRecord, type PriceRecord } from '../records/account-records.ts'
import { AccountError, type ApiKeySettings, type NewKey } from './accounts.ts'
import { Directory, type DirectoryParts } from './directory.ts'

const START = Date.UTC(2026, 2, 1)
const NONE = { limits: null, budget: null, contentRetentionDays: null }

/** Bytes that never repeat. */
function countedBytes(seed: number): (bytes: number) => Uint8Array {
  let drawn = seed
  return (bytes) => Uint8Array.from({ length: bytes }, () => (drawn++ * 37 + (drawn >> 8)) % 256)
}

let gateways = 0

class Bench {
  now = START
  readonly problems: string[] = []
  readonly place: MemoryAccountPlace
  readonly store: MemoryAccountStore

  constructor(place = new MemoryAccountPlace()) {
    this.place = place
    this.store = place.store()
  }

  open(more: Partial<DirectoryParts> = {}): Promise<Directory> {
    return Directory.open({
      store: this.store,
      now: () => this.now,
      random: countedBytes(gateways++ * 99_991),
      onProblem: (problem) => this.problems.push(problem),
      ...more,
    })
  }

  /** With an organisation, a project, and as many keys as are asked for. */
  async furnished(keys: readonly Partial<ApiKeySettings>[] = [{}], more: Partial<DirectoryParts> = {}) {
    const directory = await this.open(more)
    const organisation = await directory.createOrganisation({ name: 'acme', currency: 'USD', tier: null })
    const project = await directory.createProject(organisation.id, { name: 'main', ...NONE })
    const made: NewKey<ApiKeyRecord>[] = []
    for (const [index, settings] of keys.entries()) {
      made.push(await directory.createApiKey(organisation.id, project.id, { name: `key ${index}`, ...settings }))
    }
    const [key = assert.fail('a key is asked for')] = made
    return { directory, org: organisation.id, project, key, made }
  }
}

function refused(kind: AccountError['kind'], words: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof AccountError, String(error))
    assert.equal(error.kind, kind)
    assert.match(error.message, words)
    return true
  }
}

test('a key opens its account from the moment it is made, also after a restart', async () => {
  const bench = new Bench()
  const settings = { models: ['kimi-k2.5'], lenient: ['relax-schema'], queueMs: 500 } as const
  const { directory, org, project, key } = await bench.furnished([settings])
  assert.match(key.key, /^sk-[0-9A-Za-z]{48}$/)
  assert.match(`${org} ${project.id} ${key.record.id}`, /^org-[0-9a-f]{24} proj-[0-9a-f]{24} ak-[0-9a-f]{24}$/)
  assert.equal(key.record.prefix, key.key.slice(0, 7))
  for (const each of [directory, await bench.open()]) {
    const found = each.findKey(key.key)
    assert.ok(found)
    assert.deepEqual(
      [found.id, found.name, found.organisation, found.project, found.queueMs, found.generated],
      [key.record.id, 'key 0', org, project.id, 500, false],
    )
    assert.deepEqual([found.models?.has('kimi-k2.5'), found.models?.has('kimi-k2')], [true, false])
    assert.deepEqual([...found.lenient], ['relax-schema'])
    assert.equal(found.account, each.organisation(org).account)
    // Ready-made: nothing is built for a request.
    assert.equal(each.findKey(key.key), found)
    assert.equal(each.findKey(`${key.key}x`), undefined)
    assert.equal(each.findAdmin(key.key), undefined)
  }
  assert.ok(!inspect([directory, bench.place.records()], { depth: 9, showHidden: true }).includes(key.key))
})

test('an admin key opens what its scopes say and never the API', async () => {
  const { directory, org } = await new Bench().furnished()
  const asked = {
    name: 'ops',
    scopes: ['audit', 'metrics', 'audit'],
    organisation: org,
    expiresAt: START + 10,
  } as const
  const { key, record } = await directory.createAdminKey(asked)
  assert.match(key, /^sk-admin-[0-9A-Za-z]{48}$/)
  assert.match(record.id, /^adm-[0-9a-f]{24}$/)
  assert.deepEqual([record.prefix, record.scopes], [key.slice(0, 13), ['audit', 'metrics']])
  assert.equal(directory.findAdmin(key), record)
  assert.equal(directory.findKey(key), undefined)
  await directory.revokeAdminKey(record.id)
  assert.equal(directory.findAdmin(key), undefined)
  assert.deepEqual(directory.adminKeys(), [{ ...record, status: 'revoked' }])
})

test('a key opens nothing from its last moment on', async () => {
  const bench = new Bench()
  const { directory, key } = await bench.furnished([{ expiresAt: START + 1000 }])
  const admin = { name: 'ops', scopes: ['audit'], organisation: null, expiresAt: START + 1000 } as const
  const { key: adminKey } = await directory.createAdminKey(admin)
  bench.now = START + 999
  assert.ok(directory.findKey(key.key) && directory.findAdmin(adminKey))
  bench.now = START + 1000
  assert.equal(directory.findKey(key.key), undefined)
  assert.equal(directory.findAdmin(adminKey), undefined)
})

test('a revoked key is refused at the next look-up, for good, and one that was not kept as revoked still opens', async () => {
  const bench = new Bench()
  const { directory, org, key } = await bench.furnished()
  bench.store.beforePut = () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(
    directory.revokeApiKey(org, key.record.id),
    refused('unavailable', /could not be kept: the disk is full/),
  )
  assert.ok(directory.findKey(key.key))

  const kept = Promise.withResolvers<void>()
  bench.store.beforePut = () => kept.promise
  const revoking = directory.revokeApiKey(org, key.record.id)
  assert.ok(directory.findKey(key.key))
  kept.resolve()
  await revoking
  assert.equal(directory.findKey(key.key), undefined)
  assert.equal((await bench.open()).findKey(key.key), undefined)
  assert.equal((await directory.revokeApiKey(org, key.record.id)).status, 'revoked')
  await assert.rejects(directory.changeApiKey(org, key.record.id, { name: 'again' }), refused('conflict', /for good/))
})

test('requests that look up while a key is revoked find it before, and not after', async () => {
  const { directory, org, key } = await new Bench().furnished()
  let isRevoked = false
  const requests = Array.from({ length: 200 }, async () => {
    for (let turn = 0; turn < 50; turn++) {
      const before = isRevoked
      const found = directory.findKey(key.key)
      assert.equal(found === undefined && !before, directory.apiKeys(org)[0]?.status === 'revoked' && !before)
      if (before) assert.equal(found, undefined)
      await Promise.resolve()
    }
  })
  await directory.revokeApiKey(org, key.record.id)
  isRevoked = true
  await Promise.all(requests)
})

test('the keys of an archived project open nothing until it is taken up again, with its new limits', async () => {
  const { directory, org, project, key } = await new Bench().furnished()
  await directory.changeProject(org, project.id, { status: 'archived' })
  assert.equal(directory.findKey(key.key), undefined)
  await assert.rejects(directory.createApiKey(org, project.id, { name: 'late' }), refused('conflict', /is archived/))
  const limits = { concurrency: 2, rpm: null, tpm: null, tpd: null }
  await directory.changeProject(org, project.id, { status: 'active', limits, budget: { amount: 5, period: 'month' } })
  const found = directory.findKey(key.key)
  assert.deepEqual([found?.projectLimits, found?.projectBudget], [limits, { amount: 5, period: 'month' }])
})

test('a suspension is seen by those that have found their key already', async () => {
  const { directory, org, key } = await new Bench().furnished()
  const found = directory.findKey(key.key)
  await directory.changeOrganisation(org, { status: 'suspended', name: 'acme two' })
  assert.deepEqual([found?.account.status, found?.account.name], ['suspended', 'acme two'])
  assert.equal(directory.findKey(key.key), found)
  await directory.changeOrganisation(org, { status: 'active' })
  assert.equal(found?.account.status, 'active')
})

test('a key may come from the addresses and networks on its list, however an address is written', async () => {
  const addresses = ['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '::ffff:198.51.100.0/120']
  const { directory, made } = await new Bench().furnished([{ addresses }, {}])
  const [listed, any] = made.map(({ key }) => directory.findKey(key))
  assert.ok(listed && any)
  for (const address of [
    '10.1.2.3',
    '::ffff:10.1.2.3',
    '::ffff:a01:203',
    '192.0.2.7',
    '2001:db8:5::1',
    '2001:DB8::1',
    '198.51.100.9',
  ]) {
    assert.equal(listed.mayComeFrom({ address }), true, address)
  }
  for (const address of [
    '10.2.0.1',
    '192.0.2.8',
    '::ffff:192.0.2.8',
    '2001:db9::1',
    '::1',
    '',
    'localhost',
    'fe80::1%a',
  ]) {
    assert.equal(listed.mayComeFrom({ address }), false, address)
    assert.equal(any.mayComeFrom({ address }), true, address)
  }
})

test('the tier follows from what was recharged, unless it is given, and is never given by nothing', async () => {
  const bench = new Bench()
  const { directory, org, key } = await bench.furnished()
  const account = directory.findKey(key.key)?.account
  const tierAfter = (units: number): string | undefined => {
    directory.recharged(org, units * NANO_PER_UNIT)
    return account?.tier
  }
  assert.equal(account?.tier, '0')
  assert.deepEqual(account.limits, { concurrency: 1, rpm: 3, tpm: 500_000, tpd: 1_500_000 })
  for (const [units, tier] of [
    [1, '0'],
    [9.99, '0'],
    [10, '1'],
    [20, '2'],
    [100, '3'],
    [999.999999999, '3'],
    [1_000, '4'],
    [3_000, '5'],
    // What comes late is no less for that.
    [20, '5'],
  ] as const) {
    assert.equal(tierAfter(units), tier, String(units))
  }
  assert.deepEqual(account.limits, { concurrency: 1_000, rpm: 10_000, tpm: 5_000_000, tpd: null })
  await directory.changeOrganisation(org, { tier: 'development' })
  assert.deepEqual(account.limits, { concurrency: 1_000, rpm: null, tpm: null, tpd: null })
  await directory.changeOrganisation(org, { tier: null })
  assert.equal(account.tier, '5')
  await assert.rejects(directory.changeOrganisation(org, { tier: 'gold' }), refused('invalid', /no tier "gold"/))
})

test('in yuan only the thresholds that are known are reached', async () => {
  const directory = await new Bench().open()
  const { id } = await directory.createOrganisation({ name: 'cn', currency: 'CNY', tier: null })
  directory.recharged(id, 49 * NANO_PER_UNIT)
  assert.equal(directory.organisation(id).account.tier, '0')
  directory.recharged(id, 50_000 * NANO_PER_UNIT)
  assert.equal(directory.organisation(id).account.tier, '1')
})

test('operators change the tiers of the platform and add their own, for all that stand in them', async () => {
  const bench = new Bench()
  const { directory, org } = await bench.furnished()
  assert.deepEqual(
    directory.tiers().map(({ name }) => name),
    ['0', '1', '2', '3', '4', '5', 'development'],
  )
  const limits = { concurrency: 7, rpm: 70, tpm: null, tpd: null }
  await directory.putTier({ name: '0', ...limits, recharge: { USD: NANO_PER_UNIT, CNY: 0 } })
  const gold = { name: 'gold', ...limits, recharge: { USD: 15 * NANO_PER_UNIT, CNY: null } }
  await directory.putTier(gold)
  assert.equal(directory.organisation(org).account.limits.concurrency, 7)
  bench.place.recharge(org, 16 * NANO_PER_UNIT)
  for (const each of [directory, await bench.open()]) {
    assert.equal(each.organisation(org).account.tier, 'gold')
    assert.deepEqual(
      each.tiers().map(({ name }) => name),
      ['0', '1', 'gold', '2', '3', '4', '5', 'development'],
    )
  }
  for (const [wrong, words] of [
    [{ ...gold, name: 'no blanks' }, /name of a tier/],
    [{ ...gold, rpm: 0 }, /rpm must be a whole number above 0/],
    [{ ...gold, recharge: { USD: -1, CNY: null } }, /recharge in USD/],
  ] as const) {
    await assert.rejects(directory.putTier(wrong), refused('invalid', words))
  }
})

test('names are printable, and unique among those that live', async () => {
  const { directory, org, project, key } = await new Bench().furnished()
  for (const name of ['', ' a', 'a\nb', 'a\u202eb', 'x'.repeat(65), 'half \ud83d', '\u2028']) {
    const words = /1 to 64 printable characters/
    await assert.rejects(directory.createProject(org, { name, ...NONE }), refused('invalid', words), inspect(name))
    await assert.rejects(directory.createApiKey(org, project.id, { name }), refused('invalid', words))
    await assert.rejects(directory.createOrganisation({ name, currency: 'USD', tier: null }), refused('invalid', words))
  }
  const long = '\u{1f600}'.repeat(64)
  const other = await directory.createProject(org, { name: long, ...NONE })
  await assert.rejects(directory.createProject(org, { name: 'main', ...NONE }), refused('conflict', /"main"/))
  await assert.rejects(directory.changeProject(org, other.id, { name: 'main' }), refused('conflict', /"main"/))
  await assert.rejects(directory.createApiKey(org, project.id, { name: 'key 0' }), refused('conflict', /"key 0"/))
  const same = { name: 'acme', currency: 'CNY', tier: null } as const
  await assert.rejects(directory.createOrganisation(same), refused('conflict', /organisation has the name "acme"/))

  // The name of what is archived or revoked is free, and what has it then stands in the way of its return.
  await directory.changeProject(org, project.id, { status: 'archived' })
  await directory.changeProject(org, other.id, { name: 'main' })
  const back = { status: 'active' } as const
  await assert.rejects(directory.changeProject(org, project.id, back), refused('conflict', /"main"/))
  await directory.revokeApiKey(org, key.record.id)
  await directory.createApiKey(org, other.id, { name: 'key 0' })
})

test('what a key may not be like is said', async () => {
  const { directory, org, project, key } = await new Bench().furnished()
  for (const [settings, words] of [
    [{ models: ['kimi-k9'] }, /no model "kimi-k9" in the catalogue/],
    [{ models: [] }, /models must name one at least/],
    [{ addresses: ['10.0.0.0/33'] }, /"10.0.0.0\/33" among the addresses/],
    [{ addresses: ['example.com'] }, /"example.com"/],
    [{ addresses: ['fe80::1%eth0'] }, /without a zone/],
    [{ addresses: Array.from({ length: 101 }, () => '10.0.0.1') }, /100 entries/],
    [{ limits: { concurrency: 0, rpm: null, tpm: null, tpd: null } }, /concurrency/],
    [{ limits: { concurrency: null, rpm: null, tpm: null, tpd: 1.5 } }, /tpd/],
    [{ budget: { amount: -1, period: 'month' } }, /amount of a budget/],
    [{ budget: { amount: 2 ** 53, period: 'total' } }, /amount of a budget/],
    [{ expiresAt: START }, /must lie in the future/],
    [{ queueMs: 600_001 }, /queue_ms/],
    [{ queueMs: -1 }, /queue_ms/],
  ] as const) {
    await assert.rejects(directory.createApiKey(org, project.id, { name: 'x', ...settings }), refused('invalid', words))
    await assert.rejects(directory.changeApiKey(org, key.record.id, settings), refused('invalid', words))
  }
  assert.deepEqual(directory.apiKeys(org), [key.record])
  await assert.rejects(directory.createApiKey(org, 'proj-0', { name: 'x' }), refused('not_found', /no project proj-0/))
  await assert.rejects(directory.revokeApiKey('org-0', key.record.id), refused('not_found', /no organisation org-0/))
  const other = await directory.createOrganisation({ name: 'other', currency: 'USD', tier: null })
  await assert.rejects(directory.revokeApiKey(other.id, key.record.id), refused('not_found', /no API key/))
  await assert.rejects(
    directory.createAdminKey({ name: 'x', scopes: [], organisation: null, expiresAt: null }),
    refused('invalid', /needs a scope/),
  )
})

test('an organisation has as many living projects and keys as its tier allows, also of those asked for at once', async () => {
  const bench = new Bench()
  const quotas = { lowest: { projects: 3, keys: 2 }, others: { projects: 4, keys: 3 } }
  const { directory, org, project, key } = await bench.furnished([{ expiresAt: START + 5 }], { quotas })
  const projects = Array.from({ length: 5 }, (_, index) => directory.createProject(org, { name: `p${index}`, ...NONE }))
  const keys = Array.from({ length: 5 }, (_, index) => directory.createApiKey(org, project.id, { name: `k${index}` }))
  const outcomes = async (all: readonly Promise<unknown>[]) =>
    (await Promise.allSettled(all)).map(({ status }) => status)
  assert.deepEqual(await outcomes(projects), ['fulfilled', 'fulfilled', 'rejected', 'rejected', 'rejected'])
  assert.deepEqual(await outcomes(keys), ['fulfilled', 'rejected', 'rejected', 'rejected', 'rejected'])
  await assert.rejects(directory.createApiKey(org, project.id, { name: 'more' }), refused('limit', /2 API keys/))

  directory.recharged(org, 10 * NANO_PER_UNIT)
  await directory.createApiKey(org, project.id, { name: 'third' })
  // One that is expired takes no room, and gets none when it comes back.
  bench.now = START + 5
  await directory.createApiKey(org, project.id, { name: 'fourth' })
  await assert.rejects(directory.changeApiKey(org, key.record.id, { expiresAt: null }), refused('limit', /3 API keys/))
  // What lives already may be changed in a full house.
  const [, second] = directory.apiKeys(org)
  await directory.changeApiKey(org, second?.id ?? '', { name: 'renamed' })
})

test('when too many changes wait, further ones are refused', async () => {
  const bench = new Bench()
  const { directory, org } = await bench.furnished()
  const kept = Promise.withResolvers<void>()
  bench.store.beforePut = () => kept.promise
  const changes = Array.from({ length: 1_000 }, () => directory.changeOrganisation(org, { status: 'suspended' }))
  await assert.rejects(directory.changeOrganisation(org, {}), refused('unavailable', /1000 changes/))
  kept.resolve()
  await Promise.all(changes)
  await directory.changeOrganisation(org, { status: 'active' })
})

test('what another gateway changes holds here too, in whatever order it comes', async () => {
  const place = new MemoryAccountPlace()
  const here = new Bench(place)
  const [one, two] = [await here.open(), await new Bench(place).open()]
  const { id } = await one.createOrganisation({ name: 'acme', currency: 'USD', tier: null })
  const project = await one.createProject(id, { name: 'main', ...NONE })
  const { key, record } = await one.createApiKey(id, project.id, { name: 'laptop' })
  const admin = await one.createAdminKey({ name: 'ops', scopes: ['audit'], organisation: null, expiresAt: null })
  assert.ok(two.findKey(key) && two.findAdmin(admin.key))
  place.recharge(id, 10 * NANO_PER_UNIT)
  assert.equal(two.findKey(key)?.account.tier, '1')
  await two.revokeApiKey(id, record.id)
  assert.equal(one.findKey(key), undefined)

  const digest = one.apiKeys(id)[0]?.digest ?? ''
  const late = await new Bench().open({ store: here.store })
  assert.equal(late.findKey(key), undefined)
  const scattered = new MemoryAccountPlace()
  const third = await new Bench(scattered).open()
  scattered.put({ apiKeys: [{ ...record, digest }] }, undefined)
  assert.equal(third.findKey(key), undefined)
  assert.deepEqual(third.organisations(), [])
  scattered.put({ projects: [project] }, undefined)
  scattered.recharge(id, 20 * NANO_PER_UNIT)
  scattered.put({ organisations: [organisationRecord(id)] }, undefined)
  assert.equal(third.findKey(key)?.account.tier, '2')
})

test('what changes while everything is loaded is not lost', async () => {
  const place = new MemoryAccountPlace()
  const { directory, org, key } = await new Bench(place).furnished()
  const bench = new Bench(place)
  bench.store.afterLoad = async () => void (await directory.revokeApiKey(org, key.record.id))
  assert.equal((await bench.open()).findKey(key.key), undefined)
})

test('a change that was decided before a revocation does not call the key back, on any gateway', async () => {
  const place = new MemoryAccountPlace()
  const here = new Bench(place)
  const { directory: one, org, key } = await here.furnished()
  const elsewhere = new Bench(place)
  const two = await elsewhere.open()
  const kept = Promise.withResolvers<void>()
  here.store.beforePut = () => kept.promise
  const renaming = one.changeApiKey(org, key.record.id, { name: 'renamed' })
  // The revocation overtakes it, and the renaming is decided anew.
  await two.revokeApiKey(org, key.record.id)
  kept.resolve()
  await assert.rejects(renaming, { kind: 'conflict', message: /revoked, which is for good/ })
  for (const each of [one, two, await new Bench(place).open()]) assert.equal(each.findKey(key.key), undefined)
  assert.equal(place.records().apiKeys[0]?.status, 'revoked')
  assert.deepEqual([...here.problems, ...elsewhere.problems], [])
})

test('what another gateway took meanwhile is not taken a second time: a name, and the last room', async () => {
  const place = new MemoryAccountPlace()
  const benches = Array.from({ length: 3 }, () => new Bench(place))
  const directories = await Promise.all(benches.map((bench) => bench.open()))
  const [first] = directories
  assert.ok(first !== undefined)
  const { id } = await first.createOrganisation({ name: 'acme', currency: 'USD', tier: '0' })
  const named = await Promise.allSettled(directories.map((one) => one.createProject(id, { name: 'same', ...NONE })))
  const kindOf = (one: PromiseSettledResult<unknown>): string =>
    one.status === 'rejected' ? String(Object(one.reason).kind) : 'made'
  assert.deepEqual(named.map(kindOf).toSorted(), ['conflict', 'conflict', 'made'])
  const asked = Array.from({ length: 10 }, (_, count) =>
    directories.map((one, at) => [one, `${at} ${count}`] as const),
  ).flat()
  const made = await Promise.allSettled(asked.map(([one, name]) => one.createProject(id, { name, ...NONE })))
  // Twenty are the most of the lowest tier, and one was there.
  assert.equal(made.filter((one) => kindOf(one) === 'made').length, 19)
  assert.deepEqual([...new Set(made.map(kindOf))].toSorted(), ['limit', 'made'])
  for (const one of directories) assert.equal(one.projects(id).length, 20)
})

test('a price holds from its day on and ends what held before for the same', async () => {
  const directory = await new Bench().open()
  const usual: Omit<PriceRecord, 'id' | 'to'> = {
    model: 'kimi-k2.5',
    engine: null,
    currency: 'USD',
    from: START,
    hit: null,
    miss: 100,
    output: 200,
    batchPercent: 60,
    webSearch: 0,
  }
  const costOf = (at: number, engine = 'any'): number | undefined =>
    directory.prices.quote('kimi-k2.5', [engine], 'USD', at)?.upperBound(1, 0)
  assert.equal(costOf(START), 600)
  const first = await directory.setPrice(usual)
  assert.match(first.id, /^price-[0-9a-f]{24}$/)
  await directory.setPrice({ ...usual, from: START + 100, miss: 300 })
  await directory.setPrice({ ...usual, from: START + 50, miss: 200 })
  await directory.setPrice({ ...usual, engine: 'own', miss: 7 })
  assert.deepEqual(
    [START - 1, START, START + 49, START + 50, START + 99, START + 100].map((at) => costOf(at)),
    [600, 100, 100, 200, 200, 300],
  )
  assert.equal(costOf(START + 60, 'own'), 7)
  // Said again for the same day, the later word holds.
  await directory.setPrice({ ...usual, from: START + 100, miss: 301 })
  assert.equal(costOf(START + 100), 301)
  assert.deepEqual(
    directory
      .priceRecords()
      .filter(({ to }) => to === null)
      .map(({ miss }) => miss),
    [7, 301],
  )
  for (const [wrong, words] of [
    [{ model: 'x' }, /no model "x"/],
    [{ miss: -1 }, /miss must be/],
    [{ output: 0.5 }, /output must be/],
    [{ hit: 9_000_001 }, /hit must be/],
    [{ webSearch: -1 }, /web_search/],
    [{ batchPercent: 0 }, /batch_percent/],
    [{ engine: '' }, /engine/],
  ] as const) {
    await assert.rejects(directory.setPrice({ ...usual, ...wrong }), refused('invalid', words))
  }
})

const ADMIN = 'sk-admin-of-the-environment'

function configured(...keys: readonly [name: string, key: string, organisation?: string][]): ConfiguredKeys {
  return openKeys({
    dataFolder: '/nowhere',
    apiKey: 'sk-of-the-environment',
    adminKey: ADMIN,
    keys: keys.map(([name, key, organisation = 'default']) => ({ name, key, organisation })),
    lenient: ['relax-schema'],
  }).configured
}

test('configured keys get their organisations and projects, and open them without being kept', async () => {
  const bench = new Bench()
  const directory = await bench.open()
  const keys = configured(['a', 'sk-key-of-a'], ['b', 'sk-key-of-b', 'acme'])
  const fresh = await directory.ensureConfigured(keys)
  assert.deepEqual(fresh, [organisationId('default'), organisationId('acme')])
  assert.equal(directory.findKey('sk-key-of-a'), undefined)
  directory.replaceConfigured(keys)
  const [a, b] = ['sk-key-of-a', 'sk-key-of-b'].map((key) => directory.findKey(key))
  assert.ok(a && b)
  assert.deepEqual([a.account.name, a.account.tier, a.limits, a.budget], ['default', 'development', null, null])
  assert.deepEqual([b.account.name, b.organisation, [...b.lenient]], ['acme', organisationId('acme'), ['relax-schema']])
  const admin = directory.findAdmin(ADMIN)
  assert.deepEqual(admin?.scopes, ADMIN_SCOPES)
  assert.equal(directory.findKey(ADMIN), undefined)
  assert.equal(directory.findAdmin('sk-key-of-a'), undefined)
  const { apiKeys, adminKeys, organisations, projects } = bench.place.records()
  assert.deepEqual([apiKeys, adminKeys, organisations.length, projects.length], [[], [], 2, 2])

  // They are listed, and changed where they come from.
  assert.deepEqual(
    directory.apiKeys(b.organisation).map(({ id, name }) => [id, name]),
    [[b.id, 'b']],
  )
  await assert.rejects(
    directory.revokeApiKey(b.organisation, b.id),
    refused('conflict', /comes from the configuration/),
  )
  await assert.rejects(directory.changeApiKey(b.organisation, b.id, {}), refused('conflict', /comes from the config/))
  await assert.rejects(directory.revokeAdminKey(admin?.id ?? ''), refused('conflict', /from outside/))
})

test('configured keys follow a reload: new ones open, others no more, and operators’ changes stay', async () => {
  const bench = new Bench()
  const directory = await bench.open()
  const use = async (keys: ConfiguredKeys): Promise<string[]> => {
    const ids = await directory.ensureConfigured(keys)
    directory.replaceConfigured(keys)
    return ids
  }
  await use(configured(['a', 'sk-key-of-a'], ['b', 'sk-key-of-b', 'acme']))
  const before = directory.apiKeys(organisationId('default'))
  await directory.changeOrganisation(organisationId('acme'), { name: 'Acme Ltd', tier: '3', status: 'suspended' })
  bench.now += 1000
  // The key of b is a's now, and c is new.
  const ids = await use(configured(['a', 'sk-key-of-b'], ['c', 'sk-key-of-c', 'acme']))
  assert.deepEqual(ids, [organisationId('default')])
  assert.equal(directory.findKey('sk-key-of-a'), undefined)
  assert.equal(directory.findKey('sk-key-of-b')?.name, 'a')
  const c = directory.findKey('sk-key-of-c')
  assert.deepEqual([c?.account.name, c?.account.tier, c?.account.status], ['Acme Ltd', '3', 'suspended'])
  assert.deepEqual(
    directory.apiKeys(organisationId('default')).map(({ createdAt }) => createdAt),
    before.map(({ createdAt }) => createdAt),
  )
  assert.equal(bench.place.records().organisations.length, 2)
  // After a restart in the middle, the voucher of those that are still in the tier is asked for once more.
  const again = await bench.open()
  assert.deepEqual(await again.ensureConfigured(configured(['a', 'sk-key-of-a'])), [organisationId('default')])
})

test('a configured key that is kept with the accounts already is refused, also when it is revoked there', async () => {
  const { directory, org, key } = await new Bench().furnished()
  const admin = await directory.createAdminKey({ name: 'x', scopes: ['audit'], organisation: null, expiresAt: null })
  await directory.revokeApiKey(org, key.record.id)
  for (const [text, id] of [
    [key.key, key.record.id],
    [admin.key, admin.record.id],
  ] as const) {
    await assert.rejects(directory.ensureConfigured(configured(['mine', text])), (error: unknown) => {
      assert.ok(error instanceof StartError)
      assert.match(error.message, /keys\[0\] \("mine"\) is the same key as/)
      return error.message.includes(id) && !error.message.includes(text)
    })
  }
})

test('where the organisations of configured keys cannot be kept, a start is told so', async () => {
  const bench = new Bench()
  const directory = await bench.open()
  bench.store.beforePut = () => Promise.reject(new Error('the disk is full'))
  await assert.rejects(directory.ensureConfigured(configured()), (error: unknown) => {
    return (
      error instanceof StartError && /organisations of the API keys cannot be kept.*disk is full/.test(error.message)
    )
  })
})
