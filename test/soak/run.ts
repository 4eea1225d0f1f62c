/**
 * `npm run soak`: a real server with accounts, under clients of every kind and replicas that fail, for ten minutes. Prints
 * a line each half minute and the trends at the end; fails when memory rises, when anything is left open, when the books
 * are wrong, or when what was cut ends as a success.
 *
 * `--minutes 10 --rate 3 --clients 40 --seed N`, where the rate is of requests by second
 */

import { Agent } from 'node:http'
import { loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Conductor } from '../chaos/conductor.ts'
import { leftRunning } from '../chaos/play.ts'
import { seededRandom } from '../support/every-split.ts'
import { ask } from '../crash/client.ts'
import { SCRIPTS } from '../crash/scripts.ts'
import { doSomething, learnPrompts } from './deeds.ts'
import { type Reading, leftOpen, readServer } from './readings.ts'
import { LEAST_MINUTES, MOST_KEPT_DESCRIPTORS, Outcomes, faultsOf, lineOf, tableOf } from './report.ts'
import { openSite } from './site.ts'

const { values: given } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    clients: { type: 'string', default: '40' },
    rate: { type: 'string', default: '3' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const minutes = Number(given.minutes)
const clients = Number(given.clients)
const rate = Number(given.rate)
const seed = Number(given.seed)

const READ_EVERY_MS = 2_000
const TOLD_EVERY = 15
const WARM_UP = 4_000
/** Streams are kept for five minutes behind their end: by the middle of ten all that are kept have begun in this load. */
const LEAD_MS = 120_000
/** Between two steps of whoever breaks replicas, at most. */
const LONGEST_PEACE_MS = 4_000
/** Streams that were left running end, and the server closes the connections of clients that have nothing more to say. */
const FAREWELL_MS = 120_000

const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(`seed ${seed}, ${clients} clients, ${rate} requests a second, ${minutes} minutes, load ${loadOfMachine()}`)
await using site = await openSite(clients)
const { url, keys, replicas, operator } = site
const promptTokens = await learnPrompts(url, keys[0] ?? '')
const outcomes = new Outcomes()
const readings: Reading[] = []
let began = performance.now()
let end = AbortSignal.timeout(minutes * 60_000)
const before = await readServer(url, 0)
const conductor = new Conductor(replicas, seed)
const agent = new Agent({ keepAlive: true, maxSockets: clients })
let asked = 0
let nextAt = 0
await warmUp()
began = performance.now() + LEAD_MS
end = AbortSignal.timeout(LEAD_MS + minutes * 60_000)
await Promise.all([...keys.map(play), breakAndMend(), watch()])
agent.destroy()
const last = await quiet()

say(`\n${tableOf(readings, outcomes)}`)
const { kills, stalls } = conductor
say(`\n${outcomes.requests} requests, ${outcomes.seams} seams; replicas killed ${kills} times, stalled ${stalls} times`)
const faults = faultsOf({ before, readings, last, outcomes, minutes })
const running = await leftRunning(async () => sum(await Promise.all(replicas.map(runningOf))), FAREWELL_MS)
if (running > 0) faults.push(`${running} requests are left running at replicas`)
await operator.audit().catch((error: unknown) => faults.push(`the audit: ${String(error)}`))
if (minutes < LEAST_MINUTES) say(`slopes are judged from ${LEAST_MINUTES} minutes on`)
for (const fault of faults) say(`✖ ${fault}`)
const rises = minutes < LEAST_MINUTES ? '' : 'nothing rises, '
say(`${faults.length === 0 ? `✔ ${rises}nothing is open, the audit is clean` : ''}\nload ${loadOfMachine()}`)
process.exitCode = faults.length === 0 ? 0 : 1

/** So many quick answers: what is compiled, and what takes its size once, has it before anything is measured. */
async function warmUp(): Promise<void> {
  const script = SCRIPTS.find(({ name }) => name === 'at-once')
  if (script === undefined) throw new Error('there is no quick script')
  await Promise.all(
    keys.map(async (key) => {
      for (let left = WARM_UP / clients; left > 0; left -= 1) {
        const { complete } = await ask({ url, key, script, way: 'whole', leaveAfter: 0, signal: end })
        if (!complete) outcomes.add({ kind: 'warm-up', end: 'problem', why: 'a quick answer is not whole' })
      }
    }),
  )
}

async function play(key: string, client: number): Promise<void> {
  const random = seededRandom(seed * 1_000 + client)
  for (;;) {
    const number = asked
    asked += 1
    // As many in each minute, and none made up for: what is kept of five minutes is as much in all of them, too.
    nextAt = Math.max(nextAt + 1_000 / rate, performance.now())
    await wait(Math.max(nextAt - performance.now(), 0))
    if (end.aborted) return
    try {
      outcomes.add(await doSomething({ url, key, agent, random, number, seed, promptTokens }))
    } catch (error) {
      outcomes.add({ kind: 'broken', end: 'problem', why: String(error) })
    }
  }
}

async function breakAndMend(): Promise<void> {
  const random = seededRandom(seed ^ 0x5bd1e995)
  while (!end.aborted) {
    await wait(random() * LONGEST_PEACE_MS)
    await conductor.step()
  }
  await conductor.mend()
}

async function watch(): Promise<void> {
  await wait(LEAD_MS)
  while (!end.aborted) {
    await wait(READ_EVERY_MS)
    await read()
    if (readings.length % TOLD_EVERY === 0) say(lineOf(readings.slice(-TOLD_EVERY), outcomes))
  }
}

async function read(): Promise<Reading> {
  const reading = await readServer(url, (performance.now() - began) / 1_000)
  readings.push(reading)
  return reading
}

/** Looks until nothing is open any more, or patience ends. */
async function quiet(): Promise<Reading> {
  const until = performance.now() + FAREWELL_MS
  for (;;) {
    const reading = await readServer(url, (performance.now() - began) / 1_000)
    const isQuiet = leftOpen(reading).length === 0 && reading.descriptors <= before.descriptors + MOST_KEPT_DESCRIPTORS
    if (isQuiet || performance.now() > until) return reading
    await wait(READ_EVERY_MS)
  }
}

async function runningOf(replica: (typeof replicas)[number]): Promise<number> {
  return (await replica.report()).running
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

function loadOfMachine(): string {
  return loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')
}
