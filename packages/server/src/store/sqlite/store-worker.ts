/** The thread that a database lives in, so that the event loop never waits for a disk: it takes orders one after the other. */

import { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { assertIsOurs, claim, witnessOf } from './claim-database.ts'
import { type DatabaseFile, findDatabaseFile } from './database-file.ts'
import { handBack, milestoneOf } from './store-identity.ts'
import { loadAccountRows, putAccountRows } from './account-rows.ts'
import { AuditQueries } from './audit-queries.ts'
import { ContentQueries, ContentWriter } from './content-queries.ts'
import { overwriting } from './overwriting.ts'
import { DocumentKeeper, DocumentQueries } from './document-queries.ts'
import { GroupWriter } from './group-writer.ts'
import { loadState } from './loaded-state.ts'
import { LogRoom } from './log-room.ts'
import { migrate } from './migrations.ts'
import { faultMessage } from './store-fault.ts'
import { type StoreLock, lockStore } from './store-lock.ts'
import type {
  AccountsPut,
  OrderAnswer,
  OrderMessage,
  OrderName,
  StoreOrders,
  StoreThreadStart,
} from './store-orders.ts'
import { TransferQueries } from './transfer-queries.ts'
import { UsageQueries } from './usage-queries.ts'

/**
 * Pages of the log that are written back at a time: 64 MB. It is a few waits for the disk, in which every commit waits, so
 * it comes rarely: with SQLite's own 1,000 it would be felt by more than one request in a hundred. A start after a crash
 * reads the log once.
 */
const CHECKPOINT_PAGES = 16_000
/** What an audit made grow, since its snapshot keeps the log from being written back, is given back to the disk. */
const JOURNAL_BYTES = 64 * 1024 * 1024
/** A page of the log is one of the database, of 4,096 bytes, and its head. */
const LOG_BYTES = CHECKPOINT_PAGES * (4_096 + 24)

if (parentPort === null) throw new Error('store-worker.ts runs in a worker only')
const port = parentPort
const start: StoreThreadStart = workerData

try {
  if (start.writes && start.path !== ':memory:') await serveFile(findDatabaseFile(start.path))
  else serve(openDatabase(undefined, ''), undefined)
} catch (error) {
  say({ number: 0, fault: faultMessage(error) })
}

async function serveFile(file: DatabaseFile): Promise<void> {
  const lock = lockStore(file.path)
  try {
    const witness = witnessOf(file.path, start.witness)
    const database = openDatabase(file, witness)
    serve(database, { file, lock, epoch: await claim(database, witness) })
  } catch (error) {
    lock.release()
    throw error
  }
}

function openDatabase(file: DatabaseFile | undefined, witness: string): DatabaseSync {
  const database = new DatabaseSync(file?.path ?? start.path, { timeout: start.busyMs, readOnly: !start.writes })
  if (!start.writes) return database
  if (file !== undefined) {
    try {
      assertIsOurs(database, file, witness)
    } catch (error) {
      database.close()
      throw error
    }
  }
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}; PRAGMA journal_size_limit = ${JOURNAL_BYTES}`)
  migrate(database)
  return database
}

/** What a writer has of a database that outlives it. */
interface Claimed {
  readonly file: DatabaseFile
  readonly lock: StoreLock
  readonly epoch: number
}

function serve(database: DatabaseSync, claimed: Claimed | undefined): void {
  const { file, lock, epoch } = claimed ?? {}
  const deeds = { ...readingDeeds(database), ...(start.writes ? writingDeeds(database, epoch) : {}) }
  // Beside what the database really is: there its log lies.
  const room = file === undefined ? undefined : new LogRoom(file.path, LOG_BYTES)
  port.on('message', ({ number, name, needs }: OrderMessage) => {
    try {
      if (name === 'close') {
        if (epoch !== undefined) handBack(database, epoch)
        database.close()
        room?.close()
        lock?.release()
      }
      const deed: Function | undefined = Reflect.get(deeds, name)
      say({ number, gives: deed === undefined ? undefined : Reflect.apply(deed, undefined, [needs]) })
      if (name === 'group') room?.follow()
    } catch (error) {
      say({ number, fault: faultMessage(error) })
    }
  })
  say({ number: 0 })
}

type Deeds<Name extends OrderName> = {
  readonly [Order in Name]: (needs: StoreOrders[Order]['needs']) => StoreOrders[Order]['gives']
}

function readingDeeds(
  database: DatabaseSync,
): Deeds<
  | 'usage'
  | 'requests'
  | 'request'
  | 'findContent'
  | 'getDocument'
  | 'listDocuments'
  | 'countDocuments'
  | 'transfers'
  | 'credit'
  | 'loadAccounts'
  | 'beginAudit'
  | 'finishAudit'
> {
  const usage = new UsageQueries(database)
  const contents = new ContentQueries(database)
  const documents = new DocumentQueries(database)
  const transfers = new TransferQueries(database)
  const audit = new AuditQueries(database)
  return {
    usage: (query) => usage.usage(query),
    requests: (query) => usage.requests(query),
    request: ({ id, organisation }) => usage.request(id, organisation),
    findContent: (name) => contents.find(name),
    getDocument: (key) => documents.get(key),
    listDocuments: (query) => documents.list(query),
    countDocuments: (query) => documents.count(query),
    transfers: (query) => transfers.transfers(query),
    credit: ({ organisation, key }) => transfers.credit(organisation, key),
    loadAccounts: () => loadAccountRows(database),
    beginAudit: () => audit.begin(),
    finishAudit: ({ now }) => audit.finish(now),
  }
}

function writingDeeds(
  database: DatabaseSync,
  epoch: number | undefined,
): Deeds<
  | 'milestone'
  | 'group'
  | 'putAccounts'
  | 'loadState'
  | 'insertContents'
  | 'removeContent'
  | 'removeContentsOfProject'
  | 'removeExpiredContents'
  | 'leaseDocuments'
  | 'removeDocument'
  | 'removeExpiredDocuments'
> {
  const writer = new GroupWriter(database, epoch)
  const atomically = (work: () => void): void => writer.atomically(work)
  const gone = overwriting(database, atomically)
  const contents = new ContentWriter(database, gone)
  const documents = new DocumentKeeper(database, atomically, gone)
  return {
    milestone: () => milestoneOf(database),
    group: (cells) => writer.write(cells),
    putAccounts(put) {
      atomically(() => putAccounts(database, put))
      return undefined
    },
    loadState: () => loadState(database),
    insertContents: (given) => contents.insert(given),
    removeContent: (name) => contents.remove(name),
    removeContentsOfProject: (of) => contents.removeOfProject(of),
    removeExpiredContents: (of) => contents.removeExpired(of),
    leaseDocuments: (due) => documents.lease(due),
    removeDocument: (key) => documents.remove(key),
    removeExpiredDocuments: (of) => documents.removeExpired(of),
  }
}

function putAccounts(database: DatabaseSync, { changed, wallets }: AccountsPut): void {
  const insert = database.prepare('INSERT INTO wallets VALUES (?, ?, 0, 0, 0, 0, NULL)')
  for (const { organisation, currency } of wallets) insert.run(organisation, currency)
  putAccountRows(database, changed)
}

function say(answer: OrderAnswer): void {
  port.postMessage(answer)
}
