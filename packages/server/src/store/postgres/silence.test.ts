import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { once } from '../../../../../test/support/eventually.ts'
import { type After, afterSilence, afterTimeout } from './silence.ts'

/** Time that comes when the test says so. */
class Alarm {
  ms = 0
  #work: (() => void) | undefined

  readonly after: After = (ms, work) => {
    this.ms += ms
    this.#work = work
    return () => {
      this.#work = undefined
    }
  }

  get isSet(): boolean {
    return this.#work !== undefined
  }

  ring(): void {
    const work = this.#work
    this.#work = undefined
    work?.()
  }
}

describe('silence', () => {
  it('is told when all of its time has passed, once', async () => {
    const alarm = new Alarm()
    let told = 0
    afterSilence(5_000, alarm.after, () => told++)
    while (alarm.isSet) {
      await setImmediate()
      assert.equal(told, 0)
      alarm.ring()
    }
    assert.equal(alarm.ms, 5_000)
    await setImmediate()
    assert.equal(told, 1)
  })

  it('is not told when somebody has spoken, whenever that was', async () => {
    let told = 0
    const steps = 10
    for (let heardIn = 0; heardIn <= steps; heardIn++) {
      const alarm = new Alarm()
      const stop = afterSilence(5_000, alarm.after, () => told++)
      for (let step = 0; step < heardIn; step++) alarm.ring()
      stop()
      assert.equal(alarm.isSet, false)
    }
    await setImmediate()
    assert.equal(told, 0)
  })

  it('is no longer for a process that was away itself, for however long', async () => {
    const alarm = new Alarm()
    let told = 0
    const stop = afterSilence(5_000, alarm.after, () => told++)
    // The first time at which it is back.
    alarm.ring()
    await setImmediate()
    assert.equal(told, 0)
    assert.ok(alarm.ms < 5_000)
    stop()
  })

  it('is not what a process has not read yet that was away itself when its time passed', async () => {
    const { port1: database, port2: gateway } = new MessageChannel()
    const alarm = new Alarm()
    let told = 0
    const stop = afterSilence(5_000, alarm.after, () => told++)
    gateway.once('message', stop)
    const heard = once(gateway, 'message')
    const turn = Promise.withResolvers<void>()
    afterTimeout(0, () => {
      // All of it passes in one turn, and the answer was there before.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port, not a window
      database.postMessage('answer')
      while (alarm.isSet) alarm.ring()
      turn.resolve()
    })
    await turn.promise
    await heard
    await setImmediate()
    assert.equal(told, 0)
    gateway.close()
  })

  it('of the clock on the wall is given up, too', async () => {
    let told = 0
    afterTimeout(0, () => told++)()
    const later = Promise.withResolvers<void>()
    afterTimeout(0, later.resolve)
    await later.promise
    assert.equal(told, 0)
  })
})
