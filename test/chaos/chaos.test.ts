/**
 * A seeded share of `npm run chaos`: the same requests, faults and judge, with replicas in this process that are killed
 * and stalled after so many chunks instead of so many milliseconds.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GIVE_UP_MS } from '../support/eventually.ts'
import { Conductor } from './conductor.ts'
import { leftRunning, play } from './play.ts'
import { openReplicaHere } from './replica-here.ts'
import { isClean, tableOf } from './report.ts'
import { startServerUnderChaos } from './server-under-chaos.ts'

const SEED = 2500
const STREAMS = 300
const CONCURRENCY = 60
/** Chunks that clients get between two steps: about two dozen steps in all. */
const STEP_CHUNKS = 700
/** Longer than a loaded machine needs for any answer: whoever is silent then was told to be. A stall lasts until that is noticed. */
const SILENCE_MS = 5_000

test('no stream of 300 under chaos is truncated as success, and none is billed twice', async (t) => {
  const replicas = await Promise.all([1, 2, 3].map(() => openReplicaHere()))
  const urls = replicas.map(({ url }) => url)
  await using server = await startServerUnderChaos({ urls, silenceMs: SILENCE_MS, healthEveryMs: 250 })
  const conductor = new Conductor(replicas, SEED)
  let chunks = 0
  let step: Promise<void> | undefined
  const began = performance.now()
  try {
    const tally = await play({
      server,
      seed: SEED,
      streams: STREAMS,
      concurrency: CONCURRENCY,
      patienceMs: GIVE_UP_MS,
      limitMs: 3 * GIVE_UP_MS,
      onChunk() {
        chunks += 1
        // None while the one before it goes on.
        if (chunks % STEP_CHUNKS === 0) step ??= conductor.step().finally(() => (step = undefined))
      },
    })
    await step
    await conductor.mend()
    const reports = async () => await Promise.all(replicas.map((replica) => replica.report()))
    const running = await leftRunning(async () => {
      const all = await reports()
      return all.reduce((sum, report) => sum + report.running, 0)
    }, GIVE_UP_MS)
    const strays = (await reports()).flatMap((report) => report.strays)
    const { kills, stalls } = conductor
    const seconds = (performance.now() - began) / 1000
    const played = { seed: SEED, concurrency: CONCURRENCY, kills, stalls, running, strays, seconds }
    const table = tableOf(tally, played)
    t.diagnostic(`seed ${SEED}, ${tally.seams} seams, ${kills} kills, ${stalls} stalls`)
    assert.ok(isClean(tally, played, STREAMS), table)
    assert.ok(kills > 0 && stalls > 0 && tally.seams > 0, `nothing was broken:\n${table}`)
  } finally {
    await Promise.all(replicas.map((replica) => replica.close()))
  }
})
