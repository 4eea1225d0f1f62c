/** What each failure means: for the breaker, for who is asked next, and for the client. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EngineError, type EngineErrorKind } from '../generation/index.ts'
import { type Verdict, moreTelling, verdictOn } from './verdict.ts'

function failure(kind: EngineErrorKind, status?: number): EngineError {
  return new EngineError(kind, 'said so', { engine: 'e', ...(status === undefined ? {} : { status }) })
}

test('each failure has the verdict of the manual', () => {
  const rows: [EngineError, Verdict['outcome'], Verdict['next'], resumable: boolean, cools: boolean][] = [
    [failure('refused', 400), 'neutral', 'nobody', false, false],
    [failure('content-filter'), 'neutral', 'nobody', false, false],
    [failure('limit'), 'neutral', 'nobody', false, false],
    [failure('aborted'), 'neutral', 'nobody', false, false],
    [failure('model-not-found', 404), 'neutral', 'other', true, false],
    [failure('misconfigured', 401), 'failure', 'other', true, false],
    [failure('overloaded', 429), 'neutral', 'anybody', true, true],
    [failure('unavailable', 503), 'neutral', 'anybody', true, true],
    [failure('unavailable', 502), 'failure', 'anybody', true, false],
    [failure('unavailable'), 'failure', 'anybody', true, false],
    [failure('timeout'), 'failure', 'anybody', true, false],
    [failure('protocol'), 'failure', 'anybody', true, false],
    [failure('cut'), 'failure', 'anybody', true, false],
  ]
  for (const [error, outcome, next, resumable, cools] of rows) {
    assert.deepEqual(verdictOn(error, false), { outcome, next, resumable, cools }, error.kind)
  }
})

test('who refuses to go on is no judge of the request: another may', () => {
  const refused = failure('refused', 400)
  assert.deepEqual(verdictOn(refused, true), { outcome: 'neutral', next: 'other', resumable: true, cools: false })
  for (const kind of ['content-filter', 'limit', 'aborted', 'cut', 'overloaded'] as const) {
    assert.deepEqual(verdictOn(failure(kind), true), verdictOn(failure(kind), false), kind)
  }
})

test('of two failures the client hears the one that tells more, and of equals the later', () => {
  const inOrder = [failure('misconfigured'), failure('cut'), failure('overloaded'), failure('refused')]
  for (const [at, less] of inOrder.entries()) {
    for (const more of inOrder.slice(at + 1)) {
      assert.equal(moreTelling(less, more), more, `${less.kind}, ${more.kind}`)
      assert.equal(moreTelling(more, less), more, `${more.kind}, ${less.kind}`)
    }
    const again = failure(less.kind)
    assert.equal(moreTelling(less, again), again)
  }
  const later = failure('model-not-found')
  assert.equal(moreTelling(failure('misconfigured'), later), later)
})
