/** llama.cpp itself reads the grammars, also the largest. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { JsonSchema } from '@moonbase/core/generation'
import { type Llama, getLlama } from 'node-llama-cpp'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { randomSchema } from '../../../../../test/support/random-schema.ts'
import { OWN_CASES, WITHOUT_CASES, moonshotCases } from './testing/grammar-cases.ts'
import { GrammarError, jsonGrammar } from './index.ts'

const SMALL = { stringCharacters: 10, items: 3, depth: 3 }
const GENEROUS = { stringCharacters: 4096, items: 1000, depth: 32 }

describe('llama.cpp reads', () => {
  let llama: Llama
  before(async () => {
    llama = await getLlama({ gpu: false, build: 'never' })
  })
  after(() => llama.dispose())

  /** It prints a grammar that it cannot read, and throws. */
  const assertRead = async (schema: JsonSchema): Promise<void> => {
    for (const bounded of [{}, SMALL, GENEROUS]) {
      let grammar: string
      try {
        grammar = jsonGrammar({ type: 'schema', schema }, { bounded })
      } catch (error) {
        assert.ok(error instanceof GrammarError && error.kind === 'no-instance', String(error))
        return
      }
      await llama.createGrammar({ grammar })
    }
  }

  test("the grammars of Moonshot's cases", { skip: WITHOUT_CASES }, async () => {
    for (const schema of moonshotCases()) await assertRead(schema)
  })

  test('the grammars of our own cases and of random schemas', async () => {
    for (const schema of Object.values(OWN_CASES)) await assertRead(schema)
    for (let seed = 1; seed <= 100; seed += 1) await assertRead(randomSchema(seededRandom(seed)))
  })

  for (const [name, schema] of Object.entries(largeSchemas())) {
    test(`the grammar of ${name}`, async () => {
      const grammar = jsonGrammar({ type: 'schema', schema })
      assert.ok(grammar.length < 500_000, `${grammar.length} characters`)
      await llama.createGrammar({ grammar })
    })
  }
})

function largeSchemas(): Readonly<Record<string, JsonSchema>> {
  const names = Array.from({ length: 3000 }, (_, index) => `property ${(index * 7919) % 10_007}`)
  const properties = Object.fromEntries(names.map((name) => [name, { type: 'integer' }]))
  const values = Array.from(
    { length: 1000 },
    (_, index) => `value ${(index * 7919) % 10_007} ${'x'.repeat(index % 60)}`,
  )
  let deep: JsonSchema = { type: 'string' }
  for (let level = 0; level < 30; level += 1) {
    deep = { type: 'object', properties: { inside: deep, list: { type: 'array', items: deep } }, required: ['inside'] }
  }
  return {
    '3,000 members that may be missing': { type: 'object', properties },
    '3,000 members and others': { type: 'object', properties, additionalProperties: { type: 'string' } },
    '3,000 required members': { type: 'object', properties, required: names },
    '1,000 values': { type: 'string', enum: values },
    '1,000 values that begin with one another': { type: 'string', enum: values.map((_, index) => 'x'.repeat(index)) },
    '500 alternatives': {
      anyOf: names.slice(0, 500).map((name) => ({ type: 'object', properties: { [name]: {} }, required: [name] })),
    },
    'objects and lists 30 levels deep': deep,
    '100,000 characters': { type: 'string', minLength: 50_000, maxLength: 100_000 },
    '10,000 items': { type: 'array', items: { type: 'integer' }, minItems: 9999, maxItems: 10_000 },
    'more characters than are counted': { type: 'string', maxLength: 9_007_199_254_740_991 },
    'the largest numbers': { type: 'number', minimum: -Number.MAX_VALUE, maximum: 1e300 },
  }
}
