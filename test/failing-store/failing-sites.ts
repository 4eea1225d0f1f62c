/** Stores that fail when they are told to, under a server in a process of its own: their disk, or the database itself. */

import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Gateway } from '../support/gateway.ts'
import { startPostgres } from '../support/postgres.ts'

const run = promisify(execFile)

export interface FailingSite extends AsyncDisposable {
  readonly name: string
  readonly url: string
  /** In which ways it can fail. */
  readonly ways: readonly FailingWay[]
  /** Kills the server, and starts it again on what was kept. */
  restart(): Promise<void>
}

export interface FailingWay {
  readonly name: string
  /** Nothing is kept until it is well again; otherwise it only stumbles. */
  readonly lasting: boolean
  /** It fails within a moment, and is waited for; otherwise it is failing while it is asked. */
  readonly atOnce: boolean
  fail(): Promise<void>
  mend(): Promise<void>
}

/** Enough of a configuration for one engine. */
const configOf = (engine: string): string => `
engines: { host: { type: openai-compatible, url: ${JSON.stringify(engine)} } }
models: { kimi-k2.5: { engines: [host] } }
routing: { health_every_ms: 0 }
`

/** A folder and the server that runs on it. */
async function startHome(engine: string, environment: Readonly<Record<string, string>> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'moonbase-failing-'))
  const start = (): Promise<Gateway> => Gateway.start({ folder, config: configOf(engine), environment })
  let gateway = await start().catch(async (error: unknown) => {
    await rm(folder, { recursive: true, force: true })
    throw error
  })
  return {
    folder,
    get gateway() {
      return gateway
    },
    async restart(between: () => Promise<void> = () => Promise.resolve()) {
      await gateway.kill()
      await between()
      gateway = await start()
    },
    async close() {
      await gateway.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** @param engine its base address */
export async function openFailingSqlite(engine: string): Promise<FailingSite> {
  const home = await startHome(engine)
  // What a full disk does: each write that would make a file longer fails, in the running process.
  const limit = (bytes: string): Promise<unknown> =>
    run('prlimit', ['--pid', String(home.gateway.pid), `--fsize=${bytes}:`])
  let other: DatabaseSync | undefined
  return {
    name: 'SQLite',
    get url() {
      return home.gateway.url
    },
    ways: [
      {
        name: 'its disk is full',
        lasting: true,
        atOnce: true,
        fail: async () => void (await limit('0')),
        mend: async () => void (await limit('unlimited')),
      },
      {
        name: 'another program locks its file',
        lasting: true,
        atOnce: true,
        async fail() {
          other = new DatabaseSync(join(home.folder, 'data', 'moonbase.db'), { timeout: 5_000 })
          other.exec('BEGIN IMMEDIATE')
        },
        async mend() {
          other?.exec('ROLLBACK')
          other?.close()
        },
      },
    ],
    restart: () => home.restart(),
    [Symbol.asyncDispose]: () => home.close(),
  }
}

/** Connections that are cut, one time after the other. */
const CUTS = 6
const BETWEEN_CUTS_MS = 60

/** @param engine its base address */
export async function openFailingPostgres(engine: string): Promise<FailingSite> {
  const postgres = await startPostgres()
  const database = await postgres.database()
  const home = await startHome(engine, { MOONBASE_STORE: database }).catch(async (error: unknown) => {
    await postgres[Symbol.asyncDispose]()
    throw error
  })
  return {
    name: 'PostgreSQL',
    get url() {
      return home.gateway.url
    },
    ways: [
      {
        name: 'the database is stopped',
        lasting: true,
        atOnce: false,
        fail: () => postgres.kill(),
        mend: () => postgres.restart(),
      },
      {
        name: 'its connections are cut',
        lasting: false,
        atOnce: false,
        async fail() {
          for (let cut = 0; cut < CUTS; cut += 1) {
            await postgres.ask(database, CUT)
            await wait(BETWEEN_CUTS_MS)
          }
        },
        mend: () => Promise.resolve(),
      },
    ],
    restart: () =>
      home.restart(async () => {
        // As fifteen seconds would do it.
        await postgres.deserted(database)
        await postgres.ask(database, "UPDATE gateways SET lease_until = '-infinity'")
      }),
    async [Symbol.asyncDispose]() {
      await home.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

const CUT = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE datname = current_database() AND application_name = 'moonbase ledger'`
