/** Schemas as alternatives: what `$ref` and `anyOf` say is spelled out, so that what is left speaks of values only. */

import { isFields } from '@moonbase/protocol'
import { GrammarError } from './grammar-error.ts'

export type Schema = Readonly<Record<string, unknown>>

/** One schema without its `$ref` and `anyOf`. Equal ids, equal meaning. */
export interface Atom {
  readonly id: number
  readonly schema: Schema
}

/** Atoms that hold together. None at all: any value. */
export type Alternative = readonly Atom[]

/** An alternative, and the length of the longest way of references and branches that leads to it. */
interface Found {
  readonly atoms: Alternative
  readonly hops: number
}

/** The matcher of the protocol package goes no further than this many references and branches without a step into a value. */
const MOST_HOPS = 100
/** Alternatives of one place: a thousand times what anybody writes, and little enough to hold. */
const MOST_ALTERNATIVES = 4000
/** Steps for one grammar: bounds what alternatives of alternatives can cost. */
const MOST_STEPS = 500_000

/** Keywords that say something about a value. */
const SAYING = [
  'type',
  'enum',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'items',
  'minItems',
  'maxItems',
  'properties',
  'required',
  'additionalProperties',
] as const

/** Reads the schemas of one document. Stateful: atoms are numbered as they are met. */
export class SchemaReader {
  readonly #root: Schema
  readonly #atoms = new Map<Schema, Atom>()
  readonly #atomsByText = new Map<string, Atom>()
  readonly #known = new Map<Schema, readonly Found[]>()
  readonly #reaches = new Map<Schema, ReadonlySet<string>>()
  #steps = 0

  constructor(root: Schema) {
    this.#root = root
  }

  /**
   * The ways in which a value can fit all of `schemas` at once; none when it cannot. A reference that comes again
   * without a step into the value allows nothing that it did not allow before. Throws `GrammarError` (too-complex).
   */
  alternatives(schemas: readonly Schema[]): readonly Alternative[] {
    let found: readonly Found[] = [{ atoms: [], hops: 0 }]
    for (const schema of schemas) found = this.#both(found, this.#read(schema, []))
    return found.filter(({ hops }) => hops <= MOST_HOPS).map(({ atoms }) => atoms)
  }

  #read(schema: Schema, followed: readonly string[]): readonly Found[] {
    const independent = !followed.some((ref) => this.#reach(schema).has(ref))
    const known = independent ? this.#known.get(schema) : undefined
    if (known !== undefined) return known
    this.#step()
    let found: readonly Found[] = [{ atoms: this.#own(schema), hops: 0 }]
    const { $ref, anyOf } = schema
    if (typeof $ref === 'string') {
      const target = followed.includes($ref) ? undefined : resolve(this.#root, $ref)
      found = this.#both(found, target === undefined ? [] : further(this.#read(target, [...followed, $ref])))
    }
    if (Array.isArray(anyOf) && anyOf.length > 0) {
      const branches: readonly unknown[] = anyOf
      const each = branches.flatMap((branch) => this.#branch(branch, followed))
      found = this.#both(found, further(this.#distinct(each)))
    }
    if (independent) this.#known.set(schema, found)
    return found
  }

  #branch(branch: unknown, followed: readonly string[]): readonly Found[] {
    if (branch === false) return []
    return isFields(branch) ? this.#read(branch, followed) : [{ atoms: [], hops: 0 }]
  }

  #both(some: readonly Found[], others: readonly Found[]): readonly Found[] {
    const pairs: Found[] = []
    for (const one of some) {
      for (const other of others) {
        this.#step()
        const hops = Math.max(one.hops, other.hops)
        if (hops <= MOST_HOPS) pairs.push({ atoms: union(one.atoms, other.atoms), hops })
      }
    }
    return this.#distinct(pairs)
  }

  #distinct(found: readonly Found[]): readonly Found[] {
    const byAtoms = new Map<string, Found>()
    for (const one of found) {
      const key = one.atoms.map(({ id }) => id).join(' ')
      const before = byAtoms.get(key)
      if (before === undefined || one.hops < before.hops) byAtoms.set(key, one)
    }
    if (byAtoms.size > MOST_ALTERNATIVES) {
      throw new GrammarError('too-complex', `a schema has more than ${MOST_ALTERNATIVES} alternatives in one place`)
    }
    return Array.from(byAtoms.values())
  }

  #own(schema: Schema): Alternative {
    if (!SAYING.some((keyword) => schema[keyword] !== undefined)) return []
    const known = this.#atoms.get(schema)
    if (known !== undefined) return [known]
    const text = plainText(schema)
    const twin = text === undefined ? undefined : this.#atomsByText.get(text)
    const atom = twin ?? { id: this.#atoms.size, schema }
    this.#atoms.set(schema, atom)
    if (text !== undefined) this.#atomsByText.set(text, atom)
    return [atom]
  }

  /** The references that can be met from here without a step into the value. */
  #reach(schema: Schema): ReadonlySet<string> {
    const known = this.#reaches.get(schema)
    if (known !== undefined) return known
    const refs = new Set<string>()
    const todo: Schema[] = [schema]
    const seen = new Set<Schema>(todo)
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      this.#step()
      const { $ref, anyOf } = next
      if (typeof $ref === 'string') refs.add($ref)
      const target = typeof $ref === 'string' ? resolve(this.#root, $ref) : undefined
      const branches: readonly unknown[] = Array.isArray(anyOf) ? anyOf : []
      for (const one of [target, ...branches]) {
        if (!isFields(one) || seen.has(one)) continue
        seen.add(one)
        todo.push(one)
      }
    }
    this.#reaches.set(schema, refs)
    return refs
  }

  #step(): void {
    this.#steps += 1
    if (this.#steps > MOST_STEPS) {
      throw new GrammarError('too-complex', `a schema takes more than ${MOST_STEPS} steps to spell out`)
    }
  }
}

function further(found: readonly Found[]): readonly Found[] {
  return found.map(({ atoms, hops }) => ({ atoms, hops: hops + 1 }))
}

function union(some: Alternative, others: Alternative): Alternative {
  if (some.length === 0) return others
  if (others.length === 0) return some
  const byId = new Map([...some, ...others].map((atom) => [atom.id, atom]))
  return Array.from(byId.values()).toSorted((one, other) => one.id - other.id)
}

/** What tells two schemas without schemas inside them apart. */
function plainText(schema: Schema): string | undefined {
  const { properties, items, additionalProperties } = schema
  if (properties !== undefined || isFields(items) || isFields(additionalProperties)) return undefined
  return JSON.stringify(SAYING.map((keyword) => [keyword, schema[keyword]]))
}

/** The schema behind `#` or `#/$defs/name`, also deeper inside a definition. */
function resolve(root: Schema, ref: string): Schema | undefined {
  if (ref === '#') return root
  if (!ref.startsWith('#/$defs/')) return undefined
  let current: unknown = root
  for (const name of ref.slice(2).split('/')) {
    if (!isFields(current) || !Object.hasOwn(current, name)) return undefined
    current = current[name]
  }
  return isFields(current) ? current : undefined
}
