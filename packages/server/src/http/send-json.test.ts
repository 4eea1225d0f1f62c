import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { EngineError } from '@moonbase/core/generation'
import { apiError, errorBody } from '@moonbase/protocol'
import type { Exchange } from './exchange.ts'
import { toApiError } from './send-json.ts'

const exchange = (signal = new AbortController().signal) => ({ signal }) as Exchange

describe('toApiError', () => {
  it('shows a client nothing of a bug but that there was one', () => {
    const error = toApiError(new TypeError('secret of the house'), 'm', exchange())
    assert.deepEqual(errorBody(error), { error: { message: 'Internal server error', type: 'server_error' } })
    assert.equal(error.status, 500)
    assert.equal(error.message, 'secret of the house')
  })

  it('keeps an engine’s own words for the log', () => {
    const failure = new EngineError('unavailable', 'connect ECONNREFUSED 10.0.0.5', { engine: 'cluster' })
    const error = toApiError(failure, 'm', exchange())
    assert.ok(!JSON.stringify(errorBody(error)).includes('10.0.0.5'))
    assert.match(error.message, /10\.0\.0\.5/)
  })

  it('tells the reason of a stop, not its symptom', () => {
    const stopped = exchange(AbortSignal.abort(apiError('shutting_down')))
    const symptom = new EngineError('aborted', 'was stopped', { engine: 'e' })
    assert.equal(toApiError(symptom, 'm', stopped).code, 'shutting_down')
  })
})
