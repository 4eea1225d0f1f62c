import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scriptedEngine, sleepingClock } from '../../../../test/support/scripted-engines.ts'
import type { Health } from '../generation/index.ts'
import { watchHealth } from './health-watch.ts'
import { DEFAULT_POLICY } from './policy.ts'
import { Replica } from './replica.ts'

/** Plays what the replica says, round by round, and gathers what is reported. */
async function watched(
  says: readonly (Health | Error | 'nothing')[],
  lives: (replica: Replica, now: number) => void = () => undefined,
) {
  const abort = new AbortController()
  const clock = sleepingClock()
  const changes: boolean[] = []
  let asked = 0
  let round = 0
  const engine = {
    ...scriptedEngine('e', []),
    health: (): Promise<Health> => {
      const said = says[asked]
      asked += 1
      if (said instanceof Error) return Promise.reject(said)
      return said === 'nothing' || said === undefined ? new Promise(() => undefined) : Promise.resolve(said)
    },
  }
  const replica = new Replica(engine, 1, DEFAULT_POLICY.breaker)
  const states: boolean[] = []
  await watchHealth(
    () => {
      if (round > 0) states.push(replica.healthy)
      if (round === says.length) abort.abort()
      round += 1
      lives(replica, clock.now())
      return round > says.length ? [] : [replica]
    },
    { everyMs: 10_000, clock, random: () => 0.5, signal: abort.signal, onChange: (_, { ok }) => changes.push(ok) },
  )
  return { states, changes, asked, clock }
}

const ok: Health = { ok: true }
const ill: Health = { ok: false, reason: 'down' }

describe('the watch on health', () => {
  it('calls a replica ill after two failures in a row, and well after one success, and reports both', async () => {
    const { states, changes } = await watched([ill, ok, ill, ill, ill, ok])
    assert.deepEqual(states, [true, true, true, false, false, true])
    assert.deepEqual(changes, [false, true])
  })

  it('takes an engine that throws or says nothing for ill', async () => {
    const { states, clock } = await watched([new Error('broken'), 'nothing', 'nothing'])
    assert.deepEqual(states, [true, false, false])
    assert.ok(clock.slept.includes(5000))
  })

  it('does not ask a replica that gives tokens', async () => {
    const { states, asked } = await watched([ill, ill, ill], (replica, now) => replica.sawFirstToken(1, false, now))
    assert.deepEqual(states, [true, true, true])
    assert.equal(asked, 0)
  })

  it('ends with its signal, and does not wait for an engine', async () => {
    const abort = new AbortController()
    const watch = watchHealth(() => [], {
      everyMs: 1000,
      clock: sleepingClock(),
      random: () => 0,
      signal: abort.signal,
    })
    abort.abort()
    await watch
  })
})
