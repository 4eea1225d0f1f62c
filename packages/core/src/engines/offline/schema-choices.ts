/** Which of several forms a text that has only begun is taken for: one attempt, and how the next one differs. */

import type { JsonSchema } from '../../generation/index.ts'
import type { InstanceMaker } from './schema-instance.ts'
import { alternativesOf, refOf, resolveRef, typesOf, type JsonType } from './schema-view.ts'

/** References and alternatives that are followed for one value. */
const MAXIMUM_HOPS = 64

export class SchemaChoices {
  readonly #root: JsonSchema
  readonly #maker: InstanceMaker
  readonly #choices: readonly number[]
  /** For each choice met so far: which alternative was taken, and of how many. */
  readonly #met: { readonly taken: number; readonly of: number }[] = []

  /** `choices` are the numbers of the alternatives to take, in the order in which choices are met; then the first. */
  constructor(root: JsonSchema, maker: InstanceMaker, choices: readonly number[]) {
    this.#root = root
    this.#maker = maker
    this.#choices = choices
  }

  /** The schema of a value that starts with `character`, without references and alternatives. */
  concrete(schema: JsonSchema, character: string): JsonSchema {
    let current = schema
    for (let hops = 0; hops < MAXIMUM_HOPS; hops += 1) {
      const ref = refOf(current)
      const alternatives = alternativesOf(current)
      if (ref !== undefined) current = resolveRef(this.#root, ref) ?? {}
      else if (alternatives !== undefined) current = this.#choose(alternatives, typesBegun(character))
      else return current
    }
    return {}
  }

  /** The choices of the next attempt, as an odometer counts; `undefined` after the last. */
  next(): readonly number[] | undefined {
    const last = this.#met.findLastIndex(({ taken, of }) => taken + 1 < of)
    if (last === -1) return undefined
    return this.#met.slice(0, last + 1).map(({ taken }, index) => (index === last ? taken + 1 : taken))
  }

  #choose(alternatives: readonly JsonSchema[], begun: readonly JsonType[]): JsonSchema {
    const able = alternatives.filter((option) => this.#maker.isPossible(option) && mayBe(option, begun))
    const options = able.length === 0 ? alternatives : able
    const taken = this.#choices[this.#met.length] ?? 0
    this.#met.push({ taken, of: options.length })
    return options[taken] ?? {}
  }
}

function typesBegun(character: string): readonly JsonType[] {
  switch (character) {
    case '{':
      return ['object']
    case '[':
      return ['array']
    case '"':
      return ['string']
    case 't':
    case 'f':
      return ['boolean']
    case 'n':
      return ['null']
    default:
      return ['number', 'integer']
  }
}

/** References and nested alternatives may be anything; they are looked at when it is their turn. */
function mayBe(schema: JsonSchema, begun: readonly JsonType[]): boolean {
  const types = typesOf(schema)
  return types.length === 0 || types.some((type) => begun.includes(type))
}
