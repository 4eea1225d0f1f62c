/** Hosts that lie, as tests: what a client gets, what it pays, and what the metrics say. */

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LyingHostStage, lyingHosts } from './lying-hosts.ts'

describe('a host that', () => {
  let stage: LyingHostStage
  before(async () => {
    stage = await LyingHostStage.open()
  })
  after(() => stage[Symbol.asyncDispose]())

  for (const { id, name } of lyingHosts()) {
    it(`${name} (${id})`, async (context) => {
      const { wrong, skipped } = await stage.play(id)
      if (skipped !== undefined) return context.skip(skipped)
      assert.deepEqual(wrong, [])
    })
  }
})
