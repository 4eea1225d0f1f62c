/** The process of a server under chaos: it is told its replicas, says where it listens, and ends when told to. */

import { startServerUnderChaos } from './server-under-chaos.ts'

const [silenceMs = '', healthEveryMs = '', ...urls] = process.argv.slice(2)

const TEN_MINUTES_MS = 600_000
/** How far this process is ahead of its time. */
let passedMs = 0
const now = Date.now
Date.now = () => now() + passedMs

const server = await startServerUnderChaos({
  urls,
  silenceMs: Number(silenceMs),
  healthEveryMs: Number(healthEveryMs),
})
process.on('message', (message) => {
  if (message === 'bytes') void bytesInUse().then((bytes) => process.send?.({ bytes }))
  else if (message === 'later') process.send?.({ later: letTimePass() })
  else if (message === 'resources') process.send?.({ resources: resourcesInUse() })
  else void server.close().then(() => process.send?.({ closed: true }, () => process.exit()))
})
process.on('disconnect', () => void server.close().finally(() => process.exit()))
process.send?.({ url: server.url, key: server.key })

/** What is kept for minutes is due now. */
function letTimePass(): number {
  passedMs += TEN_MINUTES_MS
  return passedMs
}

/**
 * Of the heap, and of what it holds outside. What one collection finds dead may keep others alive until the next, so it is
 * the least of several counts.
 */
async function bytesInUse(): Promise<number> {
  let bytes = Infinity
  for (let round = 0; round < 8; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setImmediate(resolve))
    const { heapUsed, external } = process.memoryUsage()
    bytes = Math.min(bytes, heapUsed + external)
  }
  return bytes
}

/** What keeps the process alive, or would: how many of each kind. */
function resourcesInUse(): Record<string, number> {
  const resources: Record<string, number> = {}
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1
  return resources
}
