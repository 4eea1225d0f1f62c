/** A seeded share of `npm run races`: fewer buyers, and nobody is killed. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WITHOUT_POSTGRES } from '../support/postgres.ts'
import { WITHOUT_REDIS } from '../support/redis.ts'
import { raceForMoney } from './overspending.ts'
import { Scene } from './scene.ts'
import { raceForMinute, raceForSlots } from './shared-limits.ts'

const SEED = 7

describe('races', () => {
  it('never spend more than there is, and all of it, at one server', async () => {
    await using scene = await Scene.open(1)
    const { problems, sales } = await raceForMoney(scene, { affordable: 150, buyers: 300, seed: SEED })
    assert.deepEqual(problems, [], JSON.stringify({ seed: SEED, sales }))
  })

  it(
    'never pass the money and the limits of one organisation at three servers',
    { skip: WITHOUT_POSTGRES === false ? WITHOUT_REDIS : WITHOUT_POSTGRES },
    async () => {
      await using scene = await Scene.open(3)
      const { problems, sales } = await raceForMoney(scene, { affordable: 100, buyers: 200, seed: SEED })
      assert.deepEqual(problems, [], JSON.stringify({ seed: SEED, sales }))
      assert.deepEqual(await raceForMinute(scene, 30), [])
      assert.deepEqual(await raceForSlots(scene, 12), [])
    },
  )
})
