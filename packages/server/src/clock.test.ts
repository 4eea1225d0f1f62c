import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { test } from 'node:test'
import { behindTheEpoch, systemClock } from './clock.ts'

test('a clock that stands before 1970 runs from the second of January 1970, and as fast', () => {
  let time = -100 * 86_400_000
  const now = behindTheEpoch(() => time)
  assert.equal(now(), 86_400_000)
  time += 1_500
  assert.equal(now(), 86_401_500)
  // Somebody has set it, and then back again.
  time = 1_796_000_000_000
  assert.equal(now(), time)
  time = -100 * 86_400_000 - 1
  assert.equal(now(), 86_400_000)
})

test('any other clock is believed', () => {
  const times = [0, 1, 1_796_000_000_000, 2 ** 52]
  const read = [...times]
  const now = behindTheEpoch(() => read.shift() ?? 0)
  assert.deepEqual(times.map(now), times)
})

test('a sleep that is ended early says why, and leaves nothing at its signal', async () => {
  const ending = new AbortController()
  const why = new Error('it is decided')
  const long = systemClock.sleep(3_600_000, ending.signal)
  const short = systemClock.sleep(0, ending.signal)
  await short
  assert.equal(getEventListeners(ending.signal, 'abort').length, 1)
  ending.abort(why)
  await assert.rejects(long, why)
  await assert.rejects(systemClock.sleep(0, ending.signal), why)
  assert.equal(getEventListeners(ending.signal, 'abort').length, 0)
})
