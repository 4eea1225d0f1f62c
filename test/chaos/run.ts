/**
 * `npm run chaos`: three replicas in processes of their own, one of which is killed or stopped every few hundred
 * milliseconds, a server in a process of its own, and clients that check every byte. Fails on any violation.
 *
 * `--streams 10000 --concurrency 200 --seed N`
 */

import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../support/every-split.ts'
import { Child } from './child.ts'
import { Conductor } from './conductor.ts'
import { leftRunning, play } from './play.ts'
import { startReplica } from './replica-apart.ts'
import { isClean, tableOf } from './report.ts'

const { values: given } = parseArgs({
  options: {
    streams: { type: 'string', default: '10000' },
    concurrency: { type: 'string', default: '200' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const streams = Number(given.streams)
const concurrency = Number(given.concurrency)
const seed = Number(given.seed)

/** Between two chunks of one stream, so that streams are there to be cut: about a second for each. */
const PAUSE_MS = 15
const SILENCE_MS = 1000
const HEALTH_EVERY_MS = 250
/** A client that waits longer waits for ever. */
const PATIENCE_MS = 60_000
const LIMIT_MS = 30 * 60_000
/** Between two steps: as long as a break or a repair may last, shorter and longer than the server's patience. */
const STEP_MS = [50, 100, 200, 300, 300, 2000] as const

const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(
  `seed ${seed}, ${availableParallelism()} cores, load ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')}`,
)
const replicas = await Promise.all([1, 2, 3].map(() => startReplica(PAUSE_MS)))
const server = new Child(new URL('./server-process.ts', import.meta.url), [
  String(SILENCE_MS),
  String(HEALTH_EVERY_MS),
  ...replicas.map(({ url }) => url),
])
const address = { url: '', key: '' }
server.on(({ url, key }) => {
  if (typeof url === 'string' && typeof key === 'string') Object.assign(address, { url, key })
})
await server.next('url')

const conductor = new Conductor(replicas, seed)
const curtain = new AbortController()
const breaking = breakAndMend(curtain.signal)
const began = performance.now()
let told = 0
try {
  const tally = await play({
    server: address,
    seed,
    streams,
    concurrency,
    patienceMs: PATIENCE_MS,
    limitMs: LIMIT_MS,
    onProgress(soFar) {
      if (soFar.streams < told + 1000) return
      told = soFar.streams
      say(`${told} streams, ${soFar.seams} seams, ${soFar.failures.length} failures`)
    },
  })
  curtain.abort()
  await breaking
  await conductor.mend()
  const reports = async () => await Promise.all(replicas.map((replica) => replica.report()))
  const running = await leftRunning(async () => sum((await reports()).map((report) => report.running)), 5000)
  const strays = (await reports()).flatMap((report) => report.strays)
  const seconds = (performance.now() - began) / 1000
  const { kills, stalls } = conductor
  const played = { seed, concurrency, kills, stalls, running, strays, seconds }
  say(`\n${tableOf(tally, played)}`)
  say(
    `\nload at the end: ${loadavg()
      .map((load) => load.toFixed(2))
      .join(' ')}`,
  )
  process.exitCode = isClean(tally, played, streams) ? 0 : 1
} finally {
  curtain.abort()
  await breaking
  await server.ask('close', 'closed').catch(() => server.end())
  await Promise.all(replicas.map((replica) => replica.close()))
}

async function breakAndMend(signal: AbortSignal): Promise<void> {
  const random = seededRandom(seed ^ 0x5bd1e995)
  while (!signal.aborted) {
    const ms = STEP_MS[Math.floor(random() * STEP_MS.length)]
    await sleep(ms, undefined, { signal }).catch(() => undefined)
    if (!signal.aborted) await conductor.step()
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
