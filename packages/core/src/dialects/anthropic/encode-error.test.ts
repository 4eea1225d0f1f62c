import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ERRORS, apiError as platformError } from '@moonbase/protocol'
import { ApiError, type ErrorCode, apiError, apiErrorWith } from '@moonbase/protocol/errors'
import { encodeError, errorEvent } from './encode-error.ts'

const words = (error: ApiError): string => encodeError(error).error.message

describe('an error on this wire', () => {
  it('has the form, and the id where there is one', () => {
    const error = apiError('model_not_found', { model: 'x' })
    const told = { type: 'not_found_error', message: 'Not found the model x or Permission denied' }
    assert.deepEqual(encodeError(error, 'id'), { type: 'error', error: told, request_id: 'id' })
    assert.equal(errorEvent(error), `event: error\ndata: ${JSON.stringify({ type: 'error', error: told })}\n\n`)
  })

  it('has a type of this wire, whichever row of the table it is', () => {
    const types = new Map<string, string>()
    for (const [code, row] of Object.entries(ERRORS)) {
      types.set(code, encodeError(new ApiError(code as ErrorCode, row, row.words)).error.type)
    }
    const known = [
      'invalid_request_error',
      'authentication_error',
      'billing_error',
      'permission_error',
      'not_found_error',
      'request_too_large',
      'rate_limit_error',
      'timeout_error',
      'api_error',
      'overloaded_error',
    ]
    assert.deepEqual(new Set(types.values()), new Set(known))
    const some = [
      'incorrect_api_key',
      'rpm_limit',
      'quota_exceeded',
      'engine_overloaded',
      'engine_timeout',
      'body_too_large',
    ]
    assert.deepEqual(
      some.map((code) => types.get(code)),
      [
        'authentication_error',
        'rate_limit_error',
        'billing_error',
        'overloaded_error',
        'timeout_error',
        'request_too_large',
      ],
    )
  })

  it('says without the stem of the other wire what is wrong with a request', () => {
    assert.equal(
      words(apiError('invalid_request', { details: 'messages: Field required' })),
      'messages: Field required',
    )
  })

  it('says of a window which of the two is too large', () => {
    const limit = 262_144
    const window = (prompt: number, budget: number) =>
      words(
        apiErrorWith(
          'window_exceeded',
          { field: { name: 'messages', value: prompt, allowed: limit } },
          { limit, requested: prompt + budget },
        ),
      )
    assert.equal(window(300_000, 500), 'prompt is too long: 300000 tokens > 262144 maximum')
    assert.equal(
      window(200_000, 100_000),
      'input length and `max_tokens` exceed context limit: 200000 + 100000 > 262144, decrease input length or `max_tokens` and try again',
    )
    assert.equal(words(apiError('window_exceeded', { limit, requested: 300_000 })), window(300_000, 0))
    assert.equal(words(apiError('engine_refused', { message: 'no' })), 'no')
  })

  it('names blocks of this wire where the platform names fields of its own', () => {
    assert.match(
      words(apiError('tool_call_id_not_found', { id: 'a' })),
      /unexpected `tool_use_id` found in `tool_result` blocks: a\./,
    )
    assert.match(words(apiError('missing_tool_results', { ids: 'a, b' })), /blocks immediately after: a, b\./)
    assert.match(
      words(apiError('missing_reasoning', { index: 1 })),
      /^Expected `thinking`.* must start with a thinking block\.$/,
    )
    assert.match(words(platformError('ambiguous_reasoning', { index: 1 })), /thinking block\. None was put back: /)
    assert.equal(
      words(apiError('stop_array_too_long', { maximum: 5, actual: 6 })),
      'stop_sequences: List should have at most 5 items, not 6',
    )
  })
})
