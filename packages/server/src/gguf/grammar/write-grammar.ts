/** The rules of a grammar, from the shapes of a schema. */

import { type RuleBook, literal, unescapedBut } from './gbnf.ts'
import { extraKey } from './extra-key.ts'
import { oneOfTexts } from './literal-trie.ts'
import { numberGrammar } from './number-grammar.ts'
import type { ArrayShape, ObjectShape, Shape, ShapeNode, StringShape } from './shape-graph.ts'
import type { WaysOut } from './ways-out.ts'

/** How far an answer may go where the schema does not say. What is left out has no limit. */
export interface GrammarBounds {
  /** Characters of a string, and of a member's name. */
  readonly stringCharacters?: number
  /** Items of an array, and members of an object that the schema does not name. */
  readonly items?: number
  /** Turns of a recursion; free-form JSON is one. */
  readonly depth?: number
}

/** The most that a grammar counts to. Where a schema allows more, the grammar allows so many. */
const MOST_CHARACTERS = 1_000_000
const MOST_ITEMS = 100_000

/** A node, and the turns of its recursion that are left; `undefined`: any number. */
interface Place {
  readonly node: ShapeNode
  readonly turns: number | undefined
}

export class GrammarWriter {
  readonly #book: RuleBook
  readonly #out: WaysOut
  readonly #bounds: GrammarBounds
  /** Places whose rules are named and not yet written. A queue, so that the depth of a schema costs no stack. */
  readonly #pending: { readonly name: string; readonly place: Place }[] = []
  readonly #named = new Set<string>()

  constructor(book: RuleBook, out: WaysOut, bounds: GrammarBounds) {
    this.#book = book
    this.#out = out
    this.#bounds = bounds
  }

  /** Writes `root` and all it takes. The node must have a way out. */
  write(root: ShapeNode): void {
    this.#book.rule('root', () => `${this.#space()} ${this.#enter(root)}`)
    for (let index = 0; index < this.#pending.length; index += 1) {
      const pending = this.#pending[index]
      if (pending !== undefined) this.#book.rule(pending.name, () => this.#alternatives(pending.place))
    }
  }

  #alternatives(place: Place): string {
    const { node, turns = Number.MAX_SAFE_INTEGER } = place
    const shapes = node.shapes.filter((shape) => this.#out.ofShape(node, shape) <= turns)
    const values = shapes.flatMap((shape) => (shape.kind === 'values' ? shape.values : []))
    const ways = shapes.flatMap((shape) => this.#way(shape, place) ?? [])
    const texts = values.map((value) => JSON.stringify(value))
    return [...(texts.length === 0 ? [] : [oneOfTexts(this.#book, texts)]), ...new Set(ways)].join(' | ')
  }

  #way(shape: Shape, place: Place): string | undefined {
    switch (shape.kind) {
      case 'values':
        return undefined
      case 'string':
        return this.#string(shape)
      case 'number': {
        const digits = numberGrammar(shape)
        const name = `${shape.whole ? 'i' : 'n'}${nameOf(shape.least)}-${nameOf(shape.most)}`
        return digits === undefined ? undefined : this.#book.rule(name, () => digits)
      }
      case 'array':
        return this.#book.own('a', () => this.#array(shape, place))
      case 'object':
        return this.#book.own('o', () => this.#object(shape, place))
    }
  }

  #string({ least, most }: StringShape): string {
    const limit = this.#limit(least, most, this.#bounds.stringCharacters, MOST_CHARACTERS)
    return this.#book.rule(`s${least}-${nameOf(limit)}`, () => {
      const character = this.#book.rule('c', () => CHARACTER)
      return `"\\"" ${this.#book.repeated(character, least, limit)} "\\""`
    })
  }

  #array({ least, most, items }: ArrayShape, place: Place): string {
    const limit = this.#limit(least, most, this.#bounds.items, MOST_ITEMS)
    const item = limit === 0 ? undefined : this.#step(place, items)
    if (item === undefined) return '"[]"'
    const next = this.#book.own('j', () => `"," ${this.#space()} ${item}`)
    const some = `${item} ${this.#book.repeated(next, Math.max(0, least - 1), limit - 1)} "]"`
    return least > 0 ? `"[" ${some}` : `"[" ${this.#book.own('g', () => `"]" | ${some}`)}`
  }

  /**
   * Members in the order of the schema, those not required left out or not, others behind them. A rule `k` begins behind
   * the quotation mark that opens a name, a rule `r` behind a member.
   */
  #object(shape: ObjectShape, place: Place): string {
    const members = shape.members.flatMap(({ name, required, node }) => {
      const value = this.#step(place, node)
      return value === undefined ? [] : [{ name, required, value }]
    })
    const others = this.#others(shape, place)
    const count = members.length
    if (count === 0 && others === undefined) return '"{}"'
    const lastRequired = members.findLastIndex(({ required }) => required)
    const id = this.#book.fresh()
    const keys = (index: number): string | undefined => (index < count ? `k${id}-${index}` : others)
    // In the order of the members: llama.cpp looks for left recursion rule by rule, and is quick only so.
    for (const [index, { name, required, value }] of members.entries()) {
      const next = keys(index + 1)
      const more = `"," ${this.#space()} "\\"" ${next}`
      const end = index >= lastRequired ? '"}"' : more
      const rest = next === undefined || end === more ? end : this.#book.rule(`r${id}-${index}`, () => `"}" | ${more}`)
      const member = `${literal(`${JSON.stringify(name).slice(1)}:`)} ${this.#space()} ${value} ${rest}`
      this.#book.rule(`k${id}-${index}`, () => (required || next === undefined ? member : `${member} | ${next}`))
    }
    const first = keys(0)
    return lastRequired >= 0 ? `"{\\"" ${first}` : `"{" ${this.#book.own('h', () => `"}" | "\\"" ${first}`)}`
  }

  /** Members that the schema does not name, up to the end of the object. */
  #others({ members, extra, offersExtra }: ObjectShape, place: Place): string | undefined {
    const most = this.#limit(0, Infinity, this.#bounds.items, MOST_ITEMS)
    const value = extra === undefined || !offersExtra || most === 0 ? undefined : this.#step(place, extra)
    if (value === undefined) return undefined
    const known = members.map(({ name }) => name)
    const longest = this.#bounds.stringCharacters ?? Infinity
    const one = this.#book.own('e', () => `${extraKey(this.#book, known, longest)} ":" ${this.#space()} ${value}`)
    const next = this.#book.own('f', () => `"," ${this.#space()} "\\"" ${one}`)
    return this.#book.own('p', () => `${one} ${this.#book.repeated(next, 0, most - 1)} "}"`)
  }

  #space(): string {
    return this.#book.rule('w', () => '" "?')
  }

  /** What the schema allows; where it allows more than may be counted, or anything at all, so much as is fit. */
  #limit(least: number, most: number, usual: number | undefined, largest: number): number {
    if (most !== Infinity) return Math.min(most, largest)
    return usual === undefined ? Infinity : Math.max(least, Math.min(usual, largest))
  }

  #enter(node: ShapeNode): string {
    const { depth } = this.#bounds
    const isBounded = depth !== undefined && this.#out.isRecursive(node)
    return this.#name({ node, turns: isBounded ? Math.max(depth, this.#out.of(node)) : undefined })
  }

  /** The rule of a node inside another, or `undefined` when it has no value, or none that ends in time. */
  #step(from: Place, to: ShapeNode): string | undefined {
    if (this.#out.of(to) === Infinity) return undefined
    if (!this.#out.isTurn(from.node, to)) return this.#enter(to)
    if (from.turns === undefined) return this.#name({ node: to, turns: undefined })
    const turns = from.turns - 1
    return this.#out.of(to) <= turns ? this.#name({ node: to, turns }) : undefined
  }

  #name(place: Place): string {
    const name = place.turns === undefined ? `v${place.node.id}` : `v${place.node.id}-${place.turns}`
    if (!this.#named.has(name)) {
      this.#named.add(name)
      this.#pending.push({ name, place })
    }
    return name
  }
}

/**
 * One code point, however it is written: as it is, escaped by a letter, by its number, or by the two numbers of UTF-16.
 * Half of such a pair is no character, so lengths are counted as everybody counts them.
 */
const CHARACTER = [
  unescapedBut([]),
  String.raw`"\\" (["\\/bfnrt] | "u" ([0-9a-cefA-CEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2} | [dD] [89abAB] [0-9a-fA-F]{2} "\\u" [dD] [c-fC-F] [0-9a-fA-F]{2}))`,
].join(' | ')

/** Part of a rule's name, which has letters, digits and hyphens only. */
function nameOf(bound: number): string {
  return String(bound).replaceAll('-', 'm').replaceAll('.', 'd').replaceAll('+', 'p')
}
