import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonSchema } from '@moonbase/core/generation'
import { anyObjectGrammar, answerGrammar, argumentsGrammar } from './bounded-grammar.ts'
import { GrammarError } from './grammar/index.ts'
import { Gbnf } from './grammar/read-gbnf.ts'

const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const schemaFormat = (schema: JsonSchema) => ({ type: 'json_schema', name: 'answer', strict: true, schema }) as const

describe('the grammar of an answer', () => {
  test('ends what nests without end, in JSON mode as in arguments that say nothing', () => {
    for (const text of [answerGrammar({ type: 'json_object' }), argumentsGrammar({}), anyObjectGrammar()]) {
      const grammar = new Gbnf(text)
      assert.ok(grammar.takes(nested(60)))
      assert.ok(!grammar.takes(nested(70)))
    }
  })

  test('ends strings and lists that the schema does not end, and only those', () => {
    const list = new Gbnf(answerGrammar(schemaFormat({ type: 'array', items: { type: 'null' } })))
    const nulls = (count: number): string => `[${Array.from({ length: count }, () => 'null').join(',')}]`
    assert.ok(list.takes(nulls(10_000)) && !list.takes(nulls(10_001)))
    // Reading such long ones takes seconds; the rule of a string says how long it may be.
    assert.ok(hasRule(answerGrammar(schemaFormat({ type: 'string' })), 's0-65536'))
    assert.ok(hasRule(answerGrammar(schemaFormat({ type: 'string', maxLength: 65_537 })), 's0-65537'))
  })

  test('is bounded in length alone where bounds of depth would make it too large', () => {
    const small = argumentsGrammar(selfNested(2))
    const large = argumentsGrammar(selfNested(2000))
    // With a bound there is a rule for each turn that is left.
    assert.ok(hasRule(small, String.raw`v\d+-64`) && !hasRule(large, String.raw`v\d+-\d+`))
    for (const grammar of [small, large]) assert.ok(hasRule(grammar, 's0-65536'))
  })

  test('is still refused to a schema that nothing fits', () => {
    assert.throws(
      () => argumentsGrammar({ type: 'object', properties: { self: { $ref: '#' } }, required: ['self'] }),
      (error) => error instanceof GrammarError && error.kind === 'no-instance',
    )
  })
})

function hasRule(grammar: string, name: string): boolean {
  return new RegExp(`^${name} ::=`, 'm').test(grammar)
}

function selfNested(members: number): JsonSchema {
  const properties = Object.fromEntries(
    Array.from({ length: members }, (_, index) => [`member${index}`, { $ref: '#' }]),
  )
  return { type: 'object', properties: { ...properties, note: { type: 'string' } } }
}
