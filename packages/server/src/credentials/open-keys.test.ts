import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { inspect } from 'node:util'
import { StartError } from '../records/start-error.ts'
import type { ConfiguredApiKey } from '../accounts/configured-keys.ts'
import { digestOf } from '../keys/key-ring.ts'
import { type KeyOptions, type Keys, firstStartLines, openKeys } from './open-keys.ts'

const root = mkdtempSync(join(tmpdir(), 'moonbase-keys-'))
after(() => rmSync(root, { recursive: true }))

let folders = 0
const options = (given: Partial<KeyOptions> = {}): KeyOptions => ({
  dataFolder: join(root, `data-${folders++}`),
  apiKey: undefined,
  adminKey: undefined,
  keys: [],
  lenient: [],
  ...given,
})

const NOTHING_MADE = {
  apiKey: () => assert.fail('an API key was made'),
  adminKey: () => assert.fail('an admin key was made'),
}

function hexOf(key: string): string {
  return digestOf(key).toString('hex')
}

function find({ configured }: Keys, key: string): ConfiguredApiKey | undefined {
  return configured.apiKeys.find(({ digest }) => digest === hexOf(key))
}

test('the first start makes both keys and shows them; later starts have the same and show nothing', () => {
  const here = options({ lenient: ['relax-schema'] })
  const first = openKeys(here)
  assert.ok(first.firstStart?.apiKey !== undefined && first.firstStart.adminKey !== undefined)
  assert.equal(first.developmentKeysInUse, true)
  const record = find(first, first.firstStart.apiKey)
  assert.ok(record)
  assert.match(record.id, /^ak-[0-9a-f]{24}$/)
  assert.match(record.organisation.id, /^org-[0-9a-f]{24}$/)
  assert.match(record.project.id, /^proj-[0-9a-f]{24}$/)
  assert.deepEqual(
    { name: record.name, lenient: record.lenient, generated: record.generated, prefix: record.prefix },
    { name: 'development', lenient: ['relax-schema'], generated: true, prefix: first.firstStart.apiKey.slice(0, 7) },
  )
  assert.match(first.firstStart.adminKey, /^sk-admin-/)
  assert.equal(first.configured.adminKey.digest, hexOf(first.firstStart.adminKey))
  assert.equal(first.configured.adminKey.name, 'generated')
  assert.match(first.configured.adminKey.id, /^adm-[0-9a-f]{24}$/)

  const second = openKeys(here, NOTHING_MADE)
  assert.equal(second.firstStart, undefined)
  assert.equal(second.developmentKeysInUse, true)
  assert.deepEqual(second.configured, first.configured)
})

test('with both keys in the environment nothing is made or written', () => {
  const here = options({ apiKey: 'sk-my-api-key', adminKey: 'sk-my-admin-key' })
  const keys = openKeys(here, NOTHING_MADE)
  assert.equal(keys.firstStart, undefined)
  assert.equal(keys.developmentKeysInUse, false)
  assert.equal(find(keys, 'sk-my-api-key')?.generated, false)
  const { adminKey } = keys.configured
  assert.deepEqual([adminKey.digest, adminKey.name], [hexOf('sk-my-admin-key'), 'environment'])
  // Too short to show a part of it.
  assert.equal(adminKey.prefix, '')
  assert.equal(existsSync(here.dataFolder), false)
})

test('a key of the operator takes the place of the generated one, which comes back when it goes', () => {
  const here = options()
  const generated = openKeys(here).firstStart?.apiKey ?? ''
  for (const own of [{ apiKey: 'sk-my-api-key' }, { keys: [{ name: 'mine', key: 'sk-my-api-key' }] }]) {
    const keys = openKeys({ ...here, ...own })
    assert.equal(find(keys, generated), undefined)
    assert.ok(find(keys, 'sk-my-api-key'))
    assert.equal(keys.developmentKeysInUse, false)
  }
  assert.ok(find(openKeys(here), generated))
})

test('what is opened holds no key, however closely one looks', () => {
  const keys = openKeys(options({ apiKey: 'sk-hush-hush', adminKey: 'sk-admin-hush-hush' }))
  assert.ok(!inspect(keys, { depth: 9 }).includes('hush'))
})

test('only the keys that were made and are used are shown', () => {
  const here = options({ apiKey: 'sk-my-api-key' })
  const { firstStart } = openKeys(here)
  assert.equal(firstStart?.apiKey, undefined)
  assert.match(firstStart?.adminKey ?? '', /^sk-/)
  assert.ok(firstStart)
  assert.equal(firstStartLines(firstStart).filter((line) => line.includes('sk-')).length, 1)
  assert.match(readFileSync(firstStart.path, 'utf8'), /^MOONBASE_ADMIN_KEY=sk-/m)
})

test('the keys of a file have the organisation, project and switches that it names, or the defaults', () => {
  const opened = openKeys(
    options({
      adminKey: 'sk-my-admin-key',
      lenient: ['relax-schema'],
      keys: [
        { name: 'a', key: 'sk-key-of-a' },
        { name: 'b', key: 'sk-key-of-b', organisation: 'acme' },
        { name: 'c', key: 'sk-key-of-c', organisation: 'acme', project: 'x', lenient: [] },
      ],
    }),
  )
  const [a, b, c] = ['a', 'b', 'c'].map((name) => find(opened, `sk-key-of-${name}`))
  assert.ok(a && b && c)
  assert.deepEqual([a.organisation.name, a.project.name], ['default', 'default'])
  assert.deepEqual([c.organisation.name, c.project.name], ['acme', 'x'])
  assert.notEqual(a.organisation.id, b.organisation.id)
  assert.equal(b.organisation.id, c.organisation.id)
  assert.notEqual(a.project.id, b.project.id)
  assert.notEqual(b.project.id, c.project.id)
  assert.deepEqual([...a.lenient], ['relax-schema'])
  assert.deepEqual([...c.lenient], [])
  assert.equal(new Set([a.id, b.id, c.id]).size, 3)
})

test('one key in two places is refused by the names of the places', () => {
  const keys = [{ name: 'team', key: 'sk-same-key' }]
  assert.equal(
    twice({ apiKey: 'sk-same-key', keys }),
    'keys[0] ("team") is the same key as MOONBASE_API_KEY; each must have its own',
  )
  assert.equal(
    twice({ adminKey: 'sk-same-key', keys }),
    'keys[0] ("team") is the same key as the admin key; each must have its own',
  )
})

/** What is said about keys that cannot be told apart. */
function twice(given: Partial<KeyOptions>): string {
  try {
    openKeys(options({ adminKey: 'sk-my-admin-key', ...given }))
  } catch (error) {
    if (error instanceof StartError) return error.message
  }
  return ''
}
