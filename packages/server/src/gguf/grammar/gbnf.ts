/** GBNF, the notation of llama.cpp's grammars: literals, classes, counted repetition, and the rules as one text. */

import { GrammarError } from './grammar-error.ts'

/** llama.cpp reads a grammar of this length in well under a second, and does so for each answer. */
const MOST_GRAMMAR_CHARACTERS = 2_000_000

/**
 * Longer repetitions are built of rules. llama.cpp writes `{m,n}` out, and a bound above its own limit (2,000 in the
 * version at hand) it takes for no bound at all, without a word.
 */
const LONGEST_WRITTEN_OUT = 512

/** The rules of one grammar, in the order in which they were first asked for. */
export class RuleBook {
  readonly #bodies = new Map<string, string>()
  #characters = 0
  #fresh = 0

  /** The name itself. `body` is asked for once; it may use the name. Throws `GrammarError` (too-large). */
  rule(name: string, body: () => string): string {
    if (this.#bodies.has(name)) return name
    // The place is taken first: rules then stand before those that they are made of.
    this.#bodies.set(name, '')
    const text = body()
    this.#bodies.set(name, text)
    this.#characters += name.length + text.length + 6
    if (this.#characters > MOST_GRAMMAR_CHARACTERS) {
      throw new GrammarError(
        'too-large',
        `the grammar of a schema is longer than ${MOST_GRAMMAR_CHARACTERS} characters`,
      )
    }
    return name
  }

  /** A rule that nothing else will ask for by name. */
  own(kind: string, body: () => string): string {
    return this.rule(`${kind}${this.fresh()}`, body)
  }

  fresh(): number {
    this.#fresh += 1
    return this.#fresh
  }

  /** `unit`, the name of a rule that is never empty, from `least` to `most` times; `''` for no times at all. */
  repeated(unit: string, least: number, most: number): string {
    return [this.#exactly(unit, least), this.#atMost(unit, most - least)].filter((part) => part !== '').join(' ')
  }

  text(): string {
    return Array.from(this.#bodies, ([name, body]) => `${name} ::= ${body}\n`).join('')
  }

  #exactly(unit: string, times: number): string {
    if (times === 0) return ''
    if (times === 1) return unit
    if (times <= LONGEST_WRITTEN_OUT) return `${unit}{${times}}`
    const block = this.#block(unit, LONGEST_WRITTEN_OUT)
    const rest = this.#exactly(unit, times % LONGEST_WRITTEN_OUT)
    return `${this.#exactly(block, Math.floor(times / LONGEST_WRITTEN_OUT))} ${rest}`.trimEnd()
  }

  #atMost(unit: string, times: number): string {
    if (times === 0) return ''
    if (times === Infinity) return `${unit}*`
    if (times <= LONGEST_WRITTEN_OUT) return times === 1 ? `${unit}?` : `${unit}{0,${times}}`
    // Either a whole block and then more, or less than a block and the end: two ways at a time, and rules in the order of
    // the square root. Halving would take fewer rules, but many more ways that are open at once.
    const size = Math.min(1024, 2 ** Math.ceil(Math.log2(times) / 2))
    const rest = times % size
    const link = (blocks: number): string => `${unit}-${size}-${rest}-${blocks}`
    const last = Math.floor(times / size)
    for (let blocks = last; blocks > 0; blocks -= 1) {
      this.rule(link(blocks), () => {
        const short = this.rule(`${unit}-${size}-short`, () => `${unit}{0,${size - 1}}`)
        const next = blocks > 1 ? link(blocks - 1) : this.#atMost(unit, rest)
        return `${this.#block(unit, size)} ${next} | ${short}`
      })
    }
    return link(last)
  }

  #block(unit: string, size: number): string {
    return this.rule(`${unit}-${size}`, () => `${unit}{${size}}`)
  }
}

/** In parentheses, unless it is a single class or literal. */
export function grouped(expression: string): string {
  return /^(?:\[[^\]]*\]|"[^"]*")$/.test(expression) ? expression : `(${expression})`
}

/** A text as it stands. */
export function literal(text: string): string {
  return `"${Array.from(text, escaped).join('')}"`
}

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0
  if (character === '"' || character === '\\') return `\\${character}`
  return code < 0x20 || code === 0x7f ? hex(code) : character
}

function hex(code: number): string {
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
  if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
  return `\\U${code.toString(16).padStart(8, '0')}`
}

/** What a JSON string may hold unescaped, as ranges of code points: all of Unicode, but surrogates are no characters. */
const UNESCAPED: readonly (readonly [from: number, to: number])[] = [
  [0x20, 0x21],
  [0x23, 0x5b],
  [0x5d, 0xd7ff],
  [0xe000, 0x10ffff],
]

export function mayStandUnescaped(code: number): boolean {
  return UNESCAPED.some(([from, to]) => from <= code && code <= to)
}

/** One character that may stand unescaped in a JSON string, but none of these. */
export function unescapedBut(codes: readonly number[]): string {
  const ranges: string[] = []
  const sorted = codes.toSorted((one, other) => one - other)
  for (const [from, to] of UNESCAPED) {
    let next = from
    for (const code of sorted) {
      if (code < next || code > to) continue
      if (code > next) ranges.push(range(next, code - 1))
      next = code + 1
    }
    if (next <= to) ranges.push(range(next, to))
  }
  return `[${ranges.join('')}]`
}

/** One character. */
export function oneOf(code: number): string {
  return `[${hex(code)}]`
}

const range = (from: number, to: number): string => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`)
