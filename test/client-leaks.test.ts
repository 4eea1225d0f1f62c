/**
 * The official `openai` client, aborting, timing out and asking again, leaves nothing behind: no upstream request that
 * runs on, no open handle, no memory.
 *
 * The server has a process of its own, so that its heap is nobody else's, and so has each round of clients, which takes
 * its own leftovers and its connections with it. The first round fills what is filled once: compiled code, pools, caches.
 * After it the heap may grow by the allowance, and no more; each request is large, so that one that is kept stands out.
 *
 * `MOONBASE_ABORTED_STREAMS=10000` is the long form; 500 is what a build plays.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { Child } from './chaos/child.ts'
import { leftUpstream } from './chaos/leaves.ts'
import { leftRunning } from './chaos/play.ts'
import { GIVE_UP_MS } from './support/eventually.ts'
import { openModelUpstream } from './support/model-upstream.ts'

const STREAMS = Number(process.env['MOONBASE_ABORTED_STREAMS'] ?? 500)
const ROUNDS = STREAMS > 1000 ? 10 : 2
const CONCURRENCY = 25
/** Longer than any wait of this test: nothing here ends because of the server's patience. */
const SILENCE_MS = 600_000
/**
 * Bytes for each 1,000 streams behind the first round: a sixtieth of what they sent. Beside it, once, what engines of
 * JavaScript need for themselves as they go on compiling.
 */
const ALLOWANCE_BYTES = 1_000_000
const NOISE_BYTES = 1_000_000

test(`${STREAMS} streams that the client leaves leave nothing behind`, async (t) => {
  await using upstream = await openModelUpstream(leftUpstream)
  const server = new Child(new URL('./chaos/server-process.ts', import.meta.url), [
    String(SILENCE_MS),
    '0',
    upstream.url,
  ])
  try {
    const [url, key] = await Promise.all([server.next<string>('url'), server.next<string>('key')])
    const resources = async () => await server.ask<Record<string, number>>('resources', 'resources')
    const before = await resources()
    const sizes: number[] = []
    for (let round = 0; round < ROUNDS; round += 1) {
      const streams = Math.ceil(STREAMS / ROUNDS)
      const given = [url, key, round * streams, streams, CONCURRENCY].map(String)
      await new Child(new URL('./chaos/leaving-client.ts', import.meta.url), given).ended()
      const running = await leftRunning(async () => upstream.running, GIVE_UP_MS)
      assert.equal(running, 0, `round ${round}: ${running} upstream requests run on`)
      // Streams are kept for their clients to come back to, for some minutes.
      await server.ask('later', 'later')
      assert.deepEqual(await settled(resources, before), before, `round ${round}: handles are left open`)
      sizes.push(await server.ask<number>('bytes', 'bytes'))
    }
    t.diagnostic(`MB after each round: ${sizes.map((bytes) => (bytes / 1e6).toFixed(2)).join(', ')}`)
    const [first = 0] = sizes
    const grown = (sizes.at(-1) ?? Infinity) - first
    const allowed = NOISE_BYTES + (ALLOWANCE_BYTES * STREAMS * (1 - 1 / ROUNDS)) / 1000
    assert.ok(grown <= allowed, `the heap has grown by ${grown} bytes, ${allowed} are allowed`)
  } finally {
    await server.ask('close', 'closed').catch(() => server.end())
  }
})

/** What was closed on the other side is gone a little later here: looks until it is, or patience ends. */
async function settled<Value>(look: () => Promise<Value>, expected: Value): Promise<Value> {
  const until = performance.now() + GIVE_UP_MS
  for (;;) {
    const seen = await look()
    if (isDeepStrictEqual(seen, expected) || performance.now() > until) return seen
  }
}
