/** Nothing that a grammar gives is refused by its schema, whatever is chosen on the way. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonSchema } from '@moonbase/core/generation'
import { firstMismatch, validateMfjs } from '@moonbase/protocol/mfjs'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { randomSchema } from '../../../../../test/support/random-schema.ts'
import { OWN_CASES, WITHOUT_CASES, moonshotCases } from './testing/grammar-cases.ts'
import { GrammarError, type GrammarOptions, jsonGrammar, toolArgumentsGrammar } from './index.ts'
import { Gbnf } from './read-gbnf.ts'

const SMALL: GrammarOptions = { bounded: { stringCharacters: 8, items: 3, depth: 2 } }
const TEXTS = 50

describe('what a grammar gives fits its schema', () => {
  test("in Moonshot's cases", { skip: WITHOUT_CASES }, () => {
    for (const [index, schema] of moonshotCases().entries()) assertSound(schema, index + 1)
  })

  for (const [name, schema] of Object.entries(OWN_CASES)) {
    test(`in a schema of our own: ${name}`, () => {
      assert.equal(validateMfjs(schema), undefined)
      assert.ok(assertSound(schema, 1), 'it has a value')
    })
  }

  test('in random schemas', () => {
    let withValues = 0
    for (let seed = 1; seed <= 150; seed += 1) {
      if (assertSound(randomSchema(seededRandom(seed)), seed)) withValues += 1
    }
    assert.ok(withValues > 100, `only ${withValues} have values`)
  })

  test('in random schemas whose parts hold together', () => {
    for (let seed = 1; seed <= 150; seed += 1) {
      const random = seededRandom(seed)
      const [one, other] = [randomSchema(random), randomSchema(random)]
      assertSound(
        {
          $defs: { ...definitionsOf(one), one, other },
          $ref: '#/$defs/one',
          anyOf: [{ $ref: '#/$defs/other' }, { type: 'object', additionalProperties: { type: 'string' } }],
        },
        seed,
      )
    }
  })

  test('in the arguments of a tool, which are an object whatever the schema says', () => {
    for (const schema of Object.values(OWN_CASES)) {
      let text: string
      try {
        text = toolArgumentsGrammar(schema, SMALL)
      } catch (error) {
        assert.ok(error instanceof GrammarError && error.kind === 'no-instance')
        continue
      }
      const random = seededRandom(1)
      const grammar = new Gbnf(text)
      for (let round = 0; round < TEXTS; round += 1) {
        const value: unknown = JSON.parse(grammar.text(random, 100))
        assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value))
        assert.equal(firstMismatch(schema, value), undefined)
      }
    }
  })
})

function definitionsOf({ $defs }: JsonSchema): JsonSchema {
  return typeof $defs === 'object' && $defs !== null ? Object.fromEntries(Object.entries($defs)) : {}
}

/** False when the schema has no value; what has one by the validator's word has one here. */
function assertSound(schema: JsonSchema, seed: number): boolean {
  for (const options of [{}, SMALL]) {
    let text: string
    try {
      text = jsonGrammar({ type: 'schema', schema }, options)
    } catch (error) {
      assert.ok(error instanceof GrammarError && error.kind === 'no-instance', String(error))
      return false
    }
    const grammar = new Gbnf(text)
    const random = seededRandom(seed)
    for (let round = 0; round < TEXTS; round += 1) {
      const written = grammar.text(random, 150)
      const story = `seed ${seed}: ${written} for ${JSON.stringify(schema)}`
      let value: unknown
      assert.doesNotThrow(() => {
        value = JSON.parse(written)
      }, story)
      assert.equal(firstMismatch(schema, value)?.message, undefined, story)
      if (round < 3) assert.ok(grammar.takes(written), `what is given is taken: ${story}`)
    }
  }
  return true
}
