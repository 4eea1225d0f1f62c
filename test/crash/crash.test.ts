/** A seeded share of `npm run crash`: the same load, the same `kill -9` and the same proof, over fewer rounds. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { WITHOUT_POSTGRES } from '../support/postgres.ts'
import { openPostgresSite } from './postgres-site.ts'
import { tableOf } from './report.ts'
import { type Tally, playRounds } from './rounds.ts'
import { type CrashSite, openSqliteSite } from './site.ts'

/** Kills of the server on SQLite; the suite `kills` plays eight. */
const ROUNDS = Number(process.env['MOONBASE_CRASH_ROUNDS'] ?? 4)
/** In its first three rounds the database is killed, then the server, then both. */
const SEED = 31
const PLAN = { seed: SEED, clients: 24, most: 12, shortMs: 700, longMs: 1_500, farewellMs: 2_000, least: 1 }

async function proveRounds(site: CrashSite, rounds: number): Promise<Tally> {
  const began = performance.now()
  const tally = await playRounds(site, { ...PLAN, rounds })
  const table = tableOf(tally, { store: site.name, seed: SEED, seconds: (performance.now() - began) / 1_000 })
  assert.deepEqual(tally.problems, [], table)
  assert.equal(tally.rounds, rounds)
  assert.ok(tally.complete > 0 && tally.released + tally.settled > 0, `nothing was broken:\n${table}`)
  return tally
}

test(`the books in SQLite are right after each of ${ROUNDS} kills of the server`, async (t) => {
  await using site = await openSqliteSite()
  const { requests, complete, settled, released } = await proveRounds(site, ROUNDS)
  t.diagnostic(`seed ${SEED}, ${requests} requests, ${complete} complete, ${settled + released} recovered`)
})

test(
  'the books in PostgreSQL are right after each of three kills, of the server, the database or both',
  { skip: WITHOUT_POSTGRES },
  async (t) => {
    // That their leases are over is said to the database: to wait for it is for the long run.
    await using site = await openPostgresSite({ waitFor: 0 })
    const { requests, complete, settled, released } = await proveRounds(site, 3)
    t.diagnostic(`seed ${SEED}, ${requests} requests, ${complete} complete, ${settled + released} recovered`)
  },
)
