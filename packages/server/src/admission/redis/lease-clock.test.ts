import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LeaseClock } from './lease-clock.ts'

const DAY = 1_700_000_000_000

test('nothing is over before Redis has been there for a while', () => {
  const clock = new LeaseClock(10_000, 15_000)
  assert.equal(clock.over, 0)
  clock.saw(DAY)
  clock.saw(DAY + 9_000)
  assert.equal(clock.over, 0)
  clock.saw(DAY + 15_000)
  assert.ok(clock.over >= DAY + 15_000)
})

test('after a gap what was over before it still is, and nothing more until others had time to renew', () => {
  const clock = new LeaseClock(10_000, 15_000)
  for (let at = DAY; at <= DAY + 60_000; at += 5_000) clock.saw(at)
  // What is asked while it lasts cannot know that it lasts: it says how far it may.
  assert.equal(clock.over, DAY + 70_000)
  clock.saw(DAY + 360_000)
  assert.equal(clock.over, DAY + 60_000)
  clock.saw(DAY + 365_000)
  // A second gap in the grace of the first one.
  clock.saw(DAY + 600_000)
  assert.equal(clock.over, DAY + 60_000)
  clock.saw(DAY + 608_000)
  clock.saw(DAY + 615_000)
  assert.equal(clock.over, DAY + 625_000)
})

test('a time that goes back is none', () => {
  const clock = new LeaseClock(10_000, 15_000)
  for (let at = DAY; at <= DAY + 60_000; at += 5_000) clock.saw(at)
  clock.saw(DAY)
  assert.equal(clock.over, DAY + 70_000)
})
