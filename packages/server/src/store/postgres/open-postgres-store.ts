/** Opens the store that many gateways share: a database of PostgreSQL, a lease in it, and two works that go on by a timer. */

import { setTimeout as wait } from 'node:timers/promises'
import type { Store } from '../store.ts'
import { AuditQueries } from './audit-queries.ts'
import { Connections, openConnections } from './connections.ts'
import { Database } from './database.ts'
import { GatewayLease } from './gateway-lease.ts'
import { type Recovered, type RecoveryParts, recoverHolds } from './hold-recovery.ts'
import { migrate } from './migrations.ts'
import { MAX_WAITING, OrganisationGroups } from './organisation-groups.ts'
import { PostgresAccounts } from './postgres-accounts.ts'
import { PostgresLedger } from './postgres-ledger.ts'
import { PostgresUsage } from './postgres-usage.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** Milliseconds since the Unix epoch: when holds of others that are gone were ended. */
  readonly now: () => number
  /** Calls `work` every so many milliseconds until what it gives is called. */
  readonly every?: (ms: number, work: () => Promise<void>) => () => void
  /** Milliseconds since whenever, and never back: how long something was tried. */
  readonly uptime?: () => number
  readonly sleep?: (ms: number) => Promise<void>
  /** 0 to 1. */
  readonly random?: () => number
  /** Connections for money at once. A few more are for all else, for one audit, and to hear of changes. */
  readonly connections?: number
  /** How long a gateway that is silent is taken to live. */
  readonly leaseMs?: number
  /** A database that has said nothing for so long is taken to stand still. */
  readonly silenceMs?: number
}

export interface PostgresStore extends Store {
  /** The number of this gateway among those that share the database. */
  readonly gateway: number
  /** Lets go as a crash would: nothing that waits is kept. */
  abandon(): Promise<void>
}

export const SWEEP_MS = 1_000
export const BEAT_MS = 3_000
const LEASE_MS = 15_000
const SILENCE_MS = 5_000
const GROUP_CONNECTIONS = 8
const OTHER_CONNECTIONS = 4
const MAX_QUESTIONS = 500

/** @throws Error when the database cannot be used; the message says why */
export async function openPostgresStore({
  url,
  now,
  every = everyInterval,
  uptime = () => performance.now(),
  sleep = wait,
  random = Math.random,
  connections: size = GROUP_CONNECTIONS,
  leaseMs = LEASE_MS,
  silenceMs = SILENCE_MS,
}: PostgresStoreOptions): Promise<PostgresStore> {
  const pool = (of: string, its: { size: number; waiting: number }): Connections =>
    new Connections({ url, name: `moonbase ${of}`, random, silenceMs, ...its })
  const forGroups = pool('ledger', { size, waiting: MAX_WAITING })
  const forAudits = pool('audit', { size: 1, waiting: 1 })
  const forOthers = pool('store', { size: OTHER_CONNECTIONS, waiting: MAX_QUESTIONS })
  const ear = openConnections({ url, name: 'moonbase changes', size: 1, random, silenceMs })
  const closeAll = async (atOnce: boolean): Promise<void> => {
    await Promise.all([forGroups, forAudits, forOthers].map((each) => each.close({ atOnce })))
    await ear.end({ timeout: 0 })
  }
  try {
    const database = new Database(forOthers, { uptime, sleep, random })
    await prepare(database)
    const lease = await GatewayLease.take(database, leaseMs)
    const { gateway } = lease
    const groups = new OrganisationGroups({ connections: forGroups, gateway, uptime, sleep, random })
    const ledger = new PostgresLedger({ groups, database, audits: new AuditQueries(forAudits), gateway })
    const recovered: Recovered = { settled: 0, released: 0 }
    const recovery: RecoveryParts = { database, ledger, gateway, leaseMs, now }
    await recoverHolds(recovery, recovered)
    const accounts = await PostgresAccounts.open(database, gateway, ear)
    const works = new Works(() => database.failures++)
    const stops = [
      every(
        SWEEP_MS,
        works.oneAtATime(() => ledger.sweep()),
      ),
      every(
        SWEEP_MS,
        works.oneAtATime(() => accounts.poll()),
      ),
      every(
        BEAT_MS,
        works.oneAtATime(() => beat(lease, recovery, recovered)),
      ),
    ]
    const stop = (): void => {
      for (const each of stops) each()
      ledger.isClosed = true
    }
    return {
      gateway,
      accounts,
      ledger,
      usage: new PostgresUsage(database),
      recovered,
      get figures() {
        const { commits, rows, failures } = groups.figures
        return {
          commits,
          rows,
          openHolds: ledger.openHolds,
          droppedNotes: ledger.droppedNotes,
          failures: failures + database.failures + ledger.lateEnds,
        }
      },
      health: async () => groups.fault ?? database.fault,
      async close() {
        if (ledger.isClosed) return
        stop()
        // The first may be one that began before the last notes came.
        await ledger.sweep()
        await ledger.sweep()
        await groups.idle()
        await lease.end().catch(() => database.failures++)
        database.isClosed = true
        await closeAll(false)
      },
      async abandon() {
        stop()
        groups.stop()
        database.isClosed = true
        await closeAll(true)
      },
    }
  } catch (error) {
    await closeAll(true)
    throw error
  }
}

async function prepare(database: Database): Promise<void> {
  const [how] = await database.ask(
    (sql) => sql<{ commit: string; version: number }[]>`
      SELECT current_setting('synchronous_commit') AS commit, current_setting('server_version_num')::integer AS version`,
  )
  if (how?.commit === 'off') {
    throw new Error('the database answers before its disk has the commit: set synchronous_commit to on')
  }
  await database.connections.use((sql) => migrate(sql), MIGRATION_MS)
}

/** Another gateway may be busy with the same steps. */
const MIGRATION_MS = 20 * 60_000

/** Says that this gateway lives, and ends what those left that do not. */
async function beat(lease: GatewayLease, recovery: RecoveryParts, recovered: Recovered): Promise<void> {
  const isSteady = await lease.renew()
  if (!isSteady) return
  await recoverHolds(recovery, recovered)
  await lease.forgetOld()
}

/** Works of timers: one that is not through yet is not begun again, and one that fails is counted and tried at its next time. */
class Works {
  readonly #onFailure: () => void

  constructor(onFailure: () => void) {
    this.#onFailure = onFailure
  }

  oneAtATime(work: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | undefined
    return () => {
      running ??= work()
        .catch(this.#onFailure)
        .finally(() => {
          running = undefined
        })
      return running
    }
  }
}

function everyInterval(ms: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => void work(), ms)
  timer.unref()
  return () => clearInterval(timer)
}
