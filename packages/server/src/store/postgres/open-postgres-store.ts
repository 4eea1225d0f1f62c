/** Opens the store that many gateways share: a database of PostgreSQL, a lease in it, and two works that go on by a timer. */

import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { DEFAULTS } from '../../configuration/configuration.ts'
import { ContentLog } from '../../contents/content-log.ts'
import type { Store } from '../store.ts'
import { AuditQueries } from './audit-queries.ts'
import { Connections, openConnections } from './connections.ts'
import { PostgresContents } from './content-rows.ts'
import { Database } from './database.ts'
import { GatewayLease } from './gateway-lease.ts'
import { type Recovered, type RecoveryParts, recoverHolds } from './hold-recovery.ts'
import { migrate } from './migrations.ts'
import { MAX_WAITING, OrganisationGroups } from './organisation-groups.ts'
import { PostgresAccounts } from './postgres-accounts.ts'
import { PostgresDocuments } from './postgres-documents.ts'
import { PostgresLedger } from './postgres-ledger.ts'
import { PostgresUsage } from './postgres-usage.ts'
import { type After, afterTimeout } from './silence.ts'
import { ToldMoney } from './told-money.ts'

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string
  /** Milliseconds since the Unix epoch: when holds of others that are gone were ended. */
  readonly now: () => number
  /** Calls `work` every so many milliseconds until what it gives is called. */
  readonly every?: (ms: number, work: () => Promise<void>) => () => void
  /** Milliseconds since whenever, and never back: how long something was tried. */
  readonly uptime?: () => number
  /** How long the database has been silent; by the same clock. */
  readonly after?: After
  readonly sleep?: (ms: number) => Promise<void>
  /** 0 to 1. */
  readonly random?: () => number
  /** Connections for money at once. A few more are for all else, for one audit, and to hear of changes. */
  readonly connections?: number
  /** How long a gateway that is silent is taken to live. It says that it lives five times as often. */
  readonly leaseMs?: number
  /** How many times what a hold takes must be there, as it was told last, for the engine to be asked ahead. Measurements bring others. */
  readonly aheadFactor?: number
}

export interface PostgresStore extends Store {
  /** The number of this gateway among those that share the database. */
  readonly gateway: number
  /** Lets go as a crash would: nothing that waits is kept. */
  abandon(): Promise<void>
}

export const SWEEP_MS = 1_000
export const PURGE_MS = 60_000
export const BEATS_IN_A_LEASE = 5
/** A database that has said nothing for so long is taken to stand still. */
export const SILENCE_MS = 5_000
/** Other gateways spend too: see docs/decisions/0022-asking-ahead.md for what other factors do. */
const AHEAD_FACTOR = 4
const GROUP_CONNECTIONS = 8
const OTHER_CONNECTIONS = 4
const MAX_QUESTIONS = 500
/** Another gateway may be busy with the same steps. */
const MIGRATION_MS = 20 * 60_000
/** As its `server_version_num` says it. Older ones are no longer kept by anybody. */
const OLDEST = 130_000

/** @throws Error when the database cannot be used; the message says why */
export async function openPostgresStore({
  url,
  now,
  every = everyInterval,
  uptime = () => performance.now(),
  after = afterTimeout,
  sleep = wait,
  random = Math.random,
  connections: size = GROUP_CONNECTIONS,
  leaseMs = DEFAULTS.storeLeaseMs,
  aheadFactor = AHEAD_FACTOR,
}: PostgresStoreOptions): Promise<PostgresStore> {
  const pool = (of: string, its: { size: number; waiting: number }): Connections =>
    new Connections({ url, name: `moonbase ${of}`, random, silenceMs: SILENCE_MS, after, ...its })
  const forGroups = pool('ledger', { size, waiting: MAX_WAITING })
  const forAudits = pool('audit', { size: 1, waiting: 1 })
  const forOthers = pool('store', { size: OTHER_CONNECTIONS, waiting: MAX_QUESTIONS })
  // Whoever waits behind slow questions is taken for gone: the lease waits for nobody.
  const forLease = pool('lease', { size: 1, waiting: 1 })
  const ear = openConnections({ url, name: 'moonbase changes', size: 1, random, silenceMs: SILENCE_MS })
  const stops: (() => void)[] = []
  const closeAll = async (atOnce: boolean): Promise<void> => {
    for (const stop of stops) stop()
    await Promise.all([forGroups, forAudits, forOthers, forLease].map((each) => each.close({ atOnce })))
    await ear.end({ timeout: 0 })
  }
  try {
    const database = new Database(forOthers, { uptime, sleep, random })
    const leases = new Database(forLease, { uptime, sleep, random })
    await prepare(database)
    const lease = await GatewayLease.take(leases, leaseMs)
    const renew = oneAtATime(() => lease.renew())
    const beatMs = Math.floor(leaseMs / BEATS_IN_A_LEASE)
    stops.push(every(beatMs, renew))
    const { gateway } = lease
    const told = new ToldMoney(uptime)
    const groups = new OrganisationGroups({ connections: forGroups, gateway, uptime, sleep, random, told })
    const audits = new AuditQueries(forAudits)
    const ledger = new PostgresLedger({ told, groups, database, audits, gateway, aheadFactor })
    const recovered: Recovered = { settled: 0, released: 0 }
    const recovery: RecoveryParts = { database, ledger, gateway, leaseMs, now }
    await recoverHolds(recovery, recovered)
    const accounts = await PostgresAccounts.open(database, gateway, ear)
    const lookAfterOthers = async (): Promise<void> => {
      await renew()
      if (!lease.isSteady) return
      await recoverHolds(recovery, recovered)
      await lease.forgetOld()
    }
    const contents = new ContentLog(new PostgresContents(database), now)
    const documents = new PostgresDocuments(database, { now, newWriteId: randomUUID })
    const purge = oneAtATime(() => documents.purge())
    const poll = oneAtATime(() => accounts.poll())
    stops.push(
      every(SWEEP_MS, () => ledger.sweep()),
      every(SWEEP_MS, poll),
      every(SWEEP_MS, () => contents.sweep()),
      every(PURGE_MS, () => contents.purge()),
      every(PURGE_MS, purge),
    )
    stops.push(every(beatMs, oneAtATime(lookAfterOthers)))
    // What expired while no server ran.
    void contents.purge()
    return {
      gateway,
      accounts,
      ledger,
      usage: new PostgresUsage(database),
      contents,
      documents,
      recovered,
      get figures() {
        const { commits, rows, failures } = groups.figures
        const failed = failures + database.failures + leases.failures + ledger.lateEnds
        const { openHolds, droppedNotes } = ledger
        return { commits, rows, openHolds, droppedNotes, failures: failed, contents: contents.figures }
      },
      async health() {
        if ((groups.fault ?? database.fault ?? leases.fault) === undefined) return undefined
        // Nobody may ask for anything because we say that it does not work: so it is tried, with a write.
        await renew()
        if (leases.fault === undefined) groups.fault = database.fault = undefined
        return leases.fault
      },
      async close() {
        if (ledger.isClosed) return
        for (const stop of stops) stop()
        // The first may be one that began before the last notes came.
        await ledger.sweep()
        await ledger.sweep()
        await contents.close()
        ledger.isClosed = true
        await groups.idle()
        await oneAtATime(() => lease.end())()
        database.isClosed = leases.isClosed = true
        await closeAll(false)
      },
      async abandon() {
        ledger.isClosed = contents.isClosed = true
        groups.stop()
        database.isClosed = leases.isClosed = true
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
  if (how === undefined || how.version < OLDEST) throw new Error(`PostgreSQL ${OLDEST / 10_000} or newer is needed`)
  if (how.commit === 'off') {
    throw new Error('the database answers before its disk has the commit: set synchronous_commit to on')
  }
  await database.connections.use((sql) => migrate(sql), MIGRATION_MS)
}

/** The work of a timer: not begun again while it goes on. What fails was counted by the database, and has its next time. */
function oneAtATime(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
      .catch(() => undefined)
      .finally(() => {
        running = undefined
      })
    return running
  }
}

function everyInterval(ms: number, work: () => Promise<void>): () => void {
  const timer = setInterval(() => void work(), ms)
  timer.unref()
  return () => clearInterval(timer)
}
