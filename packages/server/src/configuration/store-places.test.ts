import assert from 'node:assert/strict'
import { test } from 'node:test'
import { load, mistakes } from './in-memory-load.ts'

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

test('proxies that are believed are addresses or networks', async () => {
  const { listen } = await load({ files: 'listen: { trusted_proxies: [10.0.0.0/8, "::1"] }\n' })
  assert.deepEqual(listen.trustedProxies, ['10.0.0.0/8', '::1'])
  const [wrong] = await mistakes({ files: 'listen: { trusted_proxies: [10.0.0.0/33] }\n' })
  assert.match(wrong ?? '', /listen\.trusted_proxies\[0\]: must be an address or a network such as 10\.0\.0\.0\/8/)
})
