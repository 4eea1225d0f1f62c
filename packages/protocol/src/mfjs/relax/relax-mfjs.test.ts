import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { describeProblem } from '../mfjs-problem.ts'
import { validateMfjs } from '../validate-mfjs.ts'
import { MOST_CHANGES, relaxMfjs, type RelaxOptions } from './relax-mfjs.ts'

/** The schema becomes `expected`, which is MFJS in full. */
function becomes(schema: unknown, expected: unknown, options: RelaxOptions = {}): void {
  const before = JSON.stringify(schema)
  const relaxed = relaxMfjs(schema, options)
  assert.deepEqual(relaxed.schema, expected)
  assert.equal(relaxed.problem, undefined)
  assert.equal(validateMfjs(relaxed.schema, { level: 'ultra' }), undefined)
  assert.equal(JSON.stringify(schema), before)
}

/** The same for the schema of a property. */
function propertyBecomes(schema: unknown, expected: unknown, more: object = {}, moreExpected: object = {}): void {
  becomes(
    { type: 'object', properties: { x: schema }, ...more },
    { type: 'object', properties: { x: expected }, ...moreExpected },
  )
}

function stays(schema: unknown, problem: string, options: RelaxOptions = {}): void {
  const relaxed = relaxMfjs(schema, options)
  assert.equal(relaxed.problem && describeProblem(relaxed.problem), problem)
}

const text = { type: 'string' }
const integer = { type: 'integer' }
const none = { type: 'null' }

describe('what is MFJS', () => {
  test('is given back as it is', () => {
    const schema = { type: 'object', properties: { a: { type: ['string'], pattern: 'x' }, b: { anyOf: [text] } } }
    const relaxed = relaxMfjs(schema)
    assert.equal(relaxed.schema, schema)
    assert.deepEqual(relaxed, { schema, changes: [], problem: undefined })
  })

  test('inside of what is not stays as it is', () => {
    const kept = { anyOf: [{ type: ['string'] }, { $ref: '#/$defs/D' }], description: 'd' }
    const $defs = { D: { minLength: 3 } }
    becomes(
      { type: 'object', properties: { kept, x: { type: 'string', format: 'uuid' } }, $defs, $id: 'i' },
      { type: 'object', properties: { kept, x: text }, $defs, $id: 'i' },
    )
  })
})

describe('keywords that MFJS lacks', () => {
  test('are dropped, and the changes say so', () => {
    const relaxed = relaxMfjs({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $comment: 'c',
      type: 'object',
      properties: { on: { type: 'string', format: 'date', examples: ['2026-01-27'], description: 'd' } },
      minProperties: 1,
    })
    assert.deepEqual(relaxed.schema, { type: 'object', properties: { on: { type: 'string', description: 'd' } } })
    assert.deepEqual(relaxed.changes, [
      'root: dropped $schema',
      'root: dropped $comment',
      'root: dropped minProperties',
      'properties.on: dropped format',
      'properties.on: dropped examples',
    ])
  })

  test('are listed up to a limit', () => {
    const names = Array.from({ length: MOST_CHANGES + 5 }, (_, index) => `x${index}`)
    const schema = { type: 'object', ...Object.fromEntries(names.map((name) => [name, 1])) }
    assert.equal(relaxMfjs(schema).changes.length, MOST_CHANGES)
  })

  test('keywords of another type, and annotations that are no texts, go too', () => {
    propertyBecomes({ type: 'string', items: text, required: true, description: null, title: 3 }, text)
  })
})

describe('types', () => {
  test('are added where the keywords show them', () => {
    becomes(
      { properties: { a: { enum: ['a'] } }, $schema: '' },
      { type: 'object', properties: { a: { type: 'string', enum: ['a'] } } },
    )
    propertyBecomes({ prefixItems: [text], maxItems: 1 }, { type: 'array', maxItems: 1, items: text })
    propertyBecomes({ exclusiveMinimum: 1 }, { type: 'number', minimum: 1 })
    propertyBecomes({ maxLength: 2, format: 'x' }, { type: 'string', maxLength: 2 })
    propertyBecomes({ uniqueItems: true, minProperties: 1 }, { type: ['object', 'array'] })
  })

  test('in a list are split when more is said', () => {
    propertyBecomes({ type: ['array', 'null'], items: text }, { anyOf: [{ type: 'array', items: text }, none] })
    propertyBecomes({ type: ['string', 'null'], format: 'x', title: 't' }, { type: ['string', 'null'], title: 't' })
    propertyBecomes({ type: ['string', 'string'] }, text)
    propertyBecomes({ type: ['integer', 'number'], minimum: 0 }, { type: 'number', minimum: 0 })
  })

  test('that are no types of JSON', () => {
    propertyBecomes({ type: 'any', description: 'd' }, { description: 'd' })
    stays({ type: 'object', properties: { x: { type: 'file' } } }, "At path 'properties.x': invalid type")
  })

  test('nullable becomes null', () => {
    propertyBecomes(
      { type: 'string', nullable: true, description: 'd' },
      { type: ['string', 'null'], description: 'd' },
    )
    propertyBecomes(
      { type: 'string', enum: ['a', null], nullable: true },
      { anyOf: [{ type: 'string', enum: ['a'] }, none] },
    )
    propertyBecomes({ nullable: true, title: 't' }, { title: 't' })
    propertyBecomes({ type: 'string', nullable: false }, text)
  })
})

describe('values', () => {
  test('const becomes an enum of one', () => {
    propertyBecomes({ const: 'a', description: 'd' }, { type: 'string', enum: ['a'], description: 'd' })
    propertyBecomes({ const: 1.5 }, { type: 'number', enum: [1.5] })
    propertyBecomes({ const: null }, none)
    propertyBecomes({ type: 'object', const: { a: 1 } }, { type: 'object' })
  })

  test('an enum of several kinds is split', () => {
    propertyBecomes(
      { enum: ['a', 1, null, true, 'b'] },
      {
        anyOf: [
          none,
          { type: 'boolean', enum: [true] },
          { type: 'integer', enum: [1] },
          { type: 'string', enum: ['a', 'b'] },
        ],
      },
    )
    propertyBecomes({ enum: [1, 2.5] }, { type: 'number', enum: [1, 2.5] })
    propertyBecomes(
      { enum: [{ a: 1 }, [1], 'a'] },
      { anyOf: [{ type: 'object' }, { type: 'array' }, { type: 'string', enum: ['a'] }] },
    )
    propertyBecomes({ type: 'string', enum: ['a', 1, 'a'] }, { type: 'string', enum: ['a'] })
  })

  test('an enum that is too long is dropped', () => {
    propertyBecomes({ type: 'string', enum: Array.from({ length: 1001 }, (_, index) => `v${index}`) }, text)
  })
})

describe('bounds', () => {
  test('exclusive ones become inclusive', () => {
    propertyBecomes(
      { type: 'integer', exclusiveMinimum: 0, exclusiveMaximum: 10 },
      { type: 'integer', minimum: 1, maximum: 9 },
    )
    propertyBecomes({ type: 'number', exclusiveMinimum: 0, minimum: -1 }, { type: 'number', minimum: 0 })
    propertyBecomes({ type: 'integer', minimum: 3, exclusiveMinimum: true }, { type: 'integer', minimum: 4 })
    propertyBecomes({ type: 'integer', maximum: 0, exclusiveMaximum: true }, { type: 'integer', maximum: -1 })
  })

  test('become whole where they must be', () => {
    propertyBecomes({ type: 'integer', minimum: 0.5, maximum: 2.5 }, { type: 'integer', minimum: 1, maximum: 2 })
    propertyBecomes({ type: 'string', minLength: 0.5, maxLength: 2.5 }, { type: 'string', minLength: 1, maxLength: 2 })
  })

  test('that bound nothing, or are no numbers, go', () => {
    propertyBecomes({ type: 'string', minLength: -1, maxLength: -1 }, text)
    propertyBecomes({ type: 'number', minimum: '0', maximum: null, format: '' }, { type: 'number' })
  })

  test('that contradict one another are told', () => {
    stays(
      { type: 'string', minLength: 2, maxLength: 1 },
      "At path 'minLength': minLength (2) cannot be greater than maxLength (1)",
    )
  })
})

describe('lists', () => {
  test('tuples become lists of any of their items', () => {
    const pair = { type: 'array', maxItems: 2, items: { anyOf: [text, integer] } }
    propertyBecomes({ type: 'array', prefixItems: [text, integer], items: false }, pair)
    propertyBecomes({ type: 'array', items: [text, integer], additionalItems: false }, pair)
    propertyBecomes(
      { type: 'array', items: [text, text], minItems: 2, maxItems: 2 },
      { type: 'array', minItems: 2, maxItems: 2, items: text },
    )
    propertyBecomes(
      { type: 'array', prefixItems: [text], items: integer },
      { type: 'array', items: { anyOf: [text, integer] } },
    )
    // What comes after the tuple may be anything, so any item may.
    propertyBecomes({ type: 'array', prefixItems: [text] }, { type: 'array' })
  })

  test('booleans as schemas of items', () => {
    propertyBecomes({ type: 'array', items: true }, { type: 'array' })
    propertyBecomes({ type: 'array', items: false }, { type: 'array', maxItems: 0 })
  })
})

describe('objects', () => {
  test('booleans as schemas of properties', () => {
    becomes({ type: 'object', properties: { a: true, b: false } }, { type: 'object', properties: { a: {} } })
  })

  test('required properties that are not among the properties are added to them', () => {
    becomes({ type: 'object', required: ['a', 'a'] }, { type: 'object', properties: { a: {} }, required: ['a'] })
    becomes(
      { type: 'object', properties: {}, required: ['a'], additionalProperties: text },
      { type: 'object', properties: { a: text }, required: ['a'], additionalProperties: text },
    )
  })

  test('patterns of names become what is said of all other names', () => {
    propertyBecomes(
      { type: 'object', patternProperties: { '^a': text, '^b': integer }, additionalProperties: false },
      { type: 'object', additionalProperties: { anyOf: [text, integer] } },
    )
    propertyBecomes({ type: 'object', patternProperties: { '^a': text } }, { type: 'object' })
    propertyBecomes(
      { type: 'object', patternProperties: { '^a': text }, additionalProperties: true },
      { type: 'object', additionalProperties: true },
    )
  })

  test('odd names are names like others', () => {
    const schema: unknown = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string","format":"x"}}}')
    const expected: unknown = JSON.parse('{"type":"object","properties":{"__proto__":{"type":"string"}}}')
    becomes(schema, expected)
  })
})

describe('choices', () => {
  test('oneOf becomes anyOf', () => {
    propertyBecomes(
      { oneOf: [text, { ...none, description: 'no' }], description: 'd' },
      { anyOf: [{ anyOf: [text, { ...none, description: 'no' }] }], description: 'd' },
    )
    propertyBecomes({ oneOf: [text, none], description: 'd' }, { anyOf: [text, none], description: 'd' })
  })

  test('a type beside anyOf moves into the branches', () => {
    propertyBecomes(
      { type: 'string', anyOf: [{ minLength: 3 }, { enum: [''] }] },
      {
        anyOf: [
          { type: 'string', minLength: 3 },
          { type: 'string', enum: [''] },
        ],
      },
    )
    propertyBecomes({ type: 'string', anyOf: [text, none] }, text)
  })

  test('so does everything else', () => {
    const a = { type: 'object', properties: { id: text, a: text }, required: ['id', 'a'], additionalProperties: false }
    const b = { type: 'object', properties: { id: text, b: text }, required: ['id', 'b'], additionalProperties: false }
    propertyBecomes(
      {
        type: 'object',
        properties: { id: text },
        required: ['id'],
        additionalProperties: false,
        anyOf: [
          { properties: { a: text }, required: ['a'] },
          { properties: { b: text }, required: ['b'] },
        ],
      },
      { anyOf: [a, b] },
    )
  })

  test('a default beside anyOf moves into the branch that takes it', () => {
    propertyBecomes(
      { anyOf: [text, none], default: null, title: 't' },
      { anyOf: [text, { ...none, default: null }], title: 't' },
    )
    propertyBecomes({ type: ['string', 'null'], default: 'a' }, { anyOf: [{ type: 'string', default: 'a' }, none] })
    propertyBecomes({ anyOf: [text, none], default: 3 }, { anyOf: [text, none] })
  })

  test('anything among the branches makes it anything', () => {
    propertyBecomes({ anyOf: [text, { not: text }], description: 'd' }, { description: 'd' })
  })

  test('branches that nothing fits go, and what is left alone needs no choice', () => {
    propertyBecomes({ anyOf: [text, false], title: 't' }, { ...text, title: 't' })
    propertyBecomes({ type: 'integer', anyOf: [text, { minimum: 1 }] }, { type: 'integer', minimum: 1 })
  })
})

describe('allOf', () => {
  test('is merged', () => {
    propertyBecomes(
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] },
          { properties: { a: { type: 'integer', minimum: 1 }, b: text } },
          { description: 'd' },
        ],
        title: 't',
      },
      {
        type: 'object',
        title: 't',
        description: 'd',
        properties: { a: { type: 'integer', minimum: 1 }, b: text },
        required: ['a'],
      },
    )
    propertyBecomes(
      {
        allOf: [
          { type: 'string', minLength: 1, enum: ['a', 'b'] },
          { type: 'string', minLength: 2, maxLength: 5, enum: ['b', 'c'] },
        ],
      },
      { type: 'string', enum: ['b'], minLength: 2, maxLength: 5 },
    )
    propertyBecomes(
      {
        allOf: [
          { type: 'array', items: text },
          { type: 'array', items: { type: ['string', 'null'] }, maxItems: 1 },
        ],
      },
      { type: 'array', maxItems: 1, items: text },
    )
  })

  test('of choices is the product, up to the limit of a choice', () => {
    propertyBecomes(
      {
        allOf: [
          { anyOf: [text, integer] },
          { anyOf: [{ type: 'number', minimum: 0 }, none, { type: 'string', maxLength: 1 }] },
        ],
      },
      {
        anyOf: [
          { type: 'string', maxLength: 1 },
          { type: 'integer', minimum: 0 },
        ],
      },
    )
    const many = { anyOf: Array.from({ length: 30 }, (_, index) => ({ type: 'string', minLength: index + 1 })) }
    propertyBecomes({ allOf: [many, many] }, many)
  })

  test('of one reference, as pydantic writes it, is that reference', () => {
    propertyBecomes(
      { allOf: [{ $ref: '#/$defs/A' }], title: 't', default: 'x' },
      { $ref: '#/$defs/A', title: 't' },
      { $defs: { A: text } },
      { $defs: { A: text } },
    )
  })
})

describe('references', () => {
  const A = { type: 'object', properties: { a: text } }

  test('to definitions, nested ones, and any place become definitions at the root', () => {
    becomes(
      {
        type: 'object',
        properties: {
          a: { $ref: '#/definitions/A' },
          b: { $ref: '#/properties/o/$defs/B' },
          c: { $ref: '#/properties/o/properties/c%20c' },
          d: { $ref: '#/definitions/d~1d' },
          o: { type: 'object', properties: { 'c c': text }, $defs: { B: integer } },
        },
        definitions: { A, 'd/d': none, unused: text },
      },
      {
        type: 'object',
        properties: {
          a: { $ref: '#/$defs/A' },
          b: { $ref: '#/$defs/B' },
          c: { $ref: '#/$defs/c_c' },
          d: { $ref: '#/$defs/d_d' },
          o: { type: 'object', properties: { 'c c': text } },
        },
        $defs: { A, B: integer, c_c: text, d_d: none },
      },
    )
  })

  test('of the same last name get names of their own', () => {
    becomes(
      {
        type: 'object',
        properties: { a: { $ref: '#/definitions/A' }, b: { $ref: '#/$defs/A' }, c: { $ref: '#/properties/a' } },
        definitions: { A: integer, a: text },
        $defs: { A },
      },
      {
        type: 'object',
        properties: { a: { $ref: '#/$defs/A_2' }, b: { $ref: '#/$defs/A' }, c: { $ref: '#/$defs/a' } },
        $defs: { A_2: integer, A, a: { $ref: '#/$defs/A_2' } },
      },
    )
  })

  test('have what stands beside them merged into a copy', () => {
    const $defs = { S: { type: 'string', minLength: 1, description: 'S' } }
    propertyBecomes(
      { $ref: '#/$defs/S', maxLength: 9, description: 'x' },
      { type: 'string', minLength: 1, maxLength: 9, description: 'x' },
      { $defs },
    )
    propertyBecomes({ $ref: '#/$defs/S', type: 'string' }, { $ref: '#/$defs/S' }, { $defs }, { $defs })
  })

  test('to recursive definitions lose it', () => {
    const $defs = { N: { type: 'object', properties: { next: { $ref: '#/$defs/N' } } } }
    propertyBecomes(
      { $ref: '#/$defs/N', required: ['next'], title: 't' },
      { $ref: '#/$defs/N', title: 't' },
      { $defs },
      { $defs },
    )
  })

  test('keep an annotation that the definition has too, in a choice of one', () => {
    const $defs = { A: { ...A, description: 'A' }, B: { $ref: '#/$defs/A' } }
    propertyBecomes(
      { $ref: '#/$defs/A', description: 'x' },
      { anyOf: [{ $ref: '#/$defs/A' }], description: 'x' },
      { $defs: { A: $defs.A } },
      { $defs: { A: $defs.A } },
    )
    propertyBecomes(
      { $ref: '#/$defs/B', description: 'x' },
      { anyOf: [{ $ref: '#/$defs/B' }], description: 'x' },
      { $defs },
      { $defs: { B: $defs.B, A: $defs.A } },
    )
  })

  test('definitions are relaxed too, and dropped when nothing refers to them', () => {
    const relaxed = relaxMfjs({
      type: 'object',
      properties: { x: { $ref: '#/$defs/A' } },
      $defs: { A: { const: 'a' }, B: text },
    })
    assert.deepEqual(relaxed.schema, {
      type: 'object',
      properties: { x: { $ref: '#/$defs/A' } },
      $defs: { A: { type: 'string', enum: ['a'] } },
    })
    assert.ok(relaxed.changes.includes('$defs.B: dropped, as nothing refers to it'))
  })

  test('that lead nowhere, or elsewhere, are told', () => {
    stays(
      { type: 'object', properties: { x: { $ref: 'https://example.com/a.json' } } },
      "At path 'properties.x.$ref': references must start with #/$defs/",
    )
    stays(
      { type: 'object', properties: { x: { $ref: '#/$defs/gone' } } },
      "At path 'properties.x.$ref': $defs not found for reference: #/$defs/gone",
    )
  })
})

describe('with an object at the root, as tools want it', () => {
  const options = { objectRoot: true }

  test('nothing, anything and a list of one become an object', () => {
    becomes({}, { type: 'object' }, options)
    becomes(true, { type: 'object' }, options)
    becomes({ description: 'd' }, { type: 'object', description: 'd' }, options)
    becomes({ type: ['object'], properties: {} }, { type: 'object', properties: {} }, options)
    becomes({ type: ['object', 'null'], title: 't' }, { type: 'object', title: 't' }, options)
  })

  test('a reference at the root is followed', () => {
    const A = { type: 'object', properties: { a: text } }
    becomes({ $ref: '#/$defs/A', $defs: { A } }, A, options)
  })

  test('a choice becomes one object: required is what all require', () => {
    becomes(
      {
        type: 'object',
        properties: { id: text },
        required: ['id'],
        anyOf: [
          { properties: { url: text, n: text }, required: ['url'], description: 'by url' },
          { properties: { file: text, n: integer }, required: ['file'] },
        ],
        description: 'd',
      },
      {
        type: 'object',
        description: 'd',
        properties: { id: text, url: text, n: { anyOf: [text, integer] }, file: text },
        required: ['id'],
      },
      options,
    )
    becomes(
      {
        anyOf: [
          { type: 'object', properties: { a: text }, additionalProperties: false },
          { type: 'object', properties: { b: text }, additionalProperties: integer },
          { type: 'null' },
        ],
      },
      { type: 'object', properties: { a: text, b: text }, additionalProperties: integer },
      options,
    )
  })

  test('what is no object is told', () => {
    stays({ type: 'string', format: 'x' }, "At path 'root': unsupported keywords: format", options)
    stays(text, 'At path \'root\': type must be "object"', options)
  })
})

describe('what cannot be rewritten', () => {
  test('is given back as it was, with its problem', () => {
    for (const schema of [null, 3, 'x', [], false]) {
      const relaxed = relaxMfjs(schema)
      assert.equal(relaxed.schema, schema)
      assert.equal(relaxed.problem?.message, 'schema must be a dict')
    }
    const impossible = { allOf: [text, integer] }
    assert.equal(relaxMfjs(impossible).schema, impossible)
    stays(impossible, "At path 'root': unsupported keywords: allOf")
  })

  test('schemas that nobody can read stay where they are', () => {
    stays({ type: 'object', properties: [], title: 't' }, "At path 'properties': properties must be an object")
    stays(
      { type: 'object', properties: { x: 'string' } },
      "At path 'properties': property schema for 'x' must be an object",
    )
    stays({ type: 'object', properties: { x: { anyOf: {} } } }, "At path 'properties.x.anyOf': anyOf must be an array")
    stays(
      { type: 'object', properties: { required: text } },
      "At path 'properties': property name 'required' is reserved for JSON Schema keywords",
    )
  })

  test('nested too deep, too large, or too much work', () => {
    let deep: object = text
    for (let level = 0; level < 100_000; level += 1) deep = { type: 'array', items: deep }
    stays(deep, "At path 'root': schema is nested deeper than 512 levels")
    stays({ type: 'object', description: 'x'.repeat(600_000) }, "At path 'root': schema exceeds maximum allowed size")
    const doubling = Array.from({ length: 40 }, (_, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` }
      return [
        `d${index}`,
        { type: 'object', properties: { x: { allOf: [next, { ...next, required: ['x'] }] } } },
      ] as const
    })
    stays(
      {
        type: 'object',
        properties: { x: { $ref: '#/$defs/d0', required: ['x'] } },
        $defs: { ...Object.fromEntries(doubling), d40: { type: 'object' } },
      },
      "At path '$defs.d0.properties.x': unsupported keywords: allOf",
    )
  })

  test('a large schema may become small enough', () => {
    becomes({ type: 'object', $comment: 'x'.repeat(200_000) }, { type: 'object' })
  })
})
