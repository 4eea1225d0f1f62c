/**
 * `npm run crash`: a server under load is killed with `kill -9` again and again, and after each start its books are proved
 * through the operator's API. Fails on any problem.
 *
 * `--store sqlite|postgres --rounds 500 --clients 24 --seed N`
 */

import { loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { openPostgresSite } from './postgres-site.ts'
import { tableOf } from './report.ts'
import { playRounds } from './rounds.ts'
import { openSqliteSite } from './site.ts'

const { values: given } = parseArgs({
  options: {
    store: { type: 'string', default: 'sqlite' },
    rounds: { type: 'string' },
    clients: { type: 'string', default: '24' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const inPostgres = given.store === 'postgres'
const rounds = Number(given.rounds ?? (inPostgres ? 100 : 500))
const seed = Number(given.seed)

/** Problems in one of the rounds are in those behind it too. */
const ENOUGH_PROBLEMS = 20
const TOLD_EVERY = 10

const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(`seed ${seed}, ${rounds} rounds, load ${loadOfMachine()}`)
const began = performance.now()
await using site = inPostgres ? await openPostgresSite({ waitFor: 0.2 }) : await openSqliteSite()
const tally = await playRounds(site, {
  rounds,
  seed,
  clients: Number(given.clients),
  most: 40,
  shortMs: 1_500,
  longMs: 8_000,
  farewellMs: 10_000,
  onRound(round, { requests, complete, settled, released, problems }) {
    if (round % TOLD_EVERY === 0 || problems.length > 0) {
      say(
        `round ${round}: ${requests} requests, ${complete} complete, recovered ${settled} settled and ${released} released, ${problems.length} problems`,
      )
    }
    if (problems.length > ENOUGH_PROBLEMS) throw new Error(problems.join('\n'))
  },
})
say(`\n${tableOf(tally, { store: site.name, seed, seconds: (performance.now() - began) / 1_000 })}`)
say(`\nload at the end: ${loadOfMachine()}`)
process.exitCode = tally.problems.length === 0 ? 0 : 1

function loadOfMachine(): string {
  return loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')
}
