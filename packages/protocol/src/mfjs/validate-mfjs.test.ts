import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeProblem } from './mfjs-problem.ts'
import { type MfjsOptions, validateMfjs } from './validate-mfjs.ts'

const ULTRA: MfjsOptions = { level: 'ultra' }

/** The text of the first problem; empty when there is none. */
function problemOf(schema: unknown, options: MfjsOptions = {}): string {
  const problem = validateMfjs(schema, options)
  return problem === undefined ? '' : describeProblem(problem)
}

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

const object = (properties: unknown, more: object = {}): object => ({ type: 'object', properties, ...more })

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

  test('is not repeated in a list', () => {
    warns({ type: ['string', 'string'] }, "At path 'root': duplicate types in type array")
  })
})

describe('anyOf', () => {
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
      "At path 'root': conflicting keywords found in anyOf with parent: default",
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
      `At path 'enum': enum value (${'x'.repeat(79)}) does not match any type in [boolean]`,
    )
    refuses({ type: 'number', enum: [1, '2'] }, "At path 'enum': not a valid number")
    refuses({ type: 'integer', enum: [1, 2.5] }, "At path 'enum': not a valid integer")
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
  test('are counts for texts and lists', () => {
    accepts({ type: 'string', minLength: 0, maxLength: 0 })
    accepts({ type: 'array', minItems: 1, maxItems: null })
    refuses({ type: 'string', minLength: '1' }, "At path 'root': minLength must be an integer")
    refuses({ type: 'string', maxLength: -1 }, "At path 'root': maxLength must be non-negative")
    refuses({ type: 'array', minItems: 1.5 }, "At path 'root': not a valid integer")
    refuses(
      { type: 'array', minItems: 2, maxItems: 1 },
      "At path 'minItems': minItems (2) cannot be greater than maxItems (1)",
    )
  })

  test('are numbers for numbers', () => {
    accepts({ type: 'number', minimum: -1.5, maximum: -1.5 })
    refuses({ type: 'number', minimum: '0' }, "At path 'root': minimum must be a number")
    refuses({ type: 'integer', maximum: '0' }, "At path 'root': maximum must be an integer")
    refuses({ type: ['integer'], minimum: 0.5 }, "At path 'root': not a valid integer")
    refuses(
      { type: 'number', minimum: 2, maximum: 1 },
      "At path 'root': minimum (2) cannot be greater than maximum (1)",
    )
  })
})

describe('texts', () => {
  test('description, title, $id and pattern are texts', () => {
    refuses({ description: null }, "At path 'description': description must be a string")
    refuses({ type: 'string', pattern: 3 }, "At path 'pattern': pattern must be a string")
    refuses({ type: 'object', $id: 3 }, "At path '$id': $id must be a string")
    warns({ type: 'string', title: 3 }, "At path 'title': title must be a string")
    accepts({ type: 'string', pattern: '^a', title: 't', $id: 'i' })
  })
})

describe('keywords that MFJS does not have', () => {
  test('count for nothing on the hosted platform, and are named in full', () => {
    warns({ $schema: 'x', type: 'object', not: {} }, "At path 'root': unsupported keywords: $schema, not")
    warns(object({ x: { type: 'string', format: 'uuid' } }), "At path 'properties.x': unsupported keywords: format")
    warns({ type: 'array', prefixItems: [] }, "At path 'root': unsupported keywords: prefixItems")
  })

  test('the same for those of another type, and of the root', () => {
    warns({ type: 'string', minItems: 1, items: {} }, "At path 'root': invalid keywords: minItems, items")
    warns(object({ x: { type: 'string', $id: 'x' } }), "At path 'properties.x': keyword $id must be at root level")
  })
})

describe('references', () => {
  const defs = { $defs: { A: { type: 'string' } } }

  test('lead to the root or into its $defs', () => {
    accepts(object({ a: { $ref: '#/$defs/A', description: 'a' }, self: { $ref: '#' } }, defs))
    accepts(object({ a: { $ref: '#/$defs/O/properties/x' } }, { $defs: { O: object({ x: { type: 'null' } }) } }))
    refuses(object({ a: { $ref: 3 } }), "At path 'properties.a.$ref': $ref must be a string")
    for (const $ref of ['#/definitions/A', 'https://example.com/a.json', '#A', '']) {
      refuses(object({ a: { $ref } }, defs), "At path 'properties.a.$ref': references must start with #/$defs/")
    }
    refuses(object({ a: { $ref: '#/$defs/' } }, defs), "At path 'properties.a.$ref': definition name cannot be empty")
    refuses(
      object({ a: { $ref: '#/$defs/A' } }),
      "At path 'properties.a.$ref': $defs not found for reference: #/$defs/A",
    )
    refuses(object({ a: { $ref: '#/$defs/B' } }, defs), "At path 'root': invalid $ref path: #/$defs/B")
    refuses(object({ a: { $ref: '#/$defs/toString' } }, defs), "At path 'root': invalid $ref path: #/$defs/toString")
  })

  test('have the type in the definition', () => {
    refuses(
      { type: 'object', $defs: { A: { type: 'string' }, B: { type: 'string', $ref: '#/$defs/A' } } },
      "At path '$defs.B': when using $ref, type should be defined in the referenced schema instead of the parent schema",
    )
  })

  test('have only annotations beside them, and none that the definition has', () => {
    warns(
      object({ a: { $ref: '#/$defs/A', default: 'x' } }, defs),
      "At path 'properties.a': keyword 'default' is not allowed at the same level as $ref",
    )
    const described = { $defs: { A: { type: 'string', description: 'A' }, B: { $ref: '#/$defs/A' } } }
    for (const name of ['A', 'B']) {
      refuses(
        object({ a: { $ref: `#/$defs/${name}`, description: 'a' } }, described),
        "At path 'properties.a': conflicting keywords found after $ref expansion: description",
      )
    }
    const choice = { $defs: { C: { anyOf: [{ type: 'string', default: 'a' }] } } }
    assert.equal(
      problemOf(object({ a: { $ref: '#/$defs/C', default: 'x' } }, choice)),
      "At path 'properties.a': conflicting keywords found in anyOf after ref expansion: default",
    )
  })

  test('are named without slashes, anywhere inside a definition', () => {
    refuses({ $defs: { 'a/b': {} } }, "At path '$defs': $defs property name 'a/b' cannot contain '/' character")
    refuses(
      { $defs: { A: { anyOf: [object({ 'a/b': { type: 'null' } })] } } },
      "At path '$defs.A': $defs property name 'a/b' cannot contain '/' character",
    )
    accepts(object({ 'a/b': { type: 'null' } }))
    refuses({ $defs: { '': {} } }, "At path '$defs': $defs property name cannot be empty")
    refuses({ $defs: [] }, "At path '$defs': $defs must be an object")
    refuses({ $defs: { A: true } }, "At path '$defs': $defs schema must be object: A")
  })
})

describe('recursion', () => {
  const endless = 'detected infinite recursion without termination condition'
  const self = { $ref: '#/$defs/node' }

  test('may end by a choice, by an optional property, by an empty list', () => {
    accepts(listOf({ anyOf: [self, { type: 'null' }] }))
    accepts(listOf(self, { required: ['value'] }))
    accepts(listOf(self, { required: undefined }))
    accepts(
      object(
        { label: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } },
        { required: ['label', 'children'] },
      ),
    )
  })

  test('is refused when no finite value fits', () => {
    refuses(listOf(self), `At path 'root': ${endless}`)
    refuses(
      object({ a: { anyOf: [{ $ref: '#' }, object({ b: { $ref: '#' } }, { required: ['b'] })] } }, { required: ['a'] }),
      `At path 'properties.a.anyOf': ${endless}`,
    )
  })

  test('is refused when a required property never ends, although another does', () => {
    refuses(
      object({ name: { type: 'string' }, next: { $ref: '#' } }, { required: ['name', 'next'] }),
      `At path 'properties.next': ${endless}`,
    )
  })

  test('is refused for lists whose items never end, as the hosted platform did, and with minItems in any case', () => {
    const items = object({ element: { $ref: '#/$defs/L' } }, { required: ['element'] })
    refuses({ $ref: '#/$defs/L', $defs: { L: { type: 'array', items } } }, `At path 'root': ${endless}`)
    const tree = object(
      { a: { type: 'null' }, kids: { type: 'array', minItems: 1, items: { $ref: '#' } } },
      { required: ['a', 'kids'] },
    )
    refuses(tree, `At path 'properties.kids.items': ${endless}`)
  })

  test('of bare references comes to an end here too', () => {
    refuses({ $ref: '#' }, `At path 'root': ${endless}`)
    refuses(
      object(
        { a: { $ref: '#/$defs/A' } },
        { required: ['a'], $defs: { A: { $ref: '#/$defs/B' }, B: { $ref: '#/$defs/A' } } },
      ),
      `At path 'properties.a': ${endless}`,
    )
    accepts(object({ a: { $ref: '#/$defs/A' } }, { $defs: { A: { $ref: '#/$defs/A' } } }))
  })
})

test('strict finds nothing that ultra does not', () => {
  assert.equal(problemOf({ type: 'string', enum: [1] }), problemOf({ type: 'string', enum: [1] }, ULTRA))
})

/** A list whose nodes require what comes next, unless `more` says otherwise. */
function listOf(next: unknown, more: object = {}): object {
  return {
    $ref: '#/$defs/node',
    $defs: { node: object({ value: { type: 'string' }, next }, { required: ['next'], ...more }) },
  }
}
