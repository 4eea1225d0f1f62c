import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { firstMismatch } from './first-mismatch.ts'
import { codePointLength, jsonEqual } from './json.ts'
import { describeProblem } from './mfjs-problem.ts'

function mismatchOf(schema: unknown, value: unknown): string {
  const mismatch = firstMismatch(schema, value)
  return mismatch === undefined ? '' : describeProblem(mismatch)
}

function fits(schema: unknown, ...values: readonly unknown[]): void {
  for (const value of values) assert.equal(mismatchOf(schema, value), '', JSON.stringify(value))
}

describe('a value fits', () => {
  test('an empty schema, and one of foreign keywords, whatever it is', () => {
    fits({}, null, true, 1, 'a', [], {})
    fits({ not: {}, oneOf: [], pattern: 'b' }, 'a')
    fits(true, 1)
    assert.equal(mismatchOf(false, 1), "At path 'root': no value is allowed here")
  })

  test('its type', () => {
    const values = { null: null, boolean: false, object: {}, array: [], number: 1.5, integer: 1, string: '' }
    for (const [type, own] of Object.entries(values)) {
      for (const [other, value] of Object.entries(values)) {
        const expected = type === other || (type === 'number' && other === 'integer')
        assert.equal(mismatchOf({ type }, value) === '', expected, `${type} ${other}`)
      }
      fits({ type: [type] }, own)
    }
    fits({ type: ['string', 'null'] }, 'a', null)
    fits({ type: 'integer' }, 1, -0, 2 ** 60)
    assert.equal(mismatchOf({ type: ['string', 'null'] }, 3), "At path 'root': must be string or null, is integer")
    assert.equal(mismatchOf({ type: 'integer' }, 1.5), "At path 'root': must be integer, is number")
    assert.equal(mismatchOf({ type: 'object' }, null), "At path 'root': must be object, is null")
  })

  test('its enum', () => {
    fits({ type: 'string', enum: ['a', 'b'] }, 'b')
    fits({ enum: [{ a: [1], b: null }] }, { b: null, a: [1] })
    assert.equal(mismatchOf({ type: 'string', enum: ['a', 'b'] }, 'c'), `At path 'root': must be one of "a", "b"`)
    const many = Array.from({ length: 12 }, (_, index) => index)
    assert.equal(
      mismatchOf({ enum: many }, 12),
      "At path 'root': must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more",
    )
    assert.equal(mismatchOf({ enum: ['a'] }, {}), `At path 'root': must be one of "a"`)
  })

  test('its length, in code points', () => {
    fits({ minLength: 2, maxLength: 2 }, 'ab', '🌒🌒', '月é')
    assert.equal(mismatchOf({ minLength: 1 }, ''), "At path 'root': must have at least 1 character, has 0")
    assert.equal(mismatchOf({ maxLength: 1 }, '🌒🌒'), "At path 'root': must have at most 1 character, has 2")
  })

  test('its range', () => {
    fits({ minimum: -1, maximum: 1 }, -1, 0, 1)
    assert.equal(mismatchOf({ minimum: 0 }, -0.5), "At path 'root': must be at least 0, is -0.5")
    assert.equal(mismatchOf({ maximum: 0 }, 1), "At path 'root': must be at most 0, is 1")
  })

  test('its items', () => {
    const schema = { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 2 }
    fits(schema, ['a'], ['a', 'b'])
    assert.equal(mismatchOf(schema, []), "At path 'root': must have at least 1 item, has 0")
    assert.equal(mismatchOf(schema, ['a', 'b', 'c']), "At path 'root': must have at most 2 items, has 3")
    assert.equal(mismatchOf(schema, ['a', 1]), "At path '[1]': must be string, is integer")
  })

  test('its members', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string' } },
      required: ['a'],
      additionalProperties: false,
    }
    fits(schema, { a: 'x' })
    assert.equal(mismatchOf(schema, {}), "At path 'root': required property 'a' is missing")
    assert.equal(mismatchOf(schema, { a: 'x', b: 1 }), "At path 'root': property 'b' is not allowed")
    assert.equal(mismatchOf(schema, { a: 1 }), "At path 'a': must be string, is integer")
    fits({ type: 'object' }, { whatever: 1 })
    fits({ type: 'object', additionalProperties: true }, { whatever: 1 })
    const rest = { properties: { a: {} }, additionalProperties: { type: 'integer' } }
    fits(rest, { a: 'x', b: 1 })
    assert.equal(mismatchOf(rest, { b: 'x' }), "At path 'b': must be integer, is string")
  })

  test('members with odd names', () => {
    const parsed: unknown = JSON.parse('{"__proto__":1,"constructor":"x"}')
    assert.equal(mismatchOf({ required: ['toString'] }, {}), "At path 'root': required property 'toString' is missing")
    assert.equal(
      mismatchOf({ additionalProperties: false }, parsed),
      "At path 'root': property '__proto__' is not allowed",
    )
    fits({ required: ['__proto__', 'constructor'] }, parsed)
  })

  test('one of several alternatives', () => {
    fits({ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'a', null)
    assert.equal(
      mismatchOf({ anyOf: [{ type: 'string' }, { type: 'null' }] }, 1),
      "At path 'root': fits none of the 2 alternatives",
    )
    fits({ anyOf: [] }, 1)
  })

  test('a definition, and what stands beside the reference', () => {
    const schema = {
      properties: {
        a: { $ref: '#/$defs/A', maxLength: 2 },
        self: { $ref: '#' },
        deep: { $ref: '#/$defs/O/properties/x' },
      },
      $defs: { A: { type: 'string', minLength: 1 }, O: { properties: { x: { type: 'null' } } } },
    }
    fits(schema, { a: 'x', self: { self: { a: 'xy' } }, deep: null })
    assert.equal(mismatchOf(schema, { a: '' }), "At path 'a': must have at least 1 character, has 0")
    assert.equal(mismatchOf(schema, { self: { a: 'abc' } }), "At path 'self.a': must have at most 2 characters, has 3")
    assert.equal(mismatchOf(schema, { deep: 1 }), "At path 'deep': must be null, is integer")
    assert.equal(mismatchOf({ $ref: '#/$defs/B' }, 1), "At path 'root': the schema does not define #/$defs/B")
  })
})

describe('of several alternatives that do not fit', () => {
  test('the only one of the right type is reported', () => {
    assert.equal(
      mismatchOf({ anyOf: [{ type: 'array', items: { type: 'string' } }, { type: 'null' }] }, [1]),
      "At path '[0]': must be string, is integer",
    )
    assert.equal(
      mismatchOf({ anyOf: [{ type: 'string', maxLength: 1 }, { type: 'null' }] }, 'ab'),
      "At path 'root': must have at most 1 character, has 2",
    )
  })

  test('else the one that fits furthest into the value', () => {
    const schema = {
      anyOf: [branch('a', { n: { type: 'null' } }), branch('b', { list: { type: 'array', items: { type: 'null' } } })],
    }
    assert.equal(mismatchOf(schema, { kind: 'b', list: [null, 1] }), "At path 'list[1]': must be null, is integer")
  })
})

describe('it always ends', () => {
  test('in circles of references', () => {
    const endless = "At path 'root': the schema leads on without end here"
    assert.equal(mismatchOf({ $ref: '#' }, 1), endless)
    assert.equal(
      mismatchOf({ $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } }, 1),
      endless,
    )
    fits({ anyOf: [{ $ref: '#' }, { type: 'null' }] }, null)
  })

  test('in circles that branch', () => {
    const references = ['a', 'b', 'c', 'd'].map((name) => ({ $ref: `#/$defs/${name}` }))
    const $defs = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, { anyOf: references }]))
    assert.equal(mismatchOf({ anyOf: references, $defs }, 1), "At path 'root': fits none of the 4 alternatives")
    const names = Array.from({ length: 12 }, (_, index) => `d${index}`)
    const anyOf = names.map((name) => ({ $ref: `#/$defs/${name}` }))
    assert.notEqual(mismatchOf({ anyOf, $defs: Object.fromEntries(names.map((name) => [name, { anyOf }])) }, 1), '')
  })

  test('in values and schemas nested without bound', () => {
    let value: unknown = 1
    let branches: object = { type: 'null' }
    for (let level = 0; level < 100_000; level += 1) {
      value = [value]
      branches = { anyOf: [branches] }
    }
    assert.match(mismatchOf({ items: { $ref: '#' } }, value), /the value is nested deeper than 512 levels$/)
    assert.notEqual(mismatchOf(branches, null), '')
    assert.notEqual(mismatchOf({ enum: [value] }, [value]), '')
  })
})

test('JSON values are equal whatever the order of their members', () => {
  assert.ok(jsonEqual({ a: [1, { b: null }], c: 'x' }, { c: 'x', a: [1, { b: null }] }))
  for (const [a, b] of [
    [[], {}],
    [[1], [1, 2]],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [null, {}],
    ['1', 1],
  ]) {
    assert.ok(!jsonEqual(a, b), JSON.stringify([a, b]))
  }
})

test('a text is as long as its code points, halves of pairs counting alone', () => {
  const lengths = { '': 0, abc: 3, é: 1, '🌒🌒': 2, '🧑🏾‍🤝‍🧑🏾': 7, '\ud83c': 1, '\udf12\ud83c': 2, '\ud83c\ud83c\udf12': 2 }
  for (const [text, length] of Object.entries(lengths)) assert.equal(codePointLength(text), length, text)
})

function branch(kind: string, more: object): object {
  return { type: 'object', properties: { kind: { type: 'string', enum: [kind] }, ...more }, required: ['kind'] }
}
