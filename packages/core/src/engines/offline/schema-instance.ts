/** Values that fit a schema, taken from the messages where they say something and made up plainly where they do not. */

import type { JsonSchema } from '../../generation/index.ts'
import { patternSample, patternTakes } from './pattern-sample.ts'
import { type Property, describeProperty } from './property-kind.ts'
import { sampleNumber, sampleText } from './samples.ts'
import { SchemaHeights, extraSchemaOf } from './schema-height.ts'
import {
  alternativesOf,
  boundOf,
  codePointLength,
  descriptionOf,
  enumOf,
  propertiesOf,
  refOf,
  requiredOf,
  resolveRef,
  schemaOf,
  takesScalar,
  typesOf,
  type JsonType,
} from './schema-view.ts'
import { searchPhrase } from './spoken-text.ts'
import { type ValueFinder, isHeading } from './value-finder.ts'
import { stemsOf, wordsOf, wordsOfName } from './words.ts'

/** No value of a sane size fits: `message` says why, in words for the client. */
export class NoInstanceError extends Error {
  override readonly name = 'NoInstanceError'
}

export interface InstanceOptions {
  readonly finder: ValueFinder
  /** Fill optional properties too, as an answer does; arguments of a call leave out what nobody asked for. */
  readonly complete: boolean
  /** What a property that holds prose says when the messages give it no words of its own. */
  readonly prose: string
}

/** Values of one instance, lists and objects included. */
const MAXIMUM_VALUES = 20_000
/** Characters of all its strings. */
const MAXIMUM_CHARACTERS = 200_000
/** Below this depth only what the schema demands is written. */
const GENEROUS_DEPTH = 4
/** Objects of one list that are read out of the messages. */
const MAXIMUM_READ_OBJECTS = 16

/** Nothing was said about this value. No JSON value can be mistaken for it. */
export const NOTHING = Symbol('nothing')

/**
 * `said`: only what the messages say, else `NOTHING`. `must`: that, else something made up. `made`: the messages were
 * searched already and said nothing, so every subtree is searched once however deep it is.
 */
type Mode = 'said' | 'must' | 'made'

interface Way {
  readonly mode: Mode
  readonly depth: number
  /** References that are being followed: a second visit takes the shortest way out. */
  readonly refs: ReadonlySet<string>
}

/** Makes values for one root schema. Stateful: values of the messages are given out once. */
export class InstanceMaker {
  readonly #root: JsonSchema
  readonly #heights: SchemaHeights
  readonly #options: InstanceOptions
  /** Values at the top of the instance that were named in a list: what parallel calls are made of. */
  readonly lists = new Map<string, readonly (string | number)[]>()
  /** Properties by name and description: the same ones are met again and again. */
  readonly #properties = new Map<string, Property>()
  /** Stems of the question, when somebody needed them. */
  #asked: ReadonlySet<string> | undefined
  #values = 0
  #characters = 0

  constructor(root: JsonSchema, options: InstanceOptions) {
    this.#root = root
    this.#heights = new SchemaHeights(root)
    this.#options = options
  }

  /** An instance of `schema`, which is the root or a part of it. Throws `NoInstanceError`. */
  make(schema: JsonSchema = this.#root, name = '', depth = 0): unknown {
    const value = this.#fill(schema, this.#describe(name, schema), { mode: 'must', depth, refs: new Set() })
    if (value === NOTHING) throw new NoInstanceError('no finite value fits it')
    return value
  }

  /** What the messages say about a value, or `NOTHING`. */
  said(schema: JsonSchema, name: string, depth = 1): unknown {
    return this.#fill(schema, this.#describe(name, schema), { mode: 'said', depth, refs: new Set() })
  }

  /** A value of the messages that begins as `text` does. */
  completing(text: string): string | undefined {
    return text === '' ? undefined : this.#options.finder.completing(text)
  }

  /** `text`, filled up to the least length that the schema wants. */
  padded(text: string, schema: JsonSchema): string {
    return this.#fitted({ minLength: boundOf(schema, 'minLength', 0) }, text)
  }

  /** Whether any finite value fits. */
  isPossible(schema: JsonSchema): boolean {
    return this.#heights.of(schema) < Infinity
  }

  #fill(schema: JsonSchema, property: Property, way: Way): unknown {
    this.#values += 1
    if (this.#values > MAXIMUM_VALUES)
      throw new NoInstanceError(`its smallest value holds more than ${MAXIMUM_VALUES} values`)
    if (this.#heights.of(schema) === Infinity) {
      if (way.mode === 'said') return NOTHING
      throw new NoInstanceError('no finite value fits it')
    }
    const ref = refOf(schema)
    if (ref !== undefined) return this.#follow(schema, ref, property, way)
    const alternatives = alternativesOf(schema)
    if (alternatives !== undefined) return this.#choose(alternatives, property, way)
    const options = enumOf(schema)
    if (options !== undefined) return this.#member(schema, options, property, way)
    return this.#ofTypes(schema, property, way)
  }

  #follow(schema: JsonSchema, ref: string, property: Property, way: Way): unknown {
    const again = way.refs.has(ref)
    if (again && way.mode === 'said') return NOTHING
    const target = resolveRef(this.#root, ref) ?? {}
    const described = descriptionOf(schema) || descriptionOf(target)
    const known = property.kind === undefined ? this.#describe(property.name, { description: described }) : property
    return this.#fill(target, known, {
      mode: way.mode,
      depth: again ? Math.max(way.depth, GENEROUS_DEPTH) : way.depth,
      refs: new Set(way.refs).add(ref),
    })
  }

  #choose(alternatives: readonly JsonSchema[], property: Property, way: Way): unknown {
    const possible = alternatives.filter((option) => this.#heights.of(option) < Infinity)
    if (way.mode !== 'made') {
      for (const option of this.#byLikeness(possible)) {
        const said = this.#fill(option, property, { ...way, mode: 'said' })
        if (said !== NOTHING) return said
      }
      if (way.mode === 'said') return NOTHING
    }
    const made = { ...way, mode: 'made' as const }
    const nothing = possible.find((option) => typesOf(option).includes('null'))
    if (nothing !== undefined) return this.#fill(nothing, property, made)
    const [first = {}] = isThrifty(way)
      ? possible.toSorted((one, other) => this.#heights.of(one) - this.#heights.of(other))
      : this.#byLikeness(possible)
    return this.#fill(first, property, made)
  }

  /** Alternatives whose own words stand in the question come first. */
  #byLikeness(alternatives: readonly JsonSchema[]): readonly JsonSchema[] {
    if (alternatives.length < 2) return alternatives
    this.#asked ??= stemsOf(wordsOf(this.#options.finder.asked))
    const asked = this.#asked
    const scored = alternatives.map((option) => {
      const target = resolveRef(this.#root, refOf(option) ?? '') ?? option
      return { option, score: [...stemsOf(wordsOfForm(target))].filter((word) => asked.has(word)).length }
    })
    return scored.toSorted((one, other) => other.score - one.score).map(({ option }) => option)
  }

  #member(schema: JsonSchema, options: readonly unknown[], property: Property, way: Way): unknown {
    if (way.mode !== 'made') {
      const [said] = this.#options.finder.members(property, nameable(schema, options))
      if (said !== undefined) return said
      if (way.mode === 'said') return NOTHING
    }
    const fitting = options.filter((option) => takesScalar(schema, option))
    return fitting.includes(schema['default']) ? schema['default'] : fitting[0]
  }

  #ofTypes(schema: JsonSchema, property: Property, way: Way): unknown {
    const named = typesOf(schema)
    const types = named.length < 2 ? named : named.filter((type) => this.#heights.of({ ...schema, type }) < Infinity)
    if (types.length === 0) return this.#anything(schema, property, way)
    if (way.mode !== 'made') {
      for (const type of types) {
        const said = this.#ofType(schema, type, property, { ...way, mode: 'said' })
        if (said !== NOTHING) return said
      }
      if (way.mode === 'said') return NOTHING
    }
    const { default: usual } = schema
    if (usual !== undefined && (typeof usual !== 'object' || usual === null) && this.#takes(schema, usual)) return usual
    const type = types.includes('null') ? 'null' : types[0]
    return type === undefined ? NOTHING : this.#ofType(schema, type, property, { ...way, mode: 'made' })
  }

  /** A schema that names no type takes anything; at the root that is an object. */
  #anything(schema: JsonSchema, property: Property, way: Way): unknown {
    const isRoot = property.name === ''
    return this.#ofType(schema, isRoot ? 'object' : 'string', property, way)
  }

  /** `way.mode` is `said` or `made` here. */
  #ofType(schema: JsonSchema, type: JsonType, property: Property, way: Way): unknown {
    switch (type) {
      case 'null':
        return way.mode === 'said' ? NOTHING : null
      case 'boolean':
        return way.mode === 'said' ? (this.#options.finder.boolean(property) ?? NOTHING) : false
      case 'integer':
      case 'number':
        return this.#number(schema, type, property, way)
      case 'string':
        return this.#string(schema, property, way)
      case 'array':
        return this.#array(schema, property, way)
      case 'object':
        return this.#object(schema, way)
    }
  }

  #number(schema: JsonSchema, type: 'integer' | 'number', property: Property, way: Way): unknown {
    const accepts = (value: number): boolean =>
      (type === 'number' || Number.isInteger(value)) && takesScalar({ ...schema, type }, value)
    const taken = this.#options.finder.number(property, accepts, way.mode === 'made')
    if (taken !== undefined) {
      this.#noteList(property, way, taken.list)
      return taken.value
    }
    return way.mode === 'said' ? NOTHING : sampleNumber(schema, type, property)
  }

  #string(schema: JsonSchema, property: Property, way: Way): unknown {
    const accepts = (value: string): boolean => this.#takes({ ...schema, type: 'string' }, value)
    if (way.mode === 'said') {
      // Prose that is too long is cut to fit; anything else that does not fit is not what was meant.
      const taken = this.#options.finder.text(property, property.kind === 'prose' ? () => true : accepts)
      if (taken === undefined) return NOTHING
      this.#noteList(property, way, taken.list)
      return accepts(taken.value) ? this.#write(taken.value) : this.#fitted(schema, taken.value)
    }
    if (property.kind === 'prose') {
      const heading = isHeading(property) ? this.#options.finder.anyText(accepts) : undefined
      return heading === undefined ? this.#fitted(schema, this.#options.prose) : this.#write(heading.value)
    }
    if (property.kind === 'query') return this.#fitted(schema, searchPhrase(this.#options.finder.asked))
    const left = ANY_TEXT_SUITS.has(property.kind) ? this.#options.finder.anyText(accepts) : undefined
    return left === undefined ? this.#fitted(schema, sampleText(schema, property)) : this.#write(left.value)
  }

  /** The text itself where the schema takes it, else the nearest to it: cut, filled up, or made by the pattern. */
  #fitted(schema: JsonSchema, text: string): string {
    const shortest = boundOf(schema, 'minLength', 0)
    const longest = boundOf(schema, 'maxLength', Infinity)
    const pattern = patternOf(schema)
    if (pattern !== undefined && patternTakes(pattern, text) !== true) {
      const sample = patternSample(pattern, shortest, longest)
      if (sample !== undefined) return this.#write(sample)
    }
    let fitted = text
    if (codePointLength(fitted) > longest) fitted = Array.from(fitted).slice(0, longest).join('').trimEnd()
    const missing = shortest - codePointLength(fitted)
    if (missing > 0) fitted += FILLING.repeat(Math.ceil(missing / FILLING.length)).slice(0, missing)
    return this.#write(fitted)
  }

  #takes(schema: JsonSchema, value: unknown): boolean {
    if (!takesScalar(schema, value)) return false
    const pattern = patternOf(schema)
    return pattern === undefined || typeof value !== 'string' || patternTakes(pattern, value) !== false
  }

  #array(schema: JsonSchema, property: Property, way: Way): unknown {
    const items = schemaOf(schema['items'])
    const fewest = boundOf(schema, 'minItems', 0)
    const most = boundOf(schema, 'maxItems', Infinity)
    const list: unknown[] = []
    if (way.mode === 'said') {
      this.#readList(items, property, way, Math.min(most, MAXIMUM_READ_OBJECTS), list)
      if (list.length === 0) return NOTHING
    } else if (!isThrifty(way)) list.push(...this.#leftOver(items, property).slice(0, most))
    const one = this.#options.complete && !isThrifty(way) && most >= 1 && this.isPossible(items) ? 1 : 0
    const wanted = Math.max(fewest, list.length, one)
    while (list.length < wanted) list.push(this.#fill(items, property, { ...way, mode: 'made', depth: way.depth + 1 }))
    return list
  }

  #readList(items: JsonSchema, property: Property, way: Way, most: number, list: unknown[]): void {
    const options = enumOf(items)
    if (options !== undefined) {
      list.push(...this.#options.finder.members(property, nameable(items, options)).slice(0, most))
      return
    }
    const inner = { ...way, depth: way.depth + 1 }
    while (list.length < most) {
      const said = this.#fill(items, property, inner)
      if (said === NOTHING || list.includes(said)) return
      const together = this.lists.get(property.name) ?? []
      // The list belongs to this one property: it is no reason to call twice.
      this.lists.delete(property.name)
      if (together.some((entry) => entry === said)) {
        list.push(...together.filter((entry) => this.#takes(items, entry)).slice(0, most - list.length))
        return
      }
      list.push(said)
    }
  }

  /** The texts or numbers that stand together and belong to nobody yet: "the average of 3, 5 and 9". */
  #leftOver(items: JsonSchema, property: Property): readonly (string | number)[] {
    const { finder } = this.#options
    const accepts = (value: string | number): boolean => this.#takes(items, value)
    if (enumOf(items) !== undefined || refOf(items) !== undefined) return []
    if (typesOf(items).some((type) => type === 'number' || type === 'integer')) {
      return finder.number(property, accepts, true)?.list ?? []
    }
    if (!typesOf(items).includes('string') || !ANY_TEXT_SUITS.has(property.kind)) return []
    return finder.anyText(accepts)?.list ?? []
  }

  #object(schema: JsonSchema, way: Way): unknown {
    const properties = new Map(propertiesOf(schema))
    const required = requiredOf(schema)
    for (const name of required) if (!properties.has(name)) properties.set(name, extraSchemaOf(schema) ?? {})
    const inner: Way = { ...way, depth: way.depth + 1 }
    const found = new Map<string, unknown>()
    if (way.mode === 'said') {
      for (const [name, property] of properties) {
        if (isThrifty(way) && !required.has(name)) continue
        const said = this.#fill(property, this.#describe(name, property), { ...inner, mode: 'said' })
        if (said !== NOTHING) found.set(name, said)
      }
      if (found.size === 0) return NOTHING
    }
    const members: [string, unknown][] = []
    for (const [name, property] of properties) {
      if (found.has(name)) members.push([name, found.get(name)])
      else if (required.has(name) || this.#isWelcome(property, way)) {
        members.push([name, this.#fill(property, this.#describe(name, property), { ...inner, mode: 'made' })])
      }
      this.#spend(name.length)
    }
    // Not by assignment: a property may be called `__proto__`.
    return Object.fromEntries(members)
  }

  #isWelcome(schema: JsonSchema, way: Way): boolean {
    if (!this.#options.complete || isThrifty(way) || this.#heights.of(schema) === Infinity) return false
    const ref = refOf(schema)
    return ref === undefined || !way.refs.has(ref)
  }

  #describe(name: string, schema: JsonSchema): Property {
    const description = descriptionOf(schema)
    const key = `${name}\n${description}`
    const known = this.#properties.get(key)
    if (known !== undefined) return known
    const property = describeProperty(name, description)
    this.#properties.set(key, property)
    return property
  }

  #noteList(property: Property, way: Way, list: readonly (string | number)[]): void {
    // Depth 2 is an entry of a list at the top.
    if (way.depth <= 2 && list.length > 1) this.lists.set(property.name, list)
  }

  #write(text: string): string {
    this.#spend(text.length)
    return text
  }

  #spend(characters: number): void {
    this.#characters += characters
    if (this.#characters > MAXIMUM_CHARACTERS) {
      throw new NoInstanceError(`its smallest value is longer than ${MAXIMUM_CHARACTERS} characters`)
    }
  }
}

const FILLING = ' and so on, as long as it has to be,'

/** Kinds that a quoted text or a name left over may stand in for; an address or a date made of it would be wrong. */
const ANY_TEXT_SUITS: ReadonlySet<Property['kind']> = new Set(['person', 'place', 'prose', 'code', undefined] as const)

/** What a form speaks of: its description, its properties and their options. */
function wordsOfForm(schema: JsonSchema): string[] {
  const words = wordsOf(descriptionOf(schema))
  for (const [name, property] of propertiesOf(schema)) {
    words.push(...wordsOfName(name))
    for (const option of (enumOf(property) ?? []).slice(0, 20)) words.push(...wordsOf(String(option)))
  }
  return words
}

/** The options that a message can name. */
function nameable(schema: JsonSchema, options: readonly unknown[]): (string | number)[] {
  return options
    .filter((option) => typeof option === 'string' || typeof option === 'number')
    .filter((option) => takesScalar(schema, option))
}

function isThrifty(way: Way): boolean {
  return way.depth >= GENEROUS_DEPTH
}

function patternOf(schema: JsonSchema): string | undefined {
  return typeof schema['pattern'] === 'string' ? schema['pattern'] : undefined
}
