/** The trend that the soak is judged by. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lastHalf, slopePerMinute } from './slope.ts'

test('a slope is by minute, whatever the pause between two readings', () => {
  const rising = [0, 5, 10, 40].map((at) => ({ at, value: 100 + at / 10 }))
  assert.ok(Math.abs(slopePerMinute(rising) - 6) < 1e-9)
})

test('what goes up and down again has the slope of the line through it, and not of its ends', () => {
  const sawtooth = [0, 1, 2, 3, 4, 5].map((at) => ({ at, value: at % 2 === 0 ? 10 : 20 }))
  assert.ok(slopePerMinute(sawtooth) < (10 / 5) * 60)
  assert.ok(slopePerMinute([0, 1, 2].map((at) => ({ at, value: at === 1 ? 20 : 10 }))) === 0)
})

test('one moment has no trend', () => {
  assert.equal(slopePerMinute([]), 0)
  assert.equal(slopePerMinute([{ at: 7, value: 3 }]), 0)
})

test('the last half begins in the middle of the time, and not in that of the readings', () => {
  const readings = [0, 1, 2, 3, 60, 80, 100].map((at) => ({ at }))
  assert.deepEqual(
    lastHalf(readings).map(({ at }) => at),
    [60, 80, 100],
  )
})
