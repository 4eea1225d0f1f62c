import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { twoWorlds } from './testing/two-worlds.ts'

const SEED = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20261201)
const ADMISSIONS = 10_000

describe('bounds beside exact counts', () => {
  it(`refuse nobody for money or rate whom those let in, and tell few to try again (seed ${SEED})`, async () => {
    const outcome = await twoWorlds(ADMISSIONS, seededRandom(SEED), 1 / 4)
    assert.deepEqual(outcome.wrong, [])
    const { letIn, uncounted, refused, tryAgain, tryAgainInVain } = outcome
    assert.ok(tryAgain < ADMISSIONS / 100, `${tryAgain} of ${ADMISSIONS} were told to try again`)
    assert.equal(tryAgainInVain, 0)
    // It would say nothing of a world in which nobody is refused, or everybody counted.
    assert.ok(refused > ADMISSIONS / 50 && letIn > ADMISSIONS / 2 && uncounted > letIn / 2, JSON.stringify(outcome))
  })

  it('tell more to try again where all that is free may be held at them', async () => {
    const [quarter, all] = [1 / 4, 1].map((share) => twoWorlds(ADMISSIONS / 2, seededRandom(SEED), share))
    assert.ok(((await all)?.tryAgain ?? 0) > ((await quarter)?.tryAgain ?? 0))
    assert.deepEqual((await all)?.wrong, [])
  })
})
