/**
 * The ledger in SQLite: what hold and settle cost in CPU, how many there are in a second, and how long questions about a
 * million rows of it take.
 *
 *     npm run bench:ledger
 */

import { join } from 'node:path'
import { openSqliteStore } from '../../packages/server/src/store/sqlite/open-sqlite-store.ts'
import { type Row, figure, table, whole } from '../report/table.ts'
import { scratchFolder } from '../scratch.ts'
import { Spenders, newOrganisations } from './spenders.ts'
import { timeQuestions } from './questions.ts'

const HEAD: Row = [
  'documents',
  'in flight',
  'requests/s',
  'CPU µs',
  'of the event loop',
  'requests a commit',
  'p50 ms',
  'p99 ms',
]
const IN_FLIGHT = [1, 32, 256] as const
/** Kept with the end of each request. */
const DOCUMENTS = [0, 1] as const
const REQUESTS = 40_000
/** One at a time each of them waits for the disk twice. */
const REQUESTS_ALONE = 4_000
/** Two transfers each. */
const FILLING = 500_000

const folder = scratchFolder('ledger')
const path = join(folder, 'moonbase.db')
const store = await openSqliteStore({ path, now: Date.now })
const organisations = await newOrganisations(store, 20)
const spenders = new Spenders(store, organisations)

await spenders.run(REQUESTS, 32)
const rows: Row[] = []
for (const [documents, inFlight] of DOCUMENTS.flatMap((count) => IN_FLIGHT.map((at) => [count, at] as const))) {
  const measured = await spenders.run(inFlight === 1 ? REQUESTS_ALONE : REQUESTS, inFlight, documents)
  rows.push([
    String(documents),
    String(inFlight),
    whole(measured.perSecond),
    figure(measured.cpuUs),
    figure(measured.loopCpuUs),
    figure(measured.aCommit),
    figure(measured.p50Ms),
    figure(measured.p99Ms),
  ])
}
console.log(
  `\nhold and settle with its line in the log, durable (CPU of both threads, a request)\n\n${table(HEAD, rows)}`,
)

if (!process.argv.includes('--no-questions')) {
  await spenders.run(FILLING, 256)
  console.log(`\n${await timeQuestions(store, spenders)}`)
}
await store.close()
const before = performance.now()
const again = await openSqliteStore({ path, now: Date.now })
console.log(`\nopened again in ${whole(performance.now() - before)} ms`)
await again.close()
