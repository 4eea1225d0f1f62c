import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { LogRoom } from './log-room.ts'

const BYTES = 4 * 1024 * 1024
const GROUPS = 80

describe('the room of a log', () => {
  let folder = ''
  let path = ''

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'moonbase-log-room-'))
    path = join(folder, 'ledger.sqlite')
  })

  afterEach(() => rmSync(folder, { recursive: true }))

  function open(): DatabaseSync {
    const database = new DatabaseSync(path)
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE IF NOT EXISTS rows (id, text)')
    return database
  }

  const logBytes = (): number => statSync(`${path}-wal`).size

  function write(database: DatabaseSync, from: number, to: number, room?: LogRoom): void {
    const insert = database.prepare('INSERT INTO rows VALUES (?, ?)')
    for (let id = from; id < to; id += 1) {
      insert.run(id, `row ${id} `.repeat(50))
      room?.follow()
    }
  }

  function assertRows(database: DatabaseSync, count: number): void {
    const rows = database.prepare('SELECT id, text FROM rows ORDER BY id').all()
    assert.equal(rows.length, count)
    for (const [id, row] of rows.entries()) assert.deepEqual({ ...row }, { id, text: `row ${id} `.repeat(50) })
    assert.equal(database.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
  }

  it('is there before it is needed, up to its limit, and no more is written than before', () => {
    using database = open()
    const room = new LogRoom(path, BYTES)
    write(database, 0, GROUPS, room)
    assert.equal(logBytes(), BYTES)
    write(database, GROUPS, 2 * GROUPS, room)
    assert.equal(logBytes(), BYTES)
    assert.equal(room.fault, undefined)
    assertRows(database, 2 * GROUPS)
    room.close()
  })

  it('is not made for a database that is hardly used', () => {
    using database = open()
    const room = new LogRoom(path, BYTES)
    write(database, 0, 20, room)
    assert.ok(logBytes() < 1024 * 1024)
    room.close()
  })

  it('holds nothing that a start after a crash could take for more than was written', () => {
    const database = open()
    const room = new LogRoom(path, BYTES)
    write(database, 0, GROUPS, room)
    // As a killed process leaves them: another connection reads the log from its beginning.
    const copy = join(folder, 'copy.sqlite')
    copyFileSync(path, copy)
    copyFileSync(`${path}-wal`, `${copy}-wal`)
    using found = new DatabaseSync(copy)
    assertRows(found, GROUPS)
    room.close()
    database.close()
    using again = open()
    assertRows(again, GROUPS)
  })

  it('is used again when the log begins anew', () => {
    using database = open()
    const room = new LogRoom(path, BYTES)
    write(database, 0, GROUPS, room)
    database.exec('PRAGMA wal_checkpoint(RESTART)')
    write(database, GROUPS, 2 * GROUPS, room)
    assert.equal(logBytes(), BYTES)
    assertRows(database, 2 * GROUPS)
    room.close()
  })

  it('is gone without when it cannot be had', () => {
    using database = open()
    const room = new LogRoom(join(folder, 'nothing'), BYTES)
    write(database, 0, GROUPS, room)
    assert.match(String(room.fault), /ENOENT/)
    assertRows(database, GROUPS)
    room.close()
  })
})
