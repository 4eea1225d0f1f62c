/** Opens the store of one machine: a database of SQLite in a thread, books in memory, and a sweep that both share. */

import { mkdirSync, realpathSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ContentLog } from '../../contents/content-log.ts'
import type { Store } from '../store.ts'
import { LedgerState } from './ledger-state.ts'
import { witnessOf } from './claim-database.ts'
import { WitnessKeeper } from './witness-keeper.ts'
import { GroupCommit } from './group-commit.ts'
import { recoverHolds } from './recover-holds.ts'
import { SqliteAccounts } from './sqlite-accounts.ts'
import { SqliteContents } from './sqlite-contents.ts'
import { SqliteDocuments } from './sqlite-documents.ts'
import { SqliteLedger } from './sqlite-ledger.ts'
import type { OrderName, StoreOrders } from './store-orders.ts'
import { StoreThread } from './store-thread.ts'

export interface SqliteStoreOptions {
  /** A file, or `:memory:` for one that is gone with the process. */
  readonly path: string
  /** Where its witness is kept; beside it without one. */
  readonly witness?: string
  /** Milliseconds since the Unix epoch: when holds that a crash left were ended. */
  readonly now: () => number
  /** Calls `work` every so many milliseconds until what it gives is called. */
  readonly every?: (ms: number, work: () => Promise<void>) => () => void
  /** How long a commit waits for another program that has locked the file. */
  readonly busyMs?: number
  /** Milliseconds since whenever, and never back. */
  readonly uptime?: () => number
  readonly pause?: (ms: number) => Promise<void>
  /** Told of what fails and stops nothing. */
  readonly onProblem?: (problem: string, cause: unknown) => void
}

export interface SqliteStore extends Store {
  /** Lets go as a crash would: nothing that waits is kept. */
  abandon(): Promise<void>
}

/** Of a folder. */
const OWNER_ONLY = 0o700
const IN_MEMORY = ':memory:'
const SWEEP_MS = 1_000
const PURGE_MS = 60_000
/** What is put back may be so much older than what was there, and pass for it. */
const WITNESS_MS = 10_000
const BUSY_MS = 2_000

/** @throws Error when the file cannot be used, or another server uses it; the message says which */
export async function openSqliteStore({
  path,
  witness: witnessPath,
  now,
  every = everyInterval,
  busyMs = BUSY_MS,
  uptime = () => performance.now(),
  pause = wait,
  onProblem = () => undefined,
}: SqliteStoreOptions): Promise<SqliteStore> {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY })
  if (witnessPath !== undefined) mkdirSync(dirname(witnessPath), { recursive: true, mode: OWNER_ONLY })
  const elsewhere = witnessPath === undefined ? {} : { witness: witnessPath }
  const writer = await StoreThread.start({ path, writes: true, busyMs, ...elsewhere })
  const startReader = (): Promise<StoreThread> => StoreThread.start({ path, writes: false, busyMs })
  const inMemory = path === IN_MEMORY
  const reader = new LateReader(inMemory ? () => Promise.resolve(writer) : startReader)
  try {
    const loaded = await writer.ask('loadState', undefined)
    const state = new LedgerState(loaded)
    const commit = new GroupCommit(writer, state, { uptime, pause, underWay: () => state.open.size })
    const read: StoreThread['ask'] = (name, needs) => reader.ask(name, needs)
    const ledger = new SqliteLedger({ state, commit, writer, read, startAuditor: inMemory ? undefined : startReader })
    const recovered = await recoverHolds(state, ledger, loaded, now())
    const contents = new ContentLog(new SqliteContents({ writer, read }), now)
    const documents = new SqliteDocuments({ commit, writer, read }, now)
    const witness = inMemory
      ? undefined
      : new WitnessKeeper({
          path: witnessOf(realpathSync(path), witnessPath),
          commits: () => commit.figures.commits,
          milestone: () => writer.ask('milestone', undefined),
          onProblem,
        })
    await witness?.keep()
    const stops = [
      every(WITNESS_MS, async () => witness?.keep()),
      every(SWEEP_MS, () => ledger.sweep()),
      every(SWEEP_MS, () => contents.sweep()),
      every(PURGE_MS, () => contents.purge()),
      every(PURGE_MS, () => documents.purge()),
    ]
    const stopSweeps = (): void => {
      for (const stop of stops) stop()
    }
    // What expired while no server ran.
    void contents.purge()
    return {
      accounts: new SqliteAccounts({ state, commit, writer }),
      ledger,
      usage: {
        usage: (query) => read('usage', query),
        requests: (query) => read('requests', query),
        request: (id, organisation) => read('request', { id, organisation }),
      },
      contents,
      documents,
      recovered,
      get figures() {
        const { droppedNotes } = ledger
        return { ...commit.figures, openHolds: state.open.size, droppedNotes, contents: contents.figures }
      },
      health: async () => writer.gone ?? commit.fault,
      async close() {
        if (ledger.isClosed) return
        stopSweeps()
        // The first may be one that began before the last notes came.
        await ledger.sweep()
        await ledger.sweep()
        await contents.close()
        ledger.isClosed = true
        await commit.flush()
        await witness?.keep()
        // The writer is the last: it writes its log back when nobody else reads.
        await reader.close()
        await closeThread(writer)
      },
      async abandon() {
        ledger.isClosed = contents.isClosed = true
        stopSweeps()
        await Promise.all([reader.close(), writer.end('it was abandoned')])
      },
    }
  } catch (error) {
    await closeThread(writer)
    throw error
  }
}

/** A reader that starts with its first question. */
class LateReader {
  readonly #start: () => Promise<StoreThread>
  #thread: Promise<StoreThread> | undefined

  constructor(start: () => Promise<StoreThread>) {
    this.#start = start
  }

  async ask<Name extends OrderName>(
    name: Name,
    needs: StoreOrders[Name]['needs'],
  ): Promise<StoreOrders[Name]['gives']> {
    this.#thread ??= this.#start()
    try {
      const thread = await this.#thread
      return await thread.ask(name, needs)
    } catch (error) {
      // One that did not start is started again; one that runs is kept, whatever it says of a question.
      const isRunning = await this.#thread.then(
        (thread) => thread.gone === undefined,
        () => false,
      )
      if (!isRunning) this.#thread = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    const thread = await this.#thread?.catch(() => undefined)
    if (thread !== undefined) await closeThread(thread)
  }
}

async function closeThread(thread: StoreThread): Promise<void> {
  await thread.ask('close', undefined).catch(() => undefined)
  await thread.end('it is closed')
}

function everyInterval(ms: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => void work(), ms)
  timer.unref()
  return () => clearInterval(timer)
}
