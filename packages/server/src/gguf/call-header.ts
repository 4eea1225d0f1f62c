/**
 * The id of a tool call, `functions.{name}:{index}`, as the tokens the model was taught to write it in.
 *
 * The names to choose from are a tree of tokens. Where it does not branch nothing is sampled; where it does, a grammar over
 * token ids leaves the choice to the model and everything else out.
 */

import type { Tokenizer } from '@moonbase/format'

export interface HeaderChoice {
  readonly name: string
  /** Canonical ids of the whole header, `<|tool_call_argument_begin|>` included. */
  readonly ids: readonly number[]
}

export function headerChoices(
  names: readonly string[],
  index: number,
  tokenizer: Tokenizer,
  argumentBegin: number,
): HeaderChoice[] {
  return names.map((name) => ({
    name,
    ids: [...tokenizer.encode(`functions.${name}:${index}`), argumentBegin],
  }))
}

export class CallHeader {
  #choices: readonly HeaderChoice[]
  /** Ids of the header that already stand. */
  #written = 0

  constructor(choices: readonly HeaderChoice[]) {
    this.#choices = choices
  }

  /** The ids that follow from what stands: those that all choices left have in common. */
  certain(): number[] {
    const [first, ...others] = this.#choices
    const ids: number[] = []
    for (let id = first?.ids[this.#written]; id !== undefined; id = first?.ids[this.#written]) {
      const place = this.#written
      const expected = id
      if (others.some((choice) => choice.ids[place] !== expected)) break
      ids.push(id)
      this.#written += 1
    }
    return ids
  }

  /** The name, once the header is complete. */
  get name(): string | undefined {
    const [only, ...others] = this.#choices
    return others.length === 0 && only?.ids.length === this.#written ? only.name : undefined
  }

  /** The choices left from here on, in llama.cpp's grammar language, by token ids. */
  grammar(): string {
    const rest = this.#choices.map(({ ids }) => ids.slice(this.#written).map(tokenRule).join(' '))
    return `root ::= ${rest.join(' | ')}`
  }

  take(id: number): void {
    this.#choices = this.#choices.filter(({ ids }) => ids[this.#written] === id)
    this.#written += 1
  }
}

/** One token by its id. Understood by llama.cpp's grammars since late 2025. */
export function tokenRule(id: number): string {
  return `<[${id}]>`
}
