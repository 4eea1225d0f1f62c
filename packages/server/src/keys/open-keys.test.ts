import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { StartError } from '../configuration/start-error.ts'
import { isKeyOf } from './key-ring.ts'
import { type KeyOptions, firstStartLines, openKeys } from './open-keys.ts'

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

test('the first start makes both keys and shows them; later starts have the same and show nothing', () => {
  const here = options({ lenient: ['relax-schema'] })
  const first = openKeys(here)
  assert.ok(first.firstStart?.apiKey !== undefined && first.firstStart.adminKey !== undefined)
  assert.equal(first.developmentKeysInUse, true)
  const record = first.ring.find(first.firstStart.apiKey)
  assert.ok(record)
  assert.match(record.id, /^ak-[0-9a-f]{24}$/)
  assert.match(record.organisation, /^org-[0-9a-f]{24}$/)
  assert.match(record.project, /^proj-[0-9a-f]{24}$/)
  assert.deepEqual(
    { name: record.name, tier: record.tier, lenient: [...record.lenient], generated: record.generated },
    { name: 'development', tier: 5, lenient: ['relax-schema'], generated: true },
  )
  assert.equal(isKeyOf(first.firstStart.adminKey, first.adminKeyHash), true)

  const second = openKeys(here, () => assert.fail('a key was made again'))
  assert.equal(second.firstStart, undefined)
  assert.equal(second.developmentKeysInUse, true)
  assert.deepEqual(second.ring.find(first.firstStart.apiKey), record)
  assert.deepEqual(second.adminKeyHash, first.adminKeyHash)
})

test('with both keys in the environment nothing is made or written', () => {
  const here = options({ apiKey: 'sk-my-api-key', adminKey: 'sk-my-admin-key' })
  const keys = openKeys(here, () => assert.fail('a key was made'))
  assert.equal(keys.firstStart, undefined)
  assert.equal(keys.developmentKeysInUse, false)
  assert.equal(keys.ring.find('sk-my-api-key')?.generated, false)
  assert.equal(isKeyOf('sk-my-admin-key', keys.adminKeyHash), true)
  assert.equal(existsSync(here.dataFolder), false)
})

test('a key of the operator takes the place of the generated one, which comes back when it goes', () => {
  const here = options()
  const generated = openKeys(here).firstStart?.apiKey ?? ''
  for (const own of [{ apiKey: 'sk-my-api-key' }, { keys: [{ name: 'mine', key: 'sk-my-api-key' }] }]) {
    const keys = openKeys({ ...here, ...own })
    assert.equal(keys.ring.find(generated), undefined)
    assert.ok(keys.ring.find('sk-my-api-key'))
    assert.equal(keys.developmentKeysInUse, false)
  }
  assert.ok(openKeys(here).ring.find(generated))
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
  const { ring } = openKeys(
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
  const [a, b, c] = ['a', 'b', 'c'].map((name) => ring.find(`sk-key-of-${name}`))
  assert.ok(a && b && c)
  assert.notEqual(a.organisation, b.organisation)
  assert.equal(b.organisation, c.organisation)
  assert.notEqual(a.project, b.project)
  assert.notEqual(b.project, c.project)
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
