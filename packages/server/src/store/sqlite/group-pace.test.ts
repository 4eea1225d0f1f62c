/** When a group of the ledger begins: at once with few requests under way, and in step with many. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { GroupCommit, type GroupEntry } from './group-commit.ts'
import type { StoreThread } from './store-thread.ts'

/** One group, with so many requests under way, so long after the one before: what it waited. */
async function pausesOf(underWay: number, sinceMs: number): Promise<number[]> {
  let now = 1_000
  const pauses: number[] = []
  const thread = { ask: () => Promise.resolve({ kept: true, conflicts: [] }) }
  const commit = new GroupCommit(
    thread as unknown as StoreThread,
    { write: () => () => undefined },
    {
      uptime: () => now,
      pause: async (ms) => {
        pauses.push(ms)
        now += ms
      },
      underWay: () => underWay,
    },
  )
  const entry = { tag: 1, weight: 0, write: () => undefined, kept: () => undefined } as unknown as GroupEntry
  commit.add(entry)
  await setImmediate()
  // Nothing is waited for before the first.
  assert.deepEqual(pauses, [])
  now += sinceMs
  commit.add(entry)
  await setImmediate()
  return pauses
}

test('with a few under way nobody waits', async () => {
  assert.deepEqual(await pausesOf(0, 0), [])
  assert.deepEqual(await pausesOf(7, 0), [])
})

test('with more a group waits for a moment behind the one before, four milliseconds at most', async () => {
  assert.deepEqual(await pausesOf(8, 0), [1])
  assert.deepEqual(await pausesOf(16, 0), [2])
  assert.deepEqual(await pausesOf(16, 0.25), [1.75])
  assert.deepEqual(await pausesOf(500, 0), [4])
})

test('what comes later than that waits for nothing', async () => {
  assert.deepEqual(await pausesOf(16, 2), [])
  assert.deepEqual(await pausesOf(500, 5), [])
})
