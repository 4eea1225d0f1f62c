import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pauseMs } from './redis-connection.ts'

test('a Redis that is away is looked for less and less often, and for ever', () => {
  assert.deepEqual([0, 1, 2, 5, 6, 2_000].map(pauseMs), [50, 100, 200, 1_600, 2_000, 2_000])
})
