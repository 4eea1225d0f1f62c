/** The schemas that are published for models and the checks of a run's inputs: they let pass the same. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { HOSTED_SCHEMA, PROXIED_SCHEMA, checkInputs } from '@moonbase/core/dialects/workers-ai'
import { ApiError } from '@moonbase/protocol'
import { Ajv2020 } from 'ajv/dist/2020.js'
import * as fc from 'fast-check'

describe('the published schemas', () => {
  const ajv = new Ajv2020({ strict: false })
  const schemas = [
    { hosted: false, valid: ajv.compile(PROXIED_SCHEMA.input) },
    { hosted: true, valid: ajv.compile(HOSTED_SCHEMA.input) },
  ]
  const odd = fc.oneof(
    fc.constantFrom(null, true, -3, -2, -1, 0, 0.5, 1, 2, 2.5, 3, 20, 21, 128, 129, '', 'x', [], ['x'], {}),
    fc.constantFrom<unknown>(
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c', 'd', 'e'],
      { include_usage: true },
      { include_usage: 1 },
      { other: 1 },
    ),
  )
  const oddMessage = fc.oneof(
    fc.record(
      {
        role: fc.constantFrom('system', 'developer', 'user', 'assistant', 'tool', 'function', 7),
        content: fc.constantFrom<unknown>('x', '', null, [], ['x'], 7, {}),
        other: fc.constant(1),
      },
      { requiredKeys: [] },
    ),
    odd,
  )
  const names = [
    'temperature',
    'top_p',
    'frequency_penalty',
    'presence_penalty',
    'max_tokens',
    'max_completion_tokens',
    'n',
    'top_logprobs',
    'seed',
    'stop',
    'stream',
    'stream_options',
    'tools',
    'tool_choice',
    'response_format',
    'whatever',
  ]
  const inputs = fc.record(
    {
      messages: fc.oneof(fc.array(oddMessage, { maxLength: 2 }), fc.constant([{ role: 'user', content: 'x' }]), odd),
      prompt: fc.constantFrom<unknown>('x', '', 7),
      ...Object.fromEntries(names.map((name) => [name, odd])),
    },
    { requiredKeys: [] },
  )

  it('let pass what is let pass here, and nothing else', () => {
    for (const { hosted, valid } of schemas) {
      fc.assert(
        fc.property(inputs, (asked) => {
          let passed = true
          try {
            checkInputs(asked, hosted)
          } catch (error) {
            assert.ok(error instanceof ApiError)
            passed = false
          }
          assert.equal(passed, valid(asked), `${hosted ? 'hosted' : 'proxied'} ${JSON.stringify(asked)}`)
        }),
        { numRuns: 500 },
      )
    }
  })
})
