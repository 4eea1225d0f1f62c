/** Which store is opened, and what an operator is told where none can be. */

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { systemClock } from '../clock.ts'
import { StartError } from '../configuration/index.ts'
import { openStore } from './open-store.ts'
import type { Store } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'moonbase-open-store-'))
after(() => rmSync(folder, { recursive: true }))

type Place = Parameters<typeof openStore>[0]['store']

function open(store: Place): Promise<Store> {
  return openStore({ store, storeLeaseMs: 15_000, dataFolder: folder }, systemClock, () => undefined)
}

async function refusalOf(store: Place): Promise<string> {
  const refused: unknown = await open(store).then(
    () => undefined,
    (error: unknown) => error,
  )
  assert.ok(refused instanceof StartError)
  return refused.message
}

test('none keeps no books; memory and SQLite do, and are well', async () => {
  const places: [Place, boolean][] = [
    [{ kind: 'none' }, false],
    [{ kind: 'memory' }, true],
    [{ kind: 'sqlite', path: join(folder, 'books.db') }, true],
  ]
  for (const [place, keepsBooks] of places) {
    const store = await open(place)
    assert.equal(store.ledger.keepsBooks, keepsBooks, place.kind)
    assert.equal(await store.health(), undefined)
    await store.close()
  }
})

test('where a file is in the way of the folder, the operator is told which', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  const told = await refusalOf({ kind: 'sqlite', path: join(file, 'books.db') })
  assert.match(told, /a-file/)
  assert.doesNotMatch(told, /cannot be opened in/)
})

test('of what is no database the path is told, and what SQLite says', async () => {
  const path = join(folder, 'no-books.db')
  writeFileSync(path, 'this is no database, and long enough to be looked at. '.repeat(40))
  const told = await refusalOf({ kind: 'sqlite', path })
  assert.ok(told.includes(`the accounts cannot be opened in ${path}: `), told)
  assert.match(told, /not a database/)
})

test('of a database that nobody serves the kind is told, and no address with its password', async () => {
  const told = await refusalOf({ kind: 'postgres', url: 'postgres://me:hush@127.0.0.1:1/books' })
  assert.match(told, /cannot be opened in the PostgreSQL database: /)
  assert.doesNotMatch(told, /hush/)
})
