import assert from 'node:assert/strict'
import { it } from 'node:test'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import { IdlePings } from './idle-pings.ts'

it('pings a stream that is silent, again and again, and none that speaks or has ended', async () => {
  const clock = steppedClock()
  const pings = new IdlePings(clock)
  const heard: string[] = []
  const silent = pings.watch(() => void heard.push('silent'))
  const lively = pings.watch(() => void heard.push('lively'))
  for (let looks = 0; looks < 6; looks += 1) {
    await clock.pass(5_000)
    lively.heard()
  }
  assert.deepEqual(heard, ['silent', 'silent'])
  silent.end()
  silent.end()
  lively.end()
  await clock.pass(60_000)
  assert.equal(heard.length, 2)
  // And the loop begins anew for the next one.
  const next = pings.watch(() => void heard.push('next'))
  for (let looks = 0; looks < 4; looks += 1) await clock.pass(5_000)
  assert.deepEqual(heard.slice(2), ['next'])
  next.end()
  pings.close()
})
