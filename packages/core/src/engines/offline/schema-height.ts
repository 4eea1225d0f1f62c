/** How many steps the smallest instance of a schema takes: what says whether there is one at all, and which way leads out of a recursion. */

import type { JsonSchema } from '../../generation/index.ts'
import {
  alternativesOf,
  boundOf,
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

/** The longest string and the longest list that this engine writes into one instance. */
const LONGEST_TEXT = 100_000
const LONGEST_LIST = 10_000

/**
 * Heights of every schema under `root`. A schema without a finite instance (a required property that needs itself), or
 * with none at all (`minimum` above `maximum`), has the height `Infinity`.
 */
export class SchemaHeights {
  readonly #root: JsonSchema
  /** Heights of what references point to, as known so far. They only ever sink. */
  readonly #ofRefs = new Map<string, number>()
  /** Final heights, once the references have settled. */
  readonly #known = new Map<JsonSchema, number>()

  constructor(root: JsonSchema) {
    this.#root = root
    const refs = ['#', ...['$defs', 'definitions'].flatMap((group) => refsInto(root, group))]
    for (const ref of refs) this.#ofRefs.set(ref, Infinity)
    // A height can only settle after those it is made of, so there are never more rounds than references.
    for (let round = 0; round <= refs.length; round += 1) if (!this.#settle(refs)) break
  }

  of(schema: JsonSchema): number {
    const known = this.#known.get(schema)
    if (known !== undefined) return known
    const height = this.#measure(schema)
    this.#known.set(schema, height)
    return height
  }

  #settle(refs: readonly string[]): boolean {
    let changed = false
    for (const ref of refs) {
      const target = resolveRef(this.#root, ref)
      const height = target === undefined ? Infinity : this.#measure(target)
      if (height < (this.#ofRefs.get(ref) ?? Infinity)) {
        this.#ofRefs.set(ref, height)
        changed = true
      }
    }
    return changed
  }

  #measure(schema: JsonSchema): number {
    const ref = refOf(schema)
    // The step counts, so that a reference to itself is never the shortest way.
    if (ref !== undefined) return 1 + (this.#ofRefs.get(ref) ?? Infinity)
    const alternatives = alternativesOf(schema)
    if (alternatives !== undefined) return Math.min(...alternatives.map((option) => this.#measure(option)))
    const options = enumOf(schema)
    if (options !== undefined) return options.some((option) => takesScalar(schema, option)) ? 1 : Infinity
    const types = typesOf(schema)
    return types.length === 0 ? 1 : Math.min(...types.map((type) => this.#ofType(schema, type)))
  }

  #ofType(schema: JsonSchema, type: JsonType): number {
    switch (type) {
      case 'null':
      case 'boolean':
        return 1
      case 'string': {
        const shortest = boundOf(schema, 'minLength', 0)
        return shortest <= boundOf(schema, 'maxLength', Infinity) && shortest <= LONGEST_TEXT ? 1 : Infinity
      }
      case 'integer':
        return Math.ceil(boundOf(schema, 'minimum', -Infinity)) <= Math.floor(boundOf(schema, 'maximum', Infinity))
          ? 1
          : Infinity
      case 'number':
        return boundOf(schema, 'minimum', -Infinity) <= boundOf(schema, 'maximum', Infinity) ? 1 : Infinity
      case 'array': {
        const fewest = boundOf(schema, 'minItems', 0)
        if (fewest > boundOf(schema, 'maxItems', Infinity) || fewest > LONGEST_LIST) return Infinity
        return fewest > 0 ? 1 + this.#measure(schemaOf(schema['items'])) : 1
      }
      case 'object': {
        const required = requiredOf(schema)
        const known = new Map(propertiesOf(schema))
        let height = 1
        for (const name of required) {
          const property = known.get(name) ?? extraSchemaOf(schema)
          height = Math.max(height, property === undefined ? Infinity : 1 + this.#measure(property))
        }
        return height
      }
    }
  }
}

/** What a property beside the named ones must fit, or `undefined` when there may be none. */
export function extraSchemaOf(schema: JsonSchema): JsonSchema | undefined {
  const { additionalProperties } = schema
  return additionalProperties === false ? undefined : schemaOf(additionalProperties)
}

function refsInto(root: JsonSchema, group: string): string[] {
  return Object.keys(schemaOf(root[group])).map(
    (name) => `#/${group}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
  )
}
