/** A server whose books are in PostgreSQL: the server is killed, or the database is, or both in either order. */

import { setTimeout as wait } from 'node:timers/promises'
import { type PostgresServer, startPostgres } from '../support/postgres.ts'
import { type Crash, type CrashSite, Home } from './site.ts'

/** A server that was killed keeps its holds for 15 seconds; the one behind it looks for them every three. */
const PATIENCE_S = 60
const LONGEST_OUTAGE_MS = 1_500

export interface PostgresSiteOptions {
  /** Which share of the servers that were killed is waited for; for the others their lease is over at once. */
  readonly waitFor: number
}

export async function openPostgresSite({ waitFor }: PostgresSiteOptions): Promise<CrashSite> {
  const postgres = await startPostgres()
  const database = await postgres.database()
  const home = await Home.open({ MOONBASE_STORE: database }).catch(async (error: unknown) => {
    await postgres[Symbol.asyncDispose]()
    throw error
  })
  let crashed: Crash['what'] | undefined
  return {
    name: 'PostgreSQL',
    patienceS: PATIENCE_S,
    get url() {
      return home.url
    },
    async crash(random) {
      crashed = choose(random())
      const killedAt = performance.now()
      await apart(crashed, random() < 0.5, home, postgres)
      return { what: crashed, killedAt: crashed === 'server' ? killedAt : undefined }
    },
    async recover(random) {
      if (crashed !== 'server') {
        await wait(random() * LONGEST_OUTAGE_MS)
        await postgres.restart()
      }
      if (crashed === 'database') return
      if (random() >= waitFor) await letLeasesPass(postgres, database)
      await home.start()
    },
    async [Symbol.asyncDispose]() {
      await home.close()
      await postgres[Symbol.asyncDispose]()
    },
  }
}

function choose(chance: number): Crash['what'] {
  if (chance < 0.4) return 'server'
  return chance < 0.7 ? 'database' : 'both'
}

async function apart(what: Crash['what'], serverFirst: boolean, home: Home, postgres: PostgresServer): Promise<void> {
  if (what === 'server') return home.kill()
  if (what === 'database') return postgres.kill()
  const both = [() => home.kill(), () => postgres.kill()]
  for (const kill of serverFirst ? both : both.toReversed()) await kill()
}

/** As fifteen seconds would do it. What the server had asked for before it was killed may still give it a lease. */
async function letLeasesPass(postgres: PostgresServer, database: string): Promise<void> {
  await postgres.deserted(database)
  await postgres.ask(database, "UPDATE gateways SET lease_until = '-infinity'")
}
