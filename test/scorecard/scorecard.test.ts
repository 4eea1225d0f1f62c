/** The scorecard as a test: every scenario passes, or the build does not. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { OWN_SCENARIOS } from './own-scenarios.ts'
import { PUBLIC_SCENARIOS } from './public-scenarios.ts'

describe('the scorecard', () => {
  for (const { id, name, play } of [...PUBLIC_SCENARIOS, ...OWN_SCENARIOS]) {
    it(`${id}: ${name}`, async () => {
      const { verdict, seen } = await play()
      assert.equal(verdict, 'pass', seen)
    })
  }
})
