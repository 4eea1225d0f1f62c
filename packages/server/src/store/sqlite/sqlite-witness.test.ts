import assert from 'node:assert/strict'
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, describe, it } from 'node:test'
import { organisationRecord } from '../../accounts/testing/account-fixtures.ts'
import { START } from '../testing/contract-test.ts'
import { StartError } from '../../records/start-error.ts'
import { acceptStore } from '../accept-store.ts'
import { type SqliteStore, openSqliteStore } from './open-sqlite-store.ts'

const root = mkdtempSync(join(tmpdir(), 'moonbase-witness-'))
after(() => rmSync(root, { recursive: true }))
const posix = {
  skip: process.platform === 'win32' ? 'Windows keeps no file modes, and no links without rights' : false,
}

let folders = 0
/** The path of a database in a folder of its own. */
function newPath(): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder, { mode: 0o700 })
  return join(folder, 'moonbase.db')
}

const sweeps: (() => Promise<void>)[] = []
function open(path: string): Promise<SqliteStore> {
  sweeps.length = 0
  const every = (_: number, work: () => Promise<void>): (() => void) => {
    sweeps.push(work)
    return () => undefined
  }
  return openSqliteStore({ path, now: () => START, every, busyMs: 20, onProblem: (problem) => assert.fail(problem) })
}

/** So many payments into it, from `first` on. */
async function pay(store: SqliteStore, first: number, count: number): Promise<void> {
  for (let number = first; number < first + count; number += 1) {
    await store.ledger.credit({
      kind: 'recharge',
      organisation: 'org-a',
      amount: 1,
      idempotencyKey: `k${number}`,
      by: 'adm-1',
      note: '',
      at: START,
    })
  }
}

/** Databases that were closed: one with two payments, and what became of it with a third; and another one with two. */
const early = newPath()
const late = newPath()
const foreign = newPath()
before(async () => {
  for (const path of [early, foreign]) {
    const store = await open(path)
    await store.accounts.put({ organisations: [organisationRecord('org-a')] })
    await pay(store, 0, 2)
    await store.close()
  }
  copyFileSync(early, late)
  const store = await open(late)
  await pay(store, 2, 1)
  await store.close()
})

/** A copy of it, with its witness unless another one's is wanted. */
function copyOf(database: string, witness: string = database): string {
  const path = newPath()
  copyFileSync(database, path)
  copyFileSync(`${witness}-witness`, `${path}-witness`)
  return path
}

const refused = (path: string, words: RegExp): Promise<void> => assert.rejects(open(path), words)

describe('a database in the place of another', () => {
  it('is noticed where it is empty or gone, as often as it is tried', async () => {
    const path = copyOf(late)
    const told = /it is empty, and \S+moonbase\.db-witness tells of one with transfer 3: bring that one back, or say/
    unlinkSync(path)
    await refused(path, told)
    await refused(path, told)
    writeFileSync(path, '')
    await refused(path, told)
  })

  it('is noticed where it is that of another server', async () => {
    await refused(copyOf(foreign, late), /another database than the one with transfer 3/)
  })

  it('is noticed where it is older, by its transfers, by the servers that had it, or by having no name yet', async () => {
    await refused(copyOf(early, late), /it is older than the one with transfer 3/)
    const unpaid = copyOf(late)
    await (await open(unpaid)).close()
    // Nothing was paid since: only that a server had it.
    copyFileSync(late, unpaid)
    await refused(unpaid, /it is older/)
    const unnamed = copyOf(late)
    change(unnamed, 'DROP TABLE identity')
    await refused(unnamed, /it is older/)
  })

  it('is noticed where its last transfer is another one', async () => {
    const path = copyOf(late)
    change(path, 'DROP TRIGGER transfers_never_change; UPDATE transfers SET at = at + 1 WHERE id = 3')
    await refused(path, /it is older/)
  })

  it('is refused with a witness that is damaged', async () => {
    const path = copyOf(late)
    writeFileSync(`${path}-witness`, '{"store":')
    await refused(path, /moonbase\.db-witness, which tells how far it had come, is damaged/)
  })
})

function change(path: string, sql: string): void {
  const database = new DatabaseSync(path)
  database.exec(sql)
  database.close()
}

describe('a database that is the right one', () => {
  it('opens where its witness is behind it, which it is told of now and then and at its end', async () => {
    const path = copyOf(early)
    const told = (): unknown => JSON.parse(readFileSync(`${path}-witness`, 'utf8')).transfer.id
    const store = await open(path)
    assert.equal(told(), 2)
    await pay(store, 2, 2)
    assert.equal(told(), 2)
    for (const sweep of sweeps) await sweep()
    assert.equal(told(), 4)
    await pay(store, 4, 1)
    await store.abandon()
    assert.equal(told(), 4)
    const again = await open(path)
    assert.equal(told(), 5)
    await pay(again, 5, 1)
    await again.close()
    assert.equal(told(), 6)
    assert.equal(existsSync(`${path}-witness.new`), false)
  })

  it('opens without a witness, and has one from then on', async () => {
    const path = copyOf(early)
    unlinkSync(`${path}-witness`)
    await (await open(path)).close()
    assert.equal(existsSync(`${path}-witness`), true)
  })

  it('opens where somebody looked into it behind a crash, and so wrote its log back', async () => {
    const path = copyOf(early)
    const store = await open(path)
    await pay(store, 2, 1)
    await store.abandon()
    const other = new DatabaseSync(path)
    assert.equal(other.prepare('SELECT count(*) AS count FROM transfers').get()?.['count'], 3)
    other.close()
    assert.equal(existsSync(`${path}-wal`), false)
    await (await open(path)).close()
  })
})

describe('a database that is not as it was left, and right all the same', () => {
  const accept = (path: string, more = ''): Promise<string[]> =>
    acceptStore({ arguments: {}, environment: { MOONBASE_STORE: `sqlite:${path}${more}` } })

  it('opens when an operator has said so, until it is another one again', async () => {
    const path = copyOf(early, late)
    await refused(path, /it is older/)
    const lines = await accept(path)
    assert.match(lines[0] ?? '', /^witness: database [0-9a-f]{8}, transfer 3, opened 2 times$/)
    assert.match(
      lines[1] ?? '',
      /moonbase\.db: database [0-9a-f]{8}, transfer 2, opened 1 times, and is right from now on$/,
    )
    const store = await open(path)
    await assert.rejects(
      accept(path),
      (error: unknown) => error instanceof StartError && /another server uses it/.test(error.message),
    )
    await store.close()
    unlinkSync(path)
    await refused(path, /it is empty/)
    unlinkSync(path)
    assert.match((await accept(path)).join(), /is not there; the next start makes a new one/)
    await (await open(path)).close()
  })

  it('is told by a witness that is kept elsewhere, with which the whole folder may be put back', async () => {
    const elsewhere = join(newPath(), '..', 'kept', 'witness')
    const path = copyOf(early)
    const openThere = (): Promise<SqliteStore> => openSqliteStore({ path, witness: elsewhere, now: () => START })
    const store = await openThere()
    await pay(store, 2, 1)
    await store.close()
    copyFileSync(early, path)
    copyFileSync(`${early}-witness`, `${path}-witness`)
    await assert.rejects(openThere(), /it is older than the one with transfer 3 of which \S+kept\/witness tells/)
    await accept(path, `?witness=${elsewhere}`)
    await (await openThere()).close()
  })
})

describe('one database under two names', { ...posix }, () => {
  it('is locked by what it really is', async () => {
    const path = copyOf(early)
    const link = join(newPath(), '..', 'link.db')
    symlinkSync(path, link)
    const folder = join(newPath(), '..', 'folder')
    symlinkSync(join(path, '..'), folder)
    const store = await open(link)
    for (const name of [path, link, join(folder, 'moonbase.db')]) await refused(name, /another server uses it/)
    await store.close()
    assert.equal(existsSync(`${link}-lock`) || existsSync(`${link}-witness`), false)
  })

  it('is refused with two names on the disk', async () => {
    const path = copyOf(early)
    const other = newPath()
    linkSync(path, other)
    for (const name of [path, other]) await refused(name, /it has 2 names \(hard links\)/)
    unlinkSync(other)
    await (await open(path)).close()
  })

  it('is refused where it was never closed and its log is not beside it', async () => {
    const path = copyOf(early)
    const store = await open(path)
    await pay(store, 2, 1)
    // As a file that is mounted into another container, which has neither log nor witness.
    const elsewhere = newPath()
    copyFileSync(path, elsewhere)
    await refused(elsewhere, /no server has closed it, and its log is not beside it/)
    await store.close()
  })

  it('is fenced: whoever was there before writes nothing more', async () => {
    const path = copyOf(early)
    const first = await open(path)
    // The lock goes by its name, and somebody has cleaned up.
    renameSync(`${path}-lock`, `${path}-gone`)
    const second = await open(path)
    await assert.rejects(pay(first, 2, 1), /another server has taken the database over \(as number \d+, after \d+\)/)
    assert.match((await first.health()) ?? '', /another server has taken/)
    await pay(second, 3, 1)
    await first.abandon()
    await second.close()
    await (await open(path)).close()
  })
})

it('nobody but its owner may read a database and what lies beside it', posix, async () => {
  const path = join(newPath(), '..', 'new', 'moonbase.db')
  const store = await open(path)
  for (const [suffix, mode] of [
    ['', 0o600],
    ['-wal', 0o600],
    ['-shm', 0o600],
    ['-lock', 0o600],
    ['-witness', 0o600],
  ] as const) {
    assert.equal(statSync(`${path}${suffix}`).mode & 0o777, mode, suffix)
  }
  assert.equal(statSync(join(path, '..')).mode & 0o777, 0o700)
  await store.close()
})
