import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { MFJS_LIMITS } from './mfjs-limits.ts'
import { describeProblem } from './mfjs-problem.ts'
import { type MfjsOptions, validateMfjs } from './validate-mfjs.ts'

function problemOf(schema: unknown, options: MfjsOptions = {}): string {
  const problem = validateMfjs(schema, options)
  return problem === undefined ? '' : describeProblem(problem)
}

describe('each limit, met and passed by one', () => {
  test('1,000 values of an enum', () => {
    assert.equal(MFJS_LIMITS.enumValues, 1000)
    assert.equal(problemOf(enumerating(1000)), '')
    assert.equal(problemOf(enumerating(1001)), "At path 'enum': enum array cannot have more than 1000 items")
  })

  test('75,000 bytes of an enum with more than 2,500 values', () => {
    assert.deepEqual([MFJS_LIMITS.enumBytes, MFJS_LIMITS.longEnum], [75_000, 2500])
    // By itself the number of values is limited below that, so room is made for more of them.
    const options = { limits: { enumValues: 5000, schemaBytes: 1_000_000 } }
    const most = 75_000 - 2500 * 29
    assert.equal(problemOf(enumerating(2500, 29, 'x'.repeat(most)), options), '')
    assert.equal(
      problemOf(enumerating(2500, 29, 'x'.repeat(most + 1)), options),
      "At path 'enum': total string length of enum values (75001) exceeds maximum limit of 75000 characters when enum has more than 2500 values",
    )
    assert.equal(problemOf(enumerating(2499, 29, 'x'.repeat(most * 10)), options), '')
    assert.match(problemOf(enumerating(2500, 29, '月'.repeat(most / 2)), options), /total string length/)
  })

  test('500 branches of anyOf', () => {
    assert.equal(MFJS_LIMITS.anyOfItems, 500)
    const branches = Array.from({ length: 501 }, () => ({ type: 'null' }))
    assert.equal(problemOf({ anyOf: branches.slice(1) }), '')
    assert.equal(problemOf({ anyOf: branches }), "At path 'anyOf': anyOf must have 1-500 items")
  })

  test('30 objects inside one another', () => {
    assert.equal(MFJS_LIMITS.depth, 30)
    assert.equal(problemOf(objectsInside(30)), '')
    const path = Array.from({ length: 31 }, () => 'properties.p').join('.')
    assert.equal(problemOf(objectsInside(31)), `At path '${path}': schema depth exceeds maximum limit of 30`)
  })

  test('30 objects through references', () => {
    assert.equal(problemOf(objectsThroughReferences(30)), '')
    assert.equal(problemOf(objectsThroughReferences(31)), "At path 'root': schema depth exceeds maximum limit of 30")
  })

  test('120,000 bytes of schema, whatever the characters take', () => {
    assert.equal(MFJS_LIMITS.schemaBytes, 120_000)
    const characters = { x: 1, '\n': 2, '"': 2, é: 2, 月: 3, '🌒': 4, '<': 6, '\u0001': 6, '\u2028': 6 }
    for (const [character, size] of Object.entries(characters)) {
      assert.equal(problemOf(ofBytes(120_000, character, size)), '', character)
      assert.equal(problemOf(ofBytes(120_001, character, size)), TOO_LARGE, character)
    }
  })

  test('spaces do not count, brackets, commas and colons do', () => {
    const schema = { type: ['string', 'null'], $defs: { a: {}, b: { type: 'array', minItems: 12, items: {} } } }
    const size = JSON.stringify(schema).length
    assert.equal(problemOf(schema, { limits: { schemaBytes: size } }), '')
    assert.equal(problemOf(schema, { limits: { schemaBytes: size - 1 } }), TOO_LARGE)
  })

  test('3,000 names of properties, in all objects together', () => {
    assert.equal(MFJS_LIMITS.propertyKeys, 3000)
    assert.equal(problemOf(withNames(2989, 10)), '')
    assert.equal(
      problemOf(withNames(2989, 11)),
      "At path 'properties.inner': total number of properties keys(3001) across all objects exceeds maximum limit of 3000",
    )
  })

  test('512 levels of JSON', () => {
    assert.equal(MFJS_LIMITS.nesting, 512)
    assert.equal(problemOf(listsInside(512)), '')
    assert.equal(problemOf(listsInside(513)), TOO_DEEP)
  })

  test('500,000 steps through references, and a chain of 1,000', () => {
    assert.equal(MFJS_LIMITS.steps, 500_000)
    assert.equal(problemOf(chainOf(100), { limits: { steps: 2000 } }), '')
    assert.equal(problemOf(chainOf(100), { limits: { steps: 200 } }), TOO_COMPLEX)
    assert.equal(problemOf(chainOf(1000)), '')
    assert.equal(problemOf(chainOf(1001)), TOO_COMPLEX)
  })
})

describe('whatever the schema', () => {
  test('nested 100,000 deep, or containing itself, it is refused by name', () => {
    assert.equal(problemOf(listsInside(100_000)), TOO_DEEP)
    const circle: Record<string, unknown> = { type: 'object' }
    circle['properties'] = { circle }
    assert.equal(problemOf(circle), TOO_DEEP)
  })

  test('a very long text is not read to its end', () => {
    assert.equal(problemOf({ type: 'object', description: 'x'.repeat(20_000_000) }), TOO_LARGE)
  })

  test('definitions that all refer to one another are checked in moderate time', () => {
    const names = Array.from({ length: 40 }, (_, index) => `d${index}`)
    const anyOf = names.map((name) => ({ $ref: `#/$defs/${name}` }))
    const schema = { $ref: '#/$defs/d0', $defs: Object.fromEntries(names.map((name) => [name, { anyOf }])) }
    assert.match(problemOf(schema), /detected infinite recursion/)
  })
})

const TOO_LARGE = "At path 'root': schema exceeds maximum allowed size"
const TOO_DEEP = "At path 'root': schema is nested deeper than 512 levels"
const TOO_COMPLEX = "At path 'root': reference graph is too complex to validate within the step budget"

function texts(count: number, length = 1): string[] {
  return Array.from({ length: count }, (_, index) => String(index).padStart(length, 'x'))
}

/** `count` texts of one length, and perhaps one more. */
function enumerating(count: number, length = 1, ...more: readonly string[]): object {
  return { type: 'string', enum: [...texts(count, length), ...more] }
}

function objectsInside(depth: number): object {
  return depth === 0 ? { type: 'string' } : { type: 'object', properties: { p: objectsInside(depth - 1) } }
}

function objectsThroughReferences(depth: number): object {
  const definitions = Array.from({ length: depth - 1 }, (_, index) => {
    const inner = index === depth - 2 ? { type: 'null' } : { $ref: `#/$defs/d${index + 1}` }
    return [`d${index}`, { type: 'object', properties: { p: inner } }] as const
  })
  return { type: 'object', properties: { p: { $ref: '#/$defs/d0' } }, $defs: Object.fromEntries(definitions) }
}

/** A schema of exactly so many bytes, most of them in one character. */
function ofBytes(bytes: number, character: string, size: number): object {
  const rest = bytes - '{"type":"object","description":""}'.length
  return { type: 'object', description: character.repeat(Math.floor(rest / size)) + 'x'.repeat(rest % size) }
}

function withNames(outer: number, inner: number): object {
  return { type: 'object', properties: { ...named(outer), inner: { type: 'object', properties: named(inner) } } }
}

function named(count: number): object {
  return Object.fromEntries(texts(count).map((name) => [name, { type: 'null' }]))
}

/** Lists in one another, `levels` levels of JSON in all. */
function listsInside(levels: number): object {
  let schema: object = { type: 'null' }
  for (let level = 1; level < levels; level += 1) schema = { type: 'array', items: schema }
  return schema
}

/** Definitions that refer to the next one each, and the last to the first. */
function chainOf(count: number): object {
  const definitions = Array.from({ length: count }, (_, index) => {
    return [`d${index}`, { anyOf: [{ $ref: `#/$defs/d${(index + 1) % count}` }, { type: 'null' }] }] as const
  })
  return { $ref: '#/$defs/d0', $defs: Object.fromEntries(definitions) }
}
