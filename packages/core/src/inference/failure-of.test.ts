import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorBody } from '@moonbase/protocol'
import { apiError } from '@moonbase/protocol'
import { EngineError } from '../generation/index.ts'
import { failureOf } from './failure-of.ts'

const signal = new AbortController().signal

describe('failureOf', () => {
  it('shows a client nothing of a bug but that there was one', () => {
    const error = failureOf(new TypeError('secret of the house'), 'm', signal)
    assert.deepEqual(errorBody(error), { error: { message: 'Internal server error', type: 'server_error' } })
    assert.equal(error.status, 500)
    assert.equal(error.message, 'secret of the house')
  })

  it('keeps an engine’s own words for the log', () => {
    const failure = new EngineError('unavailable', 'connect ECONNREFUSED 10.0.0.5', { engine: 'cluster' })
    const error = failureOf(failure, 'm', signal)
    assert.ok(!JSON.stringify(errorBody(error)).includes('10.0.0.5'))
    assert.match(error.message, /10\.0\.0\.5/)
  })

  it('tells the reason of a stop, not its symptom', () => {
    const stopped = AbortSignal.abort(apiError('shutting_down'))
    const symptom = new EngineError('aborted', 'was stopped', { engine: 'e' })
    assert.equal(failureOf(symptom, 'm', stopped).code, 'shutting_down')
  })
})
