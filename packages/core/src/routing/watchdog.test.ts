import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { sleepingClock } from '../../../../test/support/scripted-engines.ts'
import { Watchdog } from './watchdog.ts'

describe('the watchdog', () => {
  it('tells once when what was expected did not come, late by two looks at most and never early', async () => {
    const clock = sleepingClock()
    const began = clock.now()
    const told: number[] = []
    const watch = new Watchdog(clock).watch({ beLate: () => told.push(clock.now() - began) })
    watch.expect(1000)
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    assert.equal(told.length, 1)
    assert.ok((told[0] ?? 0) >= 1000 && (told[0] ?? 0) <= 1500, String(told))
  })

  it('is silent while something comes, while nothing is expected, and once it is stopped', async () => {
    const clock = sleepingClock()
    let told = 0
    const dog = new Watchdog(clock)
    const [lively, resting, stopped] = [0, 1, 2].map(() => dog.watch({ beLate: () => (told += 1) }))
    stopped?.expect(10)
    stopped?.stop()
    resting?.expect(10)
    resting?.rest()
    for (let turn = 0; turn < 50; turn += 1) {
      lively?.expect(1000)
      await setImmediate()
    }
    assert.equal(told, 0)
    dog.close()
  })

  it('goes on watching others when one is stopped twice', async () => {
    const dog = new Watchdog(sleepingClock())
    let told = 0
    const first = dog.watch({ beLate: () => undefined })
    dog.watch({ beLate: () => (told += 1) }).expect(10)
    first.stop()
    first.stop()
    for (let turn = 0; turn < 20; turn += 1) await setImmediate()
    assert.equal(told, 1)
    dog.close()
  })

  it('sleeps only while there is somebody to watch', async () => {
    const clock = sleepingClock()
    const dog = new Watchdog(clock)
    dog.watch({ beLate: () => undefined }).stop()
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
    const slept = clock.slept.length
    for (let turn = 0; turn < 5; turn += 1) await setImmediate()
    assert.equal(clock.slept.length, slept)
    const watch = dog.watch({ beLate: () => undefined })
    await setImmediate()
    assert.ok(clock.slept.length > slept, 'it wakes again')
    watch.stop()
    dog.close()
  })
})
