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
      warns(
        object({ a: { $ref: `#/$defs/${name}`, description: 'a' } }, described),
        `At path 'properties.a': conflicting keywords found after $ref expansion: keywords (description) are defined both alongside "$ref" and in the referenced schema; remove the duplicates`,
      )
    }
    const inBranch = (keyword: string): string =>
      `At path 'properties.a': conflicting keywords found in anyOf after ref expansion: keywords (${keyword}) are defined alongside "$ref" and inside anyOf in the referenced schema; define them in only one place`
    const choice = { $defs: { C: { anyOf: [{ type: 'string', default: 'a', title: 't' }] } } }
    assert.equal(problemOf(object({ a: { $ref: '#/$defs/C', default: 'x' } }, choice)), inBranch('default'))
    warns(object({ a: { $ref: '#/$defs/C', title: 'x' } }, choice), inBranch('title'))
  })

  test('have no choice beside them where the definition has a type', () => {
    const anyOf = [{ type: 'string' }]
    assert.equal(
      problemOf(object({ a: { $ref: '#/$defs/A', anyOf } }, defs)),
      "At path 'properties.a': invalid schema after $ref expansion: (when using anyOf, type should be defined in anyOf items instead of the parent schema)",
    )
  })

  test('say a thing once on their way through other references, in full MFJS', () => {
    const $defs = {
      A: { $ref: '#/$defs/B', description: 'a' },
      B: { $ref: '#/$defs/C', description: 'b' },
      C: { type: 'string' },
    }
    warns(
      object({ a: { $ref: '#/$defs/A' } }, { $defs }),
      `At path 'properties.a': conflicting keywords found after $ref expansion: keyword "description" appears at multiple levels in a chained "$ref"; keep it in only one place`,
    )
    accepts(object({ a: { $ref: '#/$defs/B' } }, { $defs }))
  })

  test('are followed wherever they stand: in a default, and under keywords that MFJS does not have', () => {
    refuses({ type: 'boolean', default: { $ref: '#/$defs/A' } }, "At path 'root': invalid $ref path: #/$defs/A")
    refuses({ type: 'boolean', default: { $ref: 'x' } }, "At path '$ref': only local references are supported")
    refuses({ type: 'boolean', default: { $ref: 5 } }, "At path 'default.$ref': $ref must be a string")
    const foreign = (patternProperties: unknown): object => object({ a: { type: 'object', patternProperties } }, defs)
    assert.equal(
      problemOf(foreign({ $ref: '#/$defs/A' })),
      "At path 'properties.a.patternProperties': $ref is not allowed in this schema.",
    )
    assert.equal(
      problemOf(foreign({ b: { items: { $ref: '#/$defs/B' } } })),
      "At path 'root': invalid $ref path: #/$defs/B",
    )
    assert.equal(problemOf(foreign({ b: { items: { $ref: '#/$defs/A' } } })), '')
    assert.equal(problemOf({ ...defs, type: 'object', not: { $ref: '#/$defs/A' } }), '')
    assert.equal(problemOf({ ...defs, type: 'object', oneOf: [{ $ref: 'x' }] }), '', 'lists are left alone')
  })

  test('are found again by their path, in which braces mean a choice', () => {
    const braces = { type: 'object', properties: { '{id}': { $ref: '#/$defs/A' } }, ...defs }
    refuses(braces, "At path 'properties.{id}.$ref': invalid path: properties.{id}")
    refuses(
      object({ '{id}': { type: 'string', enum: ['a'] } }),
      "At path 'properties.{id}.enum': invalid path: properties.{id}",
    )
    accepts(object({ '{id}': { type: 'string' }, '{': { type: 'string', enum: ['a'] } }))
  })

  test('are named without slashes, anywhere inside a definition', () => {
    refuses({ $defs: { 'a/b': {} } }, "At path '$defs': $defs property name 'a/b' cannot contain '/' character")
    refuses(
      { $defs: { A: { anyOf: [object({ 'a/b': { type: 'null' } })] } } },
      "At path '$defs.A.anyOf[0]': $defs property name 'a/b' cannot contain '/' character",
    )
    accepts(object({ 'a/b': { type: 'null' } }))
    refuses({ $defs: { '': {} } }, "At path '$defs': $defs property name cannot be empty")
    refuses({ $defs: [] }, "At path '$defs': $defs must be an object")
    refuses({ $defs: { A: true } }, "At path '$defs': $defs schema must be object")
    refuses({ $defs: { Z: true, A: { type: 'x' } } }, "At path '$defs.A': invalid type")
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

  test('is refused when no way ends', () => {
    refuses(listOf(self), `At path 'root': ${endless}`)
    refuses(
      object({ a: { anyOf: [{ $ref: '#' }, object({ b: { $ref: '#' } }, { required: ['b'] })] } }, { required: ['a'] }),
      `At path 'properties.a.anyOf': ${endless}`,
    )
  })

  test('is refused only where no way ends: one required property that does is enough', () => {
    accepts(object({ name: { type: 'string' }, next: { $ref: '#' } }, { required: ['name', 'next'] }))
    const kids = { type: 'array', minItems: 1, items: { $ref: '#' } }
    accepts(object({ a: { type: 'null' }, kids }, { required: ['a', 'kids'] }))
    refuses(object({ kids }, { required: ['kids'] }), `At path 'properties.kids.items': ${endless}`)
  })

  test('is refused for lists whose items never end', () => {
    const items = object({ element: { $ref: '#/$defs/L' } }, { required: ['element'] })
    refuses({ $ref: '#/$defs/L', $defs: { L: { type: 'array', items } } }, `At path 'root': ${endless}`)
  })

  test('does not end in a schema without type, unless that is empty', () => {
    const required = { required: ['a'], $defs: { A: { description: 'anything' }, B: {} } }
    refuses(object({ a: { $ref: '#/$defs/A' } }, required), `At path 'properties.a': ${endless}`)
    accepts(object({ a: { $ref: '#/$defs/B' } }, required))
    accepts(object({ a: { $ref: '#/$defs/A' } }, { ...required, required: [] }))
    accepts(object({ a: { $ref: '#/$defs/A' }, b: { type: 'null' } }, { ...required, required: ['a', 'b'] }))
  })

  test('is not looked for in what a value may do without', () => {
    const more = { required: ['b'], $defs: { A: { description: 'anything' } } }
    const b = { anyOf: [{ description: 'untyped' }] }
    accepts(object({ b }, { ...more, additionalProperties: { $ref: '#/$defs/A' } }))
    accepts(object({ b, c: object({ a: { $ref: '#/$defs/A' } }, { required: [] }) }, more))
    refuses(
      object({ b, c: object({ a: { $ref: '#/$defs/A' } }) }, more),
      `At path 'properties.c.properties.a': ${endless}`,
    )
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

/** A list whose nodes require what comes next, unless `more` says otherwise. */
function listOf(next: unknown, more: object = {}): object {
  return {
    $ref: '#/$defs/node',
    $defs: { node: object({ value: { type: 'string' }, next }, { required: ['next'], ...more }) },
  }
}
