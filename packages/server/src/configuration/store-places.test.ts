import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, mistakes } from './testing/in-memory-load.ts'

test('without a word, accounts are kept in a file of the data folder and counts in memory', async () => {
  const { store, limits } = await load({ environment: { MOONBASE_DATA: '/var/lib/moonbase' } })
  assert.deepEqual(store, { kind: 'sqlite', path: '/var/lib/moonbase/moonbase.db' })
  assert.deepEqual([limits.store, limits.fail], [{ kind: 'memory' }, 'open'])
})

test('the environment wins over the file, and paths go from where they were written', async () => {
  const file = 'store: sqlite:books/moonbase.db\nlimits: { store: "redis://10.0.0.9:6379/2", fail: closed }\n'
  const { store, limits } = await load({ files: file })
  assert.deepEqual(store, { kind: 'sqlite', path: '/srv/books/moonbase.db' })
  assert.deepEqual([limits.store, limits.fail], [{ kind: 'redis', url: 'redis://10.0.0.9:6379/2' }, 'closed'])
  const other = await load({
    files: file,
    environment: { MOONBASE_STORE: 'postgres://moonbase:secret@db/moonbase', MOONBASE_LIMITS: 'memory' },
  })
  assert.deepEqual(other.store, { kind: 'postgres', url: 'postgres://moonbase:secret@db/moonbase' })
  assert.deepEqual([other.limits.store, other.limits.fail], [{ kind: 'memory' }, 'closed'])
})

test('the witness of a database may be kept elsewhere', async () => {
  const { store } = await load({ files: 'store: "sqlite:books/a.db?witness=../other/a.witness"' })
  assert.deepEqual(store, { kind: 'sqlite', path: '/srv/books/a.db', witness: '/other/a.witness' })
  assert.deepEqual(await mistakes({ environment: { MOONBASE_STORE: 'sqlite:a.db?witness=' } }), [
    'MOONBASE_STORE: must name a file behind "?witness="',
  ])
})

test('whether requests are let in without counts is said by the environment, then by the file', async () => {
  const file = 'limits: { fail: closed }\n'
  const failOf = async (environment: Record<string, string>) => (await load({ files: file, environment })).limits.fail
  assert.equal(await failOf({ MOONBASE_LIMITS_FAIL: 'open' }), 'open')
  assert.equal(await failOf({ MOONBASE_LIMITS_FAIL: '' }), 'closed')
  assert.equal((await load({ environment: { MOONBASE_LIMITS_FAIL: 'closed' } })).limits.fail, 'closed')
  assert.deepEqual(await mistakes({ environment: { MOONBASE_LIMITS_FAIL: 'shut' } }), [
    'MOONBASE_LIMITS_FAIL: must be one of open, closed (got "shut")',
  ])
})

test('a place that cannot be is told by its line, and its password is not', async () => {
  const [store, limits, ...rest] = await mistakes({
    files: 'store: "mysql://u:hush@db/x"\nlimits: { store: "http://:hush@10.0.0.9" }\n',
  })
  assert.match(store ?? '', /^moonbase\.yaml:1:8 store: must be sqlite:<file>, postgres:/)
  assert.match(limits ?? '', /^moonbase\.yaml:2:18 limits\.store: must be memory, or redis:/)
  assert.deepEqual(rest, [])
  const [wrong] = await mistakes({ environment: { MOONBASE_STORE: 'sqlite:' } })
  assert.equal(wrong, 'MOONBASE_STORE: must name a file behind "sqlite:", such as sqlite:./moonbase.db')
})

test('a lease that is too short to be renewed in time, or longer than anybody waits, is refused', async () => {
  const leases = async (store: number, slots: number) => {
    const files = `store_lease_ms: ${store}\nlimits: { lease_ms: ${slots} }\n`
    const { storeLeaseMs, limits } = await load({ files })
    return [storeLeaseMs, limits.leaseMs]
  }
  assert.deepEqual(await leases(12_000, 15_000), [12_000, 15_000])
  assert.deepEqual(await leases(600_000, 600_000), [600_000, 600_000])
  for (const [store, slots] of [
    [11_999, 14_999],
    [600_001, 600_001],
  ]) {
    const lines = await mistakes({ files: `store_lease_ms: ${store}\nlimits: { lease_ms: ${slots} }\n` })
    assert.equal(lines.length, 2)
    assert.match(lines[0] ?? '', /^moonbase\.yaml:1:17 store_lease_ms: must be /)
    assert.match(lines[1] ?? '', /^moonbase\.yaml:2:21 limits\.lease_ms: must be /)
  }
})

test('proxies that are believed are addresses or networks', async () => {
  const { listen } = await load({ files: 'listen: { trusted_proxies: [10.0.0.0/8, "::1"] }\n' })
  assert.deepEqual(listen.trustedProxies, ['10.0.0.0/8', '::1'])
  const [wrong] = await mistakes({ files: 'listen: { trusted_proxies: [10.0.0.0/33] }\n' })
  assert.match(wrong ?? '', /listen\.trusted_proxies\[0\]: must be an address or a network such as 10\.0\.0\.0\/8/)
})
