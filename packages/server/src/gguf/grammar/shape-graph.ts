/** A schema as a graph of shapes: each node is what may stand in one place of a value, as alternatives by type. */

import { isFields } from '@moonbase/protocol'
import { accepts, sameJson } from './accepts.ts'
import { GrammarError } from './grammar-error.ts'
import { type Alternative, type Schema, SchemaReader } from './schema-reader.ts'

export interface ShapeNode {
  readonly id: number
  /** None: no value at all. */
  shapes: readonly Shape[]
}

export type Shape = ValuesShape | StringShape | NumberShape | ArrayShape | ObjectShape

/** These values and no others, as far as they fit `within`. */
interface ValuesShape {
  readonly kind: 'values'
  readonly values: readonly unknown[]
  readonly within: readonly Shape[] | undefined
}

/** Lengths in code points. */
export interface StringShape {
  readonly kind: 'string'
  readonly least: number
  readonly most: number
}

interface NumberShape {
  readonly kind: 'number'
  readonly whole: boolean
  readonly least: number
  readonly most: number
}

export interface ArrayShape {
  readonly kind: 'array'
  readonly least: number
  readonly most: number
  readonly items: ShapeNode
}

export interface ObjectShape {
  readonly kind: 'object'
  readonly members: readonly ShapeMember[]
  /** What members of other names must fit; `undefined` when there may be none. */
  readonly extra: ShapeNode | undefined
  /** Whether the schema says itself that there may be others, or names none. */
  readonly offersExtra: boolean
}

interface ShapeMember {
  readonly name: string
  readonly required: boolean
  readonly node: ShapeNode
}

/** Places of one schema that differ. A schema of 120,000 bytes cannot state half as many by itself. */
const MOST_NODES = 20_000

const TYPES = ['object', 'array', 'string', 'number', 'integer', 'boolean', 'null'] as const
type Type = (typeof TYPES)[number]

/** The node of the values that fit all of `schemas`, with all that it leads to. Throws `GrammarError` (too-complex). */
export function shapeGraph(root: Schema, schemas: readonly Schema[]): { root: ShapeNode; nodes: readonly ShapeNode[] } {
  const builder = new GraphBuilder(root)
  const node = builder.node(schemas)
  return { root: node, nodes: builder.complete() }
}

class GraphBuilder {
  readonly #reader: SchemaReader
  readonly #nodes: ShapeNode[] = []
  readonly #byAlternatives = new Map<string, ShapeNode>()
  /** What nodes are yet to be made of. A queue, so that the depth of a schema costs no stack. */
  readonly #pending: { readonly node: ShapeNode; readonly alternatives: readonly Alternative[] }[] = []

  constructor(root: Schema) {
    this.#reader = new SchemaReader(root)
  }

  node(schemas: readonly Schema[]): ShapeNode {
    const alternatives = this.#reader.alternatives(schemas)
    const key = alternatives.map((atoms) => atoms.map(({ id }) => id).join(' ')).join('|')
    const keyed = alternatives.length === 0 ? 'none' : key
    const known = this.#byAlternatives.get(keyed)
    if (known !== undefined) return known
    if (this.#nodes.length === MOST_NODES) {
      throw new GrammarError('too-complex', `a schema has more than ${MOST_NODES} different places`)
    }
    const node: ShapeNode = { id: this.#nodes.length, shapes: [] }
    this.#nodes.push(node)
    this.#byAlternatives.set(keyed, node)
    this.#pending.push({ node, alternatives })
    return node
  }

  complete(): readonly ShapeNode[] {
    for (let index = 0; index < this.#pending.length; index += 1) {
      const pending = this.#pending[index]
      if (pending !== undefined) {
        pending.node.shapes = pending.alternatives.flatMap((atoms) => this.#shapes(atoms.map(({ schema }) => schema)))
      }
    }
    for (const node of this.#nodes) node.shapes = settled(node.shapes)
    return this.#nodes
  }

  #shapes(schemas: readonly Schema[]): readonly Shape[] {
    const shapes = TYPES.filter((type) => schemas.every((schema) => allows(schema, type))).flatMap((type) =>
      this.#ofType(schemas, type),
    )
    const values = valuesOf(schemas)
    return values === undefined ? shapes : [{ kind: 'values', values, within: shapes }]
  }

  #ofType(schemas: readonly Schema[], type: Type): readonly Shape[] {
    switch (type) {
      case 'null':
        return [{ kind: 'values', values: [null], within: undefined }]
      case 'boolean':
        return [{ kind: 'values', values: [true, false], within: undefined }]
      case 'string':
        return between(schemas, 'minLength', 'maxLength', (least, most) => ({ kind: 'string', least, most }))
      case 'integer':
        // Where any number may stand, whole ones need no shape of their own.
        return schemas.every((schema) => allows(schema, 'number')) ? [] : numbers(schemas, true)
      case 'number':
        return numbers(schemas, false)
      case 'array':
        return between(schemas, 'minItems', 'maxItems', (least, most) => {
          return { kind: 'array', least, most, items: this.#place(schemas.map((schema) => schema['items'])) }
        })
      case 'object':
        return [this.#object(schemas)]
    }
  }

  #object(schemas: readonly Schema[]): ObjectShape {
    const parts = schemas.map(partsOf)
    const required = new Set(parts.flatMap((part) => part.required))
    const names = new Set([...parts.flatMap((part) => Object.keys(part.properties)), ...required])
    const members = Array.from(names, (name) => ({
      name,
      required: required.has(name),
      node: this.#place(
        parts.map(({ properties, extra }) => (Object.hasOwn(properties, name) ? properties[name] : extra)),
      ),
    }))
    const isClosed = parts.some(({ extra }) => extra === false)
    return {
      kind: 'object',
      members,
      extra: isClosed ? undefined : this.#place(parts.map(({ extra }) => extra)),
      offersExtra: members.length === 0 || parts.some(({ extra }) => extra !== undefined),
    }
  }

  /** `false` allows nothing; what is no object allows everything. */
  #place(schemas: readonly unknown[]): ShapeNode {
    if (schemas.includes(false)) return this.node([NOTHING])
    return this.node(schemas.filter(isFields))
  }
}

/** The matcher takes an `enum` without values for one that no value fits. */
const NOTHING: Schema = { enum: [] }

function partsOf(schema: Schema): { properties: Schema; required: readonly string[]; extra: unknown } {
  const { properties, required, additionalProperties } = schema
  const names: readonly unknown[] = Array.isArray(required) ? required : []
  return {
    properties: isFields(properties) ? properties : {},
    required: names.filter((name) => typeof name === 'string'),
    extra: additionalProperties,
  }
}

/** Whether values of a type get past the schema's own `type`. */
function allows(schema: Schema, type: Type): boolean {
  const { type: stated } = schema
  const listed: readonly unknown[] = Array.isArray(stated) ? stated : [stated]
  const types = TYPES.filter((one) => listed.includes(one))
  return types.length === 0 || types.includes(type) || (type === 'integer' && types.includes('number'))
}

/** The values that all `enum`s share, or `undefined` when none is stated. */
function valuesOf(schemas: readonly Schema[]): readonly unknown[] | undefined {
  let shared: readonly unknown[] | undefined
  for (const { enum: stated } of schemas) {
    if (!Array.isArray(stated)) continue
    const values: readonly unknown[] = stated
    shared = shared === undefined ? values : shared.filter((one) => values.some((value) => sameJson(one, value)))
  }
  return shared
}

function numbers(schemas: readonly Schema[], whole: boolean): readonly Shape[] {
  const least = Math.max(...schemas.map((schema) => boundOf(schema, 'minimum') ?? -Infinity))
  const most = Math.min(...schemas.map((schema) => boundOf(schema, 'maximum') ?? Infinity))
  // A bound like 1e999 has become an infinity.
  const isEmpty = least > most || least === Infinity || most === -Infinity
  return isEmpty ? [] : [{ kind: 'number', whole, least, most }]
}

function between(
  schemas: readonly Schema[],
  low: string,
  high: string,
  shape: (least: number, most: number) => Shape,
): readonly Shape[] {
  const least = Math.max(0, ...schemas.map((schema) => Math.ceil(boundOf(schema, low) ?? 0)))
  const most = Math.min(...schemas.map((schema) => Math.floor(boundOf(schema, high) ?? Infinity)))
  return least <= most ? [shape(least, most)] : []
}

function boundOf(schema: Schema, keyword: string): number | undefined {
  const bound = schema[keyword]
  return typeof bound === 'number' ? bound : undefined
}

/** Values that the rest of their schema refuses are left out, and so are repeated ones. */
function settled(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.flatMap((shape): Shape[] => {
    if (shape.kind !== 'values') return [shape]
    const values = shape.values.filter((value) => shape.within === undefined || accepts(shape.within, value))
    const texts = new Map(values.map((value) => [JSON.stringify(value), value]))
    return texts.size === 0 ? [] : [{ kind: 'values', values: Array.from(texts.values()), within: undefined }]
  })
}
