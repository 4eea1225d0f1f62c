/** Values that fit a schema, taken from the messages where they say something and made up plainly where they do not. */

import type { JsonSchema } from '../../generation/index.ts'
import { fittedText, takesValue } from './fit-text.ts'
import { byLikeness } from './form-likeness.ts'
import { InstanceBudget, NOTHING, NoInstanceError } from './instance-budget.ts'
import { leftOverList, nameable, readList, suitsAnyText } from './list-values.ts'
import { type Property, PropertyBook } from './property-kind.ts'
import { sampleNumber, sampleText } from './samples.ts'
import { SchemaHeights, extraSchemaOf } from './schema-height.ts'
import {
  alternativesOf,
  boundOf,
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
import { isHeading } from './value-clues.ts'
import type { ValueFinder } from './value-finder.ts'
import { stemsOf, wordsOf } from './words.ts'

export interface InstanceOptions {
  readonly finder: ValueFinder
  /** Fill optional properties too, as an answer does; arguments of a call leave out what nobody asked for. */
  readonly complete: boolean
  /** What a property that holds prose says when the messages give it no words of its own. */
  readonly prose: string
}

/** Below this depth only what the schema demands is written. */
const GENEROUS_DEPTH = 4

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
  readonly #properties = new PropertyBook()
  /** Stems of the question, when somebody needed them. */
  #asked: ReadonlySet<string> | undefined
  readonly #budget = new InstanceBudget()

  constructor(root: JsonSchema, options: InstanceOptions) {
    this.#root = root
    this.#heights = new SchemaHeights(root)
    this.#options = options
  }

  /** An instance of `schema`, which is the root or a part of it. Throws `NoInstanceError`. */
  make(schema: JsonSchema = this.#root, name = '', depth = 0): unknown {
    const value = this.#fill(schema, this.#properties.describe(name, schema), { mode: 'must', depth, refs: new Set() })
    if (value === NOTHING) throw new NoInstanceError('no finite value fits it')
    return value
  }

  /** What the messages say about a value, or `NOTHING`. */
  said(schema: JsonSchema, name: string, depth = 1): unknown {
    return this.#fill(schema, this.#properties.describe(name, schema), { mode: 'said', depth, refs: new Set() })
  }

  /** A value of the messages that begins as `text` does. */
  completing(text: string): string | undefined {
    return text === '' ? undefined : this.#options.finder.completing(text)
  }

  /** Whether any finite value fits. */
  isPossible(schema: JsonSchema): boolean {
    return this.#heights.of(schema) < Infinity
  }

  #fill(schema: JsonSchema, property: Property, way: Way): unknown {
    this.#budget.spendValue()
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
    const known =
      property.kind === undefined ? this.#properties.describe(property.name, { description: described }) : property
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
    return byLikeness(alternatives, this.#root, this.#asked)
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
    if (usual !== undefined && (typeof usual !== 'object' || usual === null) && takesValue(schema, usual)) return usual
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
    const accepts = (value: string): boolean => takesValue({ ...schema, type: 'string' }, value)
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
    const left = suitsAnyText(property) ? this.#options.finder.anyText(accepts) : undefined
    return left === undefined ? this.#fitted(schema, sampleText(schema, property)) : this.#write(left.value)
  }

  #fitted(schema: JsonSchema, text: string): string {
    return this.#write(fittedText(schema, text))
  }

  #array(schema: JsonSchema, property: Property, way: Way): unknown {
    const items = schemaOf(schema['items'])
    const fewest = boundOf(schema, 'minItems', 0)
    const most = boundOf(schema, 'maxItems', Infinity)
    const list: unknown[] = []
    if (way.mode === 'said') {
      const next = (): unknown => this.#fill(items, property, { ...way, depth: way.depth + 1 })
      list.push(...readList(this.#options.finder, items, property, next, this.lists).slice(0, most))
      if (list.length === 0) return NOTHING
    } else if (!isThrifty(way)) list.push(...leftOverList(this.#options.finder, items, property).slice(0, most))
    const one = this.#options.complete && !isThrifty(way) && most >= 1 && this.isPossible(items) ? 1 : 0
    const wanted = Math.max(fewest, list.length, one)
    while (list.length < wanted) list.push(this.#fill(items, property, { ...way, mode: 'made', depth: way.depth + 1 }))
    return list
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
        const said = this.#fill(property, this.#properties.describe(name, property), { ...inner, mode: 'said' })
        if (said !== NOTHING) found.set(name, said)
      }
      if (found.size === 0) return NOTHING
    }
    const members: [string, unknown][] = []
    for (const [name, property] of properties) {
      if (found.has(name)) members.push([name, found.get(name)])
      else if (required.has(name) || this.#isWelcome(property, way)) {
        members.push([
          name,
          this.#fill(property, this.#properties.describe(name, property), { ...inner, mode: 'made' }),
        ])
      }
      this.#budget.spendCharacters(name.length)
    }
    // Not by assignment: a property may be called `__proto__`.
    return Object.fromEntries(members)
  }

  #isWelcome(schema: JsonSchema, way: Way): boolean {
    if (!this.#options.complete || isThrifty(way) || this.#heights.of(schema) === Infinity) return false
    const ref = refOf(schema)
    return ref === undefined || !way.refs.has(ref)
  }

  #noteList(property: Property, way: Way, list: readonly (string | number)[]): void {
    // Depth 2 is an entry of a list at the top.
    if (way.depth <= 2 && list.length > 1) this.lists.set(property.name, list)
  }

  #write(text: string): string {
    this.#budget.spendCharacters(text.length)
    return text
  }
}

function isThrifty(way: Way): boolean {
  return way.depth >= GENEROUS_DEPTH
}
