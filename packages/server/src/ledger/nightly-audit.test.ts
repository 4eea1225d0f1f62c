import assert from 'node:assert/strict'
import { test } from 'node:test'
import { steppedClock } from '../../../../test/support/stepped-clock.ts'
import type { AuditReport } from './ledger.ts'
import { NightlyAudit, untilNext } from './nightly-audit.ts'

const HOUR = 3_600_000
const CLEAN: AuditReport = {
  at: 0,
  organisations: 1,
  transfers: 2,
  holds: { open: 0, ended: 1 },
  problems: [],
  more: 0,
}

test('the next three o’clock is found from any time of the day', () => {
  const midnight = Date.UTC(2026, 10, 28)
  assert.equal(untilNext(midnight), 3 * HOUR)
  assert.equal(untilNext(midnight + 3 * HOUR), 24 * HOUR)
  assert.equal(untilNext(midnight + 3 * HOUR - 1), 1)
  assert.equal(untilNext(midnight + 23 * HOUR), 4 * HOUR)
})

test('every night the books are proved, and one that fails does not end it', async () => {
  const clock = steppedClock(Date.UTC(2026, 10, 28))
  const told: unknown[] = []
  let failing = true
  const nightly = new NightlyAudit({
    ledger: {
      async audit(now) {
        if (failing) throw new Error('the disk is away')
        return { ...CLEAN, at: now }
      },
    },
    clock,
    onReport: ({ at }) => void told.push(at),
    onFailure: (error) => void told.push(String(error)),
  })
  await clock.pass(3 * HOUR)
  failing = false
  const before = nightly.last
  assert.equal(before, undefined)
  await clock.pass(24 * HOUR)
  assert.deepEqual(told, ['Error: the disk is away', Date.UTC(2026, 10, 29, 3)])
  assert.equal(nightly.last?.at, Date.UTC(2026, 10, 29, 3))
  await nightly.close()
})
