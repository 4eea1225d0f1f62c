/**
 * Reads the parameters of a function for its declaration: which shape each schema has in TypeScript, what its comments
 * say, and what the original cannot say at all. Facts: `tool_declaration_ts.py` of the K2.5 checkpoint.
 */

import { pythonText, sortedEntries } from './python-text.ts'

/** The original raises, and the whole declaration falls back to JSON. */
export class UnsupportedSchemaError extends Error {
  override readonly name = 'UnsupportedSchemaError'
}

interface DeclaredParameters {
  readonly root: ObjectShape
  /** Something refers to `#`. References within definitions do not count: the original reads those too late. */
  readonly refersToRoot: boolean
  readonly definitions: readonly Definition[]
}

interface Definition {
  readonly name: string
  readonly shape: Shape
}

export type Shape = PlainShape | ObjectShape | ArrayShape | UnionShape

interface Comments {
  readonly description: string
  /** `minLength: 1`, sorted, of those that this kind of schema shows; none where there are none. */
  readonly constraints: readonly string[]
}

const NO_COMMENTS: Comments = { description: '', constraints: [] }

/** A type in one word or line, wherever it stands. */
interface PlainShape extends Comments {
  readonly kind: 'plain'
  readonly text: string
}

export interface ObjectShape extends Comments {
  readonly kind: 'object'
  /** In the order of their names. */
  readonly fields: readonly Field[]
  /** The type of further properties, where the schema says something of them. */
  readonly others: Shape | undefined
}

export interface ArrayShape extends Comments {
  readonly kind: 'array'
  readonly item: Shape
}

interface UnionShape extends Comments {
  readonly kind: 'union'
  readonly members: readonly Shape[]
}

export interface Field {
  readonly name: string
  readonly optional: boolean
  /** `null` and `undefined` are none. */
  readonly default: unknown
  readonly shape: Shape
}

type Json = Readonly<Record<string, unknown>>

/**
 * Schemas inside one another. The contract allows thirty objects, between which may stand lists and unions; the original
 * gives up at Python's own depth of recursion, some hundreds.
 */
const MAXIMUM_DEPTH = 128

/** Throws an `UnsupportedSchemaError`. */
export function readParameters(parameters: Json): DeclaredParameters {
  const reader = new SchemaReader()
  const root = reader.object(parameters, 0)
  const { refersToRoot } = reader
  // What definitions define in turn can be referred to, but is not declared.
  const declared = [...reader.definitions]
  const definitions = declared.map(([name, schema]) => {
    if (!isObject(schema)) throw new UnsupportedSchemaError('a definition must be an object')
    return { name, shape: reader.read(schema, 0) }
  })
  return { root, refersToRoot, definitions }
}

/** Keywords that become comments, by type, in the order they are shown in. */
const CONSTRAINTS = new Map<string, readonly string[]>([
  ['string', ['maxLength', 'minLength', 'pattern']],
  ['number', ['maximum', 'minimum']],
  ['integer', ['maximum', 'minimum']],
  ['array', ['maxItems', 'minItems']],
])

/** Everything is read in the order of the original, since a reference must follow the definition that it names. */
class SchemaReader {
  readonly definitions = new Map<string, unknown>()
  refersToRoot = false

  read(schema: unknown, depth: number): Shape {
    if (schema === true) return plain('any')
    if (schema === false) return plain('null')
    if (!isObject(schema)) throw new UnsupportedSchemaError('a schema must be an object or a boolean')
    if (depth > MAXIMUM_DEPTH) throw new UnsupportedSchemaError(`schemas are more than ${MAXIMUM_DEPTH} deep`)
    // The first of these that a schema has decides; what stands beside it does not count.
    if (Object.hasOwn(schema, '$ref')) return this.#reference(schema)
    if (Object.hasOwn(schema, 'anyOf')) return this.#union(schema, depth)
    if (Object.hasOwn(schema, 'enum')) return readEnum(schema)
    if (Object.hasOwn(schema, 'type')) return this.#typed(schema, depth)
    if (isEmpty(schema)) return plain('any')
    throw new UnsupportedSchemaError('a schema needs a type')
  }

  /** Also the root, whatever type that has. */
  object(schema: Json, depth: number): ObjectShape {
    this.#define(schema['$defs'])
    const others = this.#others(schema['additionalProperties'], depth)
    const fields = Object.hasOwn(schema, 'properties') ? this.#fields(schema, depth) : []
    return { kind: 'object', ...commentsOf(schema), fields, others }
  }

  #define(definitions: unknown): void {
    if (isEmpty(definitions)) return
    if (!isObject(definitions)) throw new UnsupportedSchemaError('$defs must be an object')
    for (const [name, schema] of sortedEntries(definitions)) this.definitions.set(name, schema)
  }

  #others(additional: unknown, depth: number): Shape | undefined {
    if (additional === undefined || additional === null) return undefined
    return additional === false ? plain('never') : this.read(additional, depth + 1)
  }

  #fields(schema: Json, depth: number): Field[] {
    const properties = schema['properties']
    if (!isObject(properties)) throw new UnsupportedSchemaError('properties must be an object')
    const required = requiredNames(schema['required'])
    return sortedEntries(properties).map(([name, property]) => ({
      name,
      optional: !required.has(name),
      default: isObject(property) ? property['default'] : undefined,
      shape: this.read(property, depth + 1),
    }))
  }

  #typed(schema: Json, depth: number): Shape {
    const { type } = schema
    if (Array.isArray(type)) return readTypeList(type, schema)
    if (typeof type !== 'string') throw new UnsupportedSchemaError('type must be a string or a list')
    if (type === 'object') return this.object(schema, depth)
    if (type === 'array') return this.#array(schema, depth)
    return { kind: 'plain', ...commentsOf(schema, type), text: type === 'integer' ? 'number' : type }
  }

  #array(schema: Json, depth: number): ArrayShape {
    const { items } = schema
    const item = isEmpty(items) ? plain('any') : this.read(items, depth + 1)
    return { kind: 'array', ...commentsOf(schema, 'array'), item }
  }

  #union(schema: Json, depth: number): UnionShape {
    const members = schema['anyOf']
    if (!Array.isArray(members)) throw new UnsupportedSchemaError('anyOf must be a list')
    return { kind: 'union', ...commentsOf(schema), members: members.map((member) => this.read(member, depth + 1)) }
  }

  #reference(schema: Json): PlainShape {
    const ref = schema['$ref']
    if (ref === '#') {
      this.refersToRoot = true
      return { kind: 'plain', ...commentsOf(schema), text: 'parameters' }
    }
    if (typeof ref !== 'string' || !ref.startsWith('#/$defs/')) throw new UnsupportedSchemaError('unknown form of $ref')
    const name = ref.slice(ref.lastIndexOf('/') + 1)
    if (!isObject(this.definitions.get(name))) throw new UnsupportedSchemaError('$ref to what is not defined')
    return { kind: 'plain', ...commentsOf(schema), text: name }
  }
}

function readTypeList(types: readonly unknown[], schema: Json): UnionShape {
  const members = types.map((type) => {
    const shape = SHAPES_IN_LIST.get(type)
    if (shape === undefined) throw new UnsupportedSchemaError('unknown type in a list of types')
    return shape
  })
  return { kind: 'union', ...commentsOf(schema), members }
}

function readEnum(schema: Json): PlainShape {
  const values = schema['enum']
  if (!Array.isArray(values)) throw new UnsupportedSchemaError('enum must be a list')
  const fits = Object.hasOwn(schema, 'type') ? FITS.get(typeOfEnum(schema['type'])) : undefined
  if (fits !== undefined && !values.every((value) => value === null || fits(value))) {
    throw new UnsupportedSchemaError('a value of an enum is not of its type')
  }
  // Strings are quoted, and not escaped.
  const literals = values.map((value) => (typeof value === 'string' ? `"${value}"` : pythonText(value)))
  return { kind: 'plain', ...commentsOf(schema), text: literals.join(' | ') }
}

/** One type, or one beside `null`. */
function typeOfEnum(type: unknown): unknown {
  if (!Array.isArray(type)) return type
  if (type.length === 1) return type[0]
  if (type.length !== 2 || !type.includes('null')) throw new UnsupportedSchemaError('an enum of several types')
  return type[0] === 'null' ? type[1] : type[0]
}

/** What Python's `isinstance` says, to which a `bool` is an `int`. Other types hold their values to nothing. */
const FITS = new Map<unknown, (value: unknown) => boolean>([
  ['string', (value) => typeof value === 'string'],
  ['number', (value) => typeof value === 'number' || typeof value === 'boolean'],
  ['integer', (value) => Number.isInteger(value) || typeof value === 'boolean'],
  ['boolean', (value) => typeof value === 'boolean'],
])

function requiredNames(required: unknown): ReadonlySet<unknown> {
  if (required === undefined) return new Set()
  if (!Array.isArray(required)) throw new UnsupportedSchemaError('required must be a list')
  return new Set(required)
}

function commentsOf(schema: Json, type = ''): Comments {
  const { description } = schema
  if (typeof description !== 'string' && !isEmpty(description)) {
    throw new UnsupportedSchemaError('a description must be a string')
  }
  const shown = (CONSTRAINTS.get(type) ?? []).filter((keyword) => Object.hasOwn(schema, keyword))
  return {
    description: typeof description === 'string' ? description : '',
    constraints: shown.map((keyword) => `${keyword}: ${pythonText(schema[keyword])}`),
  }
}

function plain(text: string): PlainShape {
  return { kind: 'plain', ...NO_COMMENTS, text }
}

/** Types that a list of types may name: objects are empty there, and lists are of anything. */
const SHAPES_IN_LIST = new Map<unknown, Shape>([
  ['string', plain('string')],
  ['number', plain('number')],
  ['integer', plain('number')],
  ['boolean', plain('boolean')],
  ['null', plain('null')],
  ['object', { kind: 'object', ...NO_COMMENTS, fields: [], others: undefined }],
  ['array', { kind: 'array', ...NO_COMMENTS, item: plain('any') }],
])

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What Python counts as false. */
function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !value
  return Object.keys(value).length === 0
}
