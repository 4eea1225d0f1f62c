import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ULTRA, object, problemOf } from './testing/problem-of.ts'

/** The same problem at both levels. */
function refuses(schema: unknown, problem: string): void {
  assert.equal(problemOf(schema), problem)
  assert.equal(problemOf(schema, ULTRA), problem)
}

function accepts(schema: unknown): void {
  refuses(schema, '')
}

/** A problem for MFJS in full, but none that the hosted platform refused a request for. */
function warns(schema: unknown, problem: string): void {
  assert.equal(problemOf(schema), '')
  assert.equal(problemOf(schema, ULTRA), problem)
}

describe('what a schema is', () => {
  test('an object; an empty one allows anything', () => {
    accepts({})
    for (const nothing of [null, undefined, true, 'object', 3, []])
      refuses(nothing, "At path 'root': schema must be a dict")
  })

  test('each of the seven types alone, in a list of one, or several without more', () => {
    for (const type of ['null', 'boolean', 'object', 'array', 'number', 'integer', 'string']) {
      accepts({ type, description: 'd', title: 't' })
      accepts({ type: [type] })
    }
    accepts({ type: ['string', 'null', 'integer', 'boolean', 'array', 'object', 'number'], title: 'any' })
  })

  test('a property may have no type at all', () => {
    accepts(object({ a: {}, b: { description: 'b' } }))
  })
})

describe('type', () => {
  test('is a name or a list of names', () => {
    for (const type of [null, 3, {}, true]) refuses({ type }, "At path 'root': type must be string or array of strings")
    refuses({ type: [] }, "At path 'root': type array cannot be empty")
    refuses({ type: 'text' }, "At path 'root': invalid type")
    refuses(object({ x: { type: ['string', 3] } }), "At path 'properties.x': invalid type in type array")
  })

  test('in a list of several leaves room for annotations only', () => {
    refuses(
      object({ x: { type: ['array', 'null'], items: { type: 'string' } } }),
      "At path 'properties.x': keyword items is not allowed in combination with multiple types",
    )
    refuses(
      { type: ['string', 'null'], default: null },
      "At path 'root': keyword default is not allowed in combination with multiple types",
    )
    accepts({ type: ['string', 'null'], $id: 'x', $defs: {} })
  })

  test('of another form is found at its place among the keywords, behind those before it in the alphabet', () => {
    refuses({ type: 3, description: 4 }, "At path 'description': description must be a string")
    refuses({ type: 3, enum: ['a'] }, "At path 'root': invalid type value")
    refuses({ type: 3, title: 4 }, "At path 'root': type must be string or array of strings")
    assert.equal(
      problemOf({ type: 3, required: ['a'] }, ULTRA),
      "At path 'required': required specified but 'properties' keyword is missing",
    )
  })

  test('is not repeated in a list', () => {
    warns({ type: ['string', 'string'] }, "At path 'type': duplicate types in type array")
  })
})

describe('anyOf', () => {
  const twice = (keywords: string): string =>
    `At path 'root': conflicting keywords found in anyOf with parent: keywords (${keywords}) are defined on the parent schema and inside anyOf; remove them from the parent or from anyOf branches`

  test('is a list of schemas with the type inside', () => {
    accepts(object({ x: { anyOf: [{ type: 'string' }, { type: 'null' }], description: 'maybe' } }))
    refuses({ anyOf: {} }, "At path 'anyOf': anyOf must be an array")
    refuses({ anyOf: [] }, "At path 'anyOf': anyOf must have 1-500 items")
    refuses({ anyOf: [true] }, "At path 'anyOf': schema in anyOf must be an object")
    refuses(
      object({ x: { type: 'string', anyOf: [{ type: 'string' }] } }),
      "At path 'properties.x': when using anyOf, type should be defined in anyOf items instead of the parent schema",
    )
  })

  test('says nothing again that the parent says', () => {
    assert.equal(
      problemOf({ anyOf: [{ type: 'string', default: 'a', description: 'a' }], default: 'b', description: 'd' }),
      twice('default'),
    )
    warns(
      { anyOf: [{ type: 'string', title: 'a', description: 'a' }], title: 'b', description: 'd' },
      twice('description, title'),
    )
  })

  test('has only annotations beside it', () => {
    warns(
      object({ x: { anyOf: [{ type: 'string' }], default: null } }),
      "At path 'properties.x': keyword 'default' is not allowed at the same level as anyOf",
    )
  })

  test('does not say in a path which branch it was', () => {
    refuses({ anyOf: [{ type: 'null' }, object({ a: { type: 'x' } })] }, "At path 'anyOf.properties.a': invalid type")
  })
})

describe('enum', () => {
  test('is a list of values of the type beside it', () => {
    accepts({ type: 'string', enum: ['', ' ', 'a'] })
    accepts({ type: 'number', enum: [1, 2.5, -3] })
    accepts({ type: ['string', 'null'], enum: ['a', null] })
    accepts({ type: ['null', 'integer'], enum: [null, 1] })
    refuses(object({ x: { enum: ['a'] } }), "At path 'properties.x': type is not defined")
    refuses({ type: 'string', enum: 'a' }, "At path 'enum': enum must be an array")
    refuses({ type: 'string', enum: [] }, "At path 'enum': enum array cannot be empty")
    refuses({ type: 'string', enum: ['a', 1] }, "At path 'enum': enum value (1) does not match any type in [string]")
    refuses(
      { type: 'boolean', enum: ['x'.repeat(100)] },
      `At path 'enum': enum value (${'x'.repeat(80)}…) does not match any type in [boolean]`,
    )
    refuses({ type: 'number', enum: [1, '2'] }, "At path 'enum': not a valid number")
    refuses({ type: 'integer', enum: [1, 2.5] }, "At path 'enum': not a valid integer")
  })

  test('has null first beside numbers: a value that is no number is not tried with what stands behind', () => {
    refuses({ type: ['integer', 'null'], enum: [1, null] }, "At path 'enum': not a valid integer")
    refuses({ type: ['number', 'null'], enum: [null] }, "At path 'enum': not a valid number")
    accepts({ type: ['null', 'number'], enum: [1.5, null] })
  })

  test('prints a value that does not fit as the hosted validator did', () => {
    const shown: readonly (readonly [value: unknown, text: string])[] = [
      [null, '<nil>'],
      [true, 'true'],
      [1e21, '1e+21'],
      [123456789, '123456789'],
      [0.00001, '1e-05'],
      [-0.0001, '-0.0001'],
      [[1, 'a', []], '[1 a []]'],
      [{ b: null, a: [true] }, 'map[a:[true] b:<nil>]'],
    ]
    for (const [value, text] of shown) {
      refuses(
        { type: 'string', enum: [value] },
        `At path 'enum': enum value (${text}) does not match any type in [string]`,
      )
    }
  })

  test('has one plain type and null beside it, or one type', () => {
    refuses(
      { type: ['string', 'object'], enum: ['a', {}] },
      "At path 'root': type object is not allowed in combination with enum",
    )
    refuses(
      { type: ['string', 'integer'], enum: ['a', 1] },
      "At path 'root': when type is array and enum is specified, currently only 2 types are supported, one must be null, and the other can be string/integer/number/boolean",
    )
    assert.equal(
      problemOf({ type: ['null', 'null'], enum: [null] }),
      "At path 'root': invalid type combination with enum:  + null",
    )
  })
})

describe('objects', () => {
  test('have properties that are schemas, with names that are no keywords', () => {
    refuses({ type: 'object', properties: [] }, "At path 'properties': properties must be an object")
    refuses(
      object({ o: { type: 'object', properties: { x: true } } }),
      "At path 'properties.o.properties': property schema for 'x' must be an object",
    )
    for (const name of ['$defs', '$ref', 'anyOf', 'required', 'additionalProperties']) {
      refuses(
        object({ [name]: { type: 'string' } }),
        `At path 'properties': property name '${name}' is reserved for JSON Schema keywords`,
      )
    }
    warns(object({ '': { type: 'string' } }), "At path 'properties': property name cannot be empty")
    accepts(
      object(JSON.parse('{"__proto__":{"type":"string"},"constructor":{"type":"string"},"a.b/c":{"type":"null"}}')),
    )
  })

  test('require properties that they have', () => {
    accepts({ type: 'object', required: [] })
    refuses(object({}, { required: 'a' }), "At path 'required': required must be an array")
    refuses(object({}, { required: [1] }), "At path 'required': items in required array must be strings")
    refuses(
      object({ a: {} }, { required: ['b'] }),
      "At path 'required': required property 'b' is not defined in properties",
    )
    refuses(
      object({}, { required: ['toString'] }),
      "At path 'required': required property 'toString' is not defined in properties",
    )
    warns(object({ a: {} }, { required: ['a', 'a'] }), "At path 'required': duplicate items in required array: a")
    warns(object({ '': {} }, { required: [''] }), "At path 'properties': property name cannot be empty")
    warns({ properties: { a: {} }, required: ['a'] }, "At path 'required': required keyword must be used with object")
    assert.equal(
      problemOf({ type: 'object', required: ['a'] }, ULTRA),
      "At path 'required': required specified but 'properties' keyword is missing",
    )
  })

  test('have additional properties that are a boolean or a schema', () => {
    accepts(object({}, { additionalProperties: { type: 'object', additionalProperties: false } }))
    for (const value of [null, 3, 'x', []]) {
      refuses(
        object({}, { additionalProperties: value }),
        "At path 'additionalProperties': additionalProperties must be a boolean or an object",
      )
    }
    refuses(object({}, { additionalProperties: { type: 'x' } }), "At path 'additionalProperties': invalid type")
  })
})

describe('lists', () => {
  test('have one schema for all items', () => {
    accepts({ type: 'array' })
    for (const items of [true, 'x', [{ type: 'string' }], null]) {
      refuses(object({ pair: { type: 'array', items } }), "At path 'properties.pair.items': items must be an object")
    }
    refuses({ type: 'array', items: { type: 'array', items: { type: 'x' } } }, "At path 'items.items': invalid type")
  })
})

describe('bounds', () => {
  test('are counts for texts and lists, in full MFJS', () => {
    accepts({ type: 'string', minLength: 0, maxLength: 0 })
    accepts({ type: 'array', minItems: 1, maxItems: null })
    warns({ type: 'string', minLength: '1' }, "At path 'root': minLength must be an integer")
    warns({ type: 'string', maxLength: -1 }, "At path 'root': maxLength must be non-negative")
    warns({ type: 'array', minItems: 1.5 }, "At path 'root': not a valid integer")
    warns(
      { type: 'array', minItems: 2, maxItems: 1 },
      "At path 'minItems': minItems (2) cannot be greater than maxItems (1)",
    )
  })

  test('are numbers for numbers, in full MFJS', () => {
    accepts({ type: 'number', minimum: -1.5, maximum: -1.5 })
    warns({ type: 'number', minimum: '0' }, "At path 'root': minimum must be a number")
    warns({ type: 'integer', maximum: '0' }, "At path 'root': maximum must be an integer")
    warns({ type: ['integer'], minimum: 0.5 }, "At path 'root': not a valid integer")
    warns({ type: 'number', minimum: 2, maximum: 1 }, "At path 'root': minimum (2) cannot be greater than maximum (1)")
  })
})

describe('texts', () => {
  test('description, title, $id and pattern are texts', () => {
    refuses({ description: null }, "At path 'description': description must be a string")
    refuses({ type: 'string', pattern: 3 }, "At path 'pattern': pattern must be a string")
    refuses({ type: 'object', $id: 3 }, "At path '$id': $id must be a string")
    accepts({ type: 'string', title: 3 })
    accepts({ type: 'string', pattern: '^a', title: 't', $id: 'i' })
  })
})

describe('keywords that MFJS does not have', () => {
  test('count for nothing on the hosted platform, and are named in full', () => {
    warns({ $schema: 'x', type: 'object', not: {} }, "At path 'root': unsupported keywords: $schema, not")
    warns(object({ x: { type: 'string', format: 'uuid' } }), "At path 'properties.x': unsupported keywords: format")
    warns({ type: 'array', prefixItems: [], oneOf: [] }, "At path 'root': unsupported keywords: oneOf, prefixItems")
  })

  test('the same for those of another type, and of the root', () => {
    warns({ type: 'string', minItems: 1, items: {} }, "At path 'root': invalid keywords: items, minItems")
    warns({ type: ['string', 'null'], enum: ['a'], maxLength: 3 }, "At path 'root': invalid keywords: maxLength")
    warns({ type: 'string', minLength: -1, maximum: 'x' }, "At path 'root': invalid keywords: maximum")
    warns(object({ x: { type: 'string', $id: 'x' } }), "At path 'properties.x': keyword $id must be at root level")
  })
})

test('strict finds nothing that ultra does not', () => {
  assert.equal(problemOf({ type: 'string', enum: [1] }), problemOf({ type: 'string', enum: [1] }, ULTRA))
})
