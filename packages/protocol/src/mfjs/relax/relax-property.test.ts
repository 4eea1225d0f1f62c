import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { firstMismatch } from '../first-mismatch.ts'
import { isJsonObject, jsonEqual, type JsonObject, type JsonValue } from '../json.ts'
import { describeProblem } from '../mfjs-problem.ts'
import { validateMfjs } from '../validate-mfjs.ts'
import { relaxMfjs } from './relax-mfjs.ts'

const seed = Number(process.env['MFJS_SEED'] ?? 20260127)
const rounds = Number(process.env['MFJS_ROUNDS'] ?? 1500)

test('what an ordinary schema allows, the relaxed one allows too; and it is MFJS, or the problem is told', () => {
  const random = seededRandom(seed)
  let clean = 0
  let checked = 0
  for (let round = 0; round < rounds; round += 1) {
    const schema = frozen(new Generator(random).root())
    const about = `seed ${seed}, round ${round}: ${JSON.stringify(schema)}`
    const before = JSON.stringify(schema)
    const relaxed = relaxMfjs(schema)
    assert.equal(JSON.stringify(schema), before, about)
    assert.deepEqual(relaxed.problem, validateMfjs(relaxed.schema, { level: 'ultra' }), about)
    if (relaxed.problem !== undefined) continue
    clean += 1
    const again = relaxMfjs(relaxed.schema)
    assert.equal(again.schema, relaxed.schema, about)
    assert.deepEqual(again.changes, [], about)
    for (let sample = 0; sample < 40; sample += 1) {
      const value = randomValue(random, 3)
      if (!new Ordinary(schema).allows(schema, value)) continue
      checked += 1
      const mismatch = firstMismatch(relaxed.schema, value)
      assert.equal(
        mismatch && describeProblem(mismatch),
        undefined,
        `${about}\nvalue ${JSON.stringify(value)}\nrelaxed ${JSON.stringify(relaxed.schema)}`,
      )
    }
  }
  // The test would be worth nothing if hardly a schema or value came this far.
  assert.ok(clean > rounds * 0.7, `${clean} of ${rounds} schemas became MFJS`)
  assert.ok(checked > rounds, `${checked} values were allowed by their schema`)
})

const NAMES = ['a', 'b', 'c']
const TYPES = ['string', 'number', 'integer', 'boolean', 'null', 'object', 'array'] as const

/** Ordinary JSON Schema of all kinds. Structural keywords stand beside a type, as relaxing guesses it otherwise. */
class Generator {
  readonly #random: () => number
  readonly #definitions: readonly string[]

  constructor(random: () => number) {
    this.#random = random
    this.#definitions = this.#chance(0.5) ? ['A', 'B'] : []
  }

  root(): JsonObject {
    const schema = this.#schema(3)
    const keyword = this.#chance(0.5) ? '$defs' : 'definitions'
    const definitions = Object.fromEntries(this.#definitions.map((name) => [name, this.#schema(2)]))
    const whole: JsonObject = { ...(isJsonObject(schema) ? schema : {}), [keyword]: definitions }
    const text = JSON.stringify(this.#definitions.length > 0 ? whole : schema).replaceAll('DEFS', keyword)
    const parsed: unknown = JSON.parse(text)
    return isJsonObject(parsed) ? parsed : {}
  }

  #schema(depth: number): JsonValue {
    if (this.#chance(0.04)) return this.#chance(0.7)
    if (this.#definitions.length > 0 && this.#chance(0.12)) return this.#reference(depth)
    const choice = this.#random()
    if (depth === 0 || choice < 0.45) return this.#typed(depth)
    if (choice < 0.55) return { enum: this.#some(3, () => randomValue(this.#random, 0)) }
    if (choice < 0.6) return { const: randomValue(this.#random, 1), description: 'one' }
    if (choice > 0.95) return { ...this.#annotations(), not: this.#schema(depth - 1) }
    const beside = this.#besides(depth)
    const keyword = this.#one(['anyOf', 'anyOf', 'oneOf', 'allOf'])
    return { ...beside, [keyword]: this.#some(3, () => this.#branch(beside['type'] !== undefined, depth - 1)) }
  }

  /** Beside a type, a branch need not name one: `{"type":"object","anyOf":[{"required":["a"]},…]}`. */
  #branch(besideType: boolean, depth: number): JsonValue {
    if (!besideType || this.#chance(0.6)) return this.#schema(depth)
    return { ...this.#annotations(), ...this.#constraints(this.#one(TYPES), depth) }
  }

  #reference(depth: number): JsonValue {
    const name = this.#one(this.#definitions)
    return { $ref: this.#chance(0.1) ? '#' : `#/DEFS/${name}`, ...(this.#chance(0.3) && this.#besides(depth)) }
  }

  #besides(depth: number): JsonObject {
    if (this.#chance(0.4)) return this.#annotations()
    const typed = this.#typed(Math.min(depth - 1, 1))
    return isJsonObject(typed) ? typed : {}
  }

  #annotations(): JsonObject {
    return {
      ...(this.#chance(0.3) && { description: this.#one(NAMES) }),
      ...(this.#chance(0.2) && { title: this.#one(NAMES) }),
      ...(this.#chance(0.2) && { default: randomValue(this.#random, 0) }),
      ...(this.#chance(0.1) && { examples: [1] }),
      ...(this.#chance(0.05) && { $schema: 'https://json-schema.org/draft/2020-12/schema' }),
    }
  }

  #typed(depth: number): JsonObject {
    const types = this.#some(this.#chance(0.25) ? 3 : 1, () => this.#one(TYPES))
    const [only] = types
    return {
      type: types.length === 1 && only !== undefined ? only : types,
      ...this.#annotations(),
      ...(this.#chance(0.1) && { nullable: true }),
      ...(this.#chance(0.15) && { enum: this.#some(3, () => randomValue(this.#random, 0)) }),
      ...Object.assign({}, ...types.map((type) => this.#constraints(type, depth))),
    }
  }

  #constraints(type: (typeof TYPES)[number], depth: number): JsonObject {
    if (type === 'string') {
      return {
        ...(this.#chance(0.3) && { minLength: this.#number(2) }),
        ...(this.#chance(0.3) && { maxLength: this.#number(3) }),
        ...(this.#chance(0.2) && { format: 'uuid' }),
      }
    }
    if (type === 'number' || type === 'integer') {
      return {
        ...(this.#chance(0.3) && { minimum: this.#number(3) - 2 + (this.#chance(0.3) ? 0.5 : 0) }),
        ...(this.#chance(0.3) && { exclusiveMaximum: this.#number(5) }),
        ...(this.#chance(0.2) && { exclusiveMinimum: this.#number(3) - 2 }),
        ...(this.#chance(0.1) && { multipleOf: 1 }),
      }
    }
    if (depth === 0) return {}
    if (type === 'array') {
      return {
        ...(this.#chance(0.5) && { items: this.#schema(depth - 1) }),
        ...(this.#chance(0.2) && { prefixItems: this.#some(2, () => this.#schema(depth - 1)) }),
        ...(this.#chance(0.2) && { minItems: this.#number(2) }),
        ...(this.#chance(0.2) && { maxItems: this.#number(3) }),
        ...(this.#chance(0.1) && { uniqueItems: true }),
      }
    }
    if (type !== 'object') return {}
    return {
      ...(this.#chance(0.8) && {
        properties: Object.fromEntries(this.#some(3, () => this.#one(NAMES)).map((n) => [n, this.#schema(depth - 1)])),
      }),
      ...(this.#chance(0.4) && { required: this.#some(2, () => this.#one(NAMES)) }),
      ...(this.#chance(0.4) && { additionalProperties: this.#chance(0.6) ? false : this.#schema(depth - 1) }),
      ...(this.#chance(0.1) && { patternProperties: { '^[bc]': this.#schema(depth - 1) } }),
    }
  }

  #chance(share: number): boolean {
    return this.#random() < share
  }

  #number(most: number): number {
    return Math.floor(this.#random() * (most + 1))
  }

  #one<T>(list: readonly T[]): T {
    const one = list[Math.floor(this.#random() * list.length)]
    assert.ok(one !== undefined)
    return one
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: 1 + Math.floor(this.#random() * most) }, make)
  }
}

function randomValue(random: () => number, depth: number): JsonValue {
  const choice = Math.floor(random() * (depth === 0 ? 5 : 8))
  if (choice === 0) return null
  if (choice === 1) return random() < 0.5
  if (choice === 2) return Math.floor(random() * 6) - 2
  if (choice === 3) return (Math.floor(random() * 6) - 2) / 2
  if (choice === 4) return ['', 'a', 'b', 'abc', '🌒', '🌒🌒'][Math.floor(random() * 6)] ?? ''
  if (choice === 5) return Array.from({ length: Math.floor(random() * 4) }, () => randomValue(random, depth - 1))
  const names = NAMES.filter(() => random() < 0.5)
  return Object.fromEntries(names.map((name) => [name, randomValue(random, depth - 1)]))
}

/** A small judge of ordinary JSON Schema, independent of what is tested. */
class Ordinary {
  readonly #root: JsonObject
  #steps = 0

  constructor(root: JsonObject) {
    this.#root = root
  }

  allows(schema: JsonValue | undefined, value: JsonValue): boolean {
    this.#steps += 1
    // A circle of references allows nothing; what else it could allow nobody can say.
    if (this.#steps > 2000) return false
    if (schema === undefined || schema === true) return true
    if (!isJsonObject(schema)) return false
    if (schema['nullable'] === true && value === null) return true
    return (
      this.#allowsType(schema['type'], value) &&
      (schema['const'] === undefined || jsonEqual(schema['const'], value)) &&
      (!Array.isArray(schema['enum']) || schema['enum'].some((one: JsonValue) => jsonEqual(one, value))) &&
      this.#allowsReference(schema['$ref'], value) &&
      listOf(schema['allOf']).every((part) => this.allows(part, value)) &&
      (schema['anyOf'] === undefined || listOf(schema['anyOf']).some((part) => this.allows(part, value))) &&
      (schema['oneOf'] === undefined ||
        listOf(schema['oneOf']).filter((part) => this.allows(part, value)).length === 1) &&
      (schema['not'] === undefined || !this.allows(schema['not'], value)) &&
      this.#allowsInside(schema, value)
    )
  }

  #allowsType(type: JsonValue | undefined, value: JsonValue): boolean {
    if (type === undefined) return true
    return (Array.isArray(type) ? type : [type]).some((one: JsonValue) => {
      if (one === 'null') return value === null
      if (one === 'array') return Array.isArray(value)
      if (one === 'object') return isJsonObject(value)
      return one === 'integer' ? Number.isInteger(value) : typeof value === one
    })
  }

  #allowsReference(reference: JsonValue | undefined, value: JsonValue): boolean {
    if (typeof reference !== 'string') return true
    if (reference === '#') return this.allows(this.#root, value)
    const [, keyword = '', name = ''] = reference.split('/')
    const definitions = this.#root[keyword]
    return isJsonObject(definitions) && this.allows(definitions[name], value)
  }

  #allowsInside(schema: JsonObject, value: JsonValue): boolean {
    const bound = (keyword: string, otherwise: number): number => {
      const set = schema[keyword]
      return typeof set === 'number' ? set : otherwise
    }
    if (typeof value === 'string') {
      const length = Array.from(value).length
      return length >= bound('minLength', 0) && length <= bound('maxLength', Infinity)
    }
    if (typeof value === 'number') {
      return (
        value >= bound('minimum', -Infinity) &&
        value > bound('exclusiveMinimum', -Infinity) &&
        value < bound('exclusiveMaximum', Infinity) &&
        Number.isInteger(value / bound('multipleOf', value === 0 ? 1 : value))
      )
    }
    if (Array.isArray(value)) {
      const prefix = listOf(schema['prefixItems'])
      return (
        value.length >= bound('minItems', 0) &&
        value.length <= bound('maxItems', Infinity) &&
        value.every((item: JsonValue, index) =>
          this.allows(index < prefix.length ? prefix[index] : schema['items'], item),
        ) &&
        (schema['uniqueItems'] !== true ||
          value.every((item, index) => value.findIndex((one) => jsonEqual(one, item)) === index))
      )
    }
    return !isJsonObject(value) || this.#allowsMembers(schema, value)
  }

  #allowsMembers(schema: JsonObject, value: JsonObject): boolean {
    const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
    const patterns = Object.entries(isJsonObject(schema['patternProperties']) ? schema['patternProperties'] : {})
    return (
      listOf(schema['required']).every((name) => typeof name === 'string' && Object.hasOwn(value, name)) &&
      Object.entries(value).every(([name, member]) => {
        const own = [
          ...(Object.hasOwn(properties, name) ? [properties[name]] : []),
          ...patterns.filter(([pattern]) => new RegExp(pattern).test(name)).map(([, pattern]) => pattern),
        ]
        return (own.length > 0 ? own : [schema['additionalProperties']]).every((one) => this.allows(one, member))
      })
    )
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : []
}

/** A change to the input would throw. */
function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value)
    for (const member of Object.values(value)) frozen(member)
  }
  return value
}
