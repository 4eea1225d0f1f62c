/** The disk, or the database, fails between the question and the answer: nobody gets a byte that was not held for. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { type TestContext, test } from 'node:test'
import { WITHOUT_POSTGRES } from '../support/postgres.ts'
import { playFailing } from './failing-rounds.ts'
import { type FailingSite, openFailingPostgres, openFailingSqlite } from './failing-sites.ts'

/** The suite `failing-stores` plays more. */
const ROUNDS = Number(process.env['MOONBASE_FAILING_ROUNDS'] ?? 0)
const SEED = Number(process.env['MOONBASE_FAILING_SEED'] ?? 17)
const PLAN = { seed: SEED, clients: 12, burst: 32 }
const WITHOUT_LIMITS =
  spawnSync('prlimit', ['--version']).status === 0
    ? false
    : 'the limits of a process cannot be changed here: no prlimit'

async function prove(
  t: TestContext,
  open: (engine: string) => Promise<FailingSite>,
  leastRounds: number,
): Promise<void> {
  const rounds = Math.max(ROUNDS, leastRounds)
  const { played, problems, ...counts } = await playFailing(open, { ...PLAN, rounds })
  const told = `seed ${SEED}: ${JSON.stringify({ ...Object.fromEntries(played), ...counts })}`
  t.diagnostic(told)
  assert.deepEqual(problems, [], told)
  assert.ok(counts.given > 0 && counts.inVain > 0 && counts.stopped > 0, `nobody was asked in vain: ${told}`)
}

test('a disk that fails', { skip: WITHOUT_LIMITS }, (t) => prove(t, openFailingSqlite, 2))

test('a database that is stopped, and one whose connections are cut', { skip: WITHOUT_POSTGRES }, (t) =>
  prove(t, openFailingPostgres, 1),
)
