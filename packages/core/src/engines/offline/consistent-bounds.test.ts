import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answerTo, askedFor, tool } from '../../../../../test/support/ask-offline.ts'
import { withoutContradictions } from './consistent-bounds.ts'
import { SchemaHeights } from './schema-height.ts'

/** Each is valid for Moonshot's validator at `strict`, and nothing satisfies it. */
const CONTRADICTIONS: readonly (readonly [schema: Record<string, unknown>, value: unknown])[] = [
  [{ type: 'integer', minimum: 5, maximum: 3 }, 5],
  [{ type: 'number', minimum: 5, maximum: 3 }, 5],
  [{ type: 'integer', minimum: 1.2, maximum: 1.8 }, 2],
  [{ type: 'string', minLength: 9, maxLength: 3 }, 'example amount'],
  [{ type: 'array', items: { type: 'boolean' }, minItems: 2, maxItems: 1 }, [false, false]],
  [{ type: 'integer', enum: ['low', 'high'] }, 'low'],
  [{ type: 'integer', enum: [1, 2], minimum: 7 }, 1],
]

const objectOf = (amount: Record<string, unknown>): Record<string, unknown> => ({
  type: 'object',
  properties: { amount },
  required: ['amount'],
  additionalProperties: false,
})

describe('a schema that contradicts itself', () => {
  for (const [schema, value] of CONTRADICTIONS) {
    test(`is filled as if it said less: ${JSON.stringify(schema)}`, async () => {
      for (const form of [
        objectOf(schema),
        { ...objectOf({ $ref: '#/$defs/amount' }), $defs: { amount: schema } },
        objectOf({ anyOf: [schema] }),
      ]) {
        const tools = [tool('set_amount', 'Set the amount', form)]
        const { calls } = await answerTo(askedFor('Do it', { tools, toolChoice: { name: 'set_amount' } }))
        assert.deepEqual(
          calls.map(({ name, arguments: given }) => [name, JSON.parse(given)]),
          [['set_amount', { amount: value }]],
        )
        const responseFormat = { type: 'json_schema', name: 'form', schema: form, strict: true } as const
        const { text } = await answerTo(askedFor('Do it', { responseFormat }))
        assert.ok(Object.hasOwn(JSON.parse(text), 'amount'), text)
      }
    })
  }

  test('is looked for at every depth, and any other is handed on as it is', () => {
    const within = (schema: Record<string, unknown>): Record<string, unknown> => ({
      type: 'array',
      items: { anyOf: [{ type: 'object', properties: { deep: schema }, additionalProperties: schema }] },
      minItems: 1,
    })
    for (const [schema] of CONTRADICTIONS) {
      const consistent = withoutContradictions(within(objectOf(schema)))
      assert.ok(new SchemaHeights(consistent).of(consistent) < Infinity, JSON.stringify(consistent))
    }
    const sound = within({ type: 'integer', minimum: 3, maximum: 5, enum: [4] })
    assert.equal(withoutContradictions(sound), sound)
  })
})
