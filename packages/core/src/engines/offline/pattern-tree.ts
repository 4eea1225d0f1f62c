/** A `pattern` of a schema, read into a small tree. What it does not know (look-around, back references) it leaves alone. */

export type Node =
  | { readonly type: 'set'; readonly ranges: readonly Range[]; readonly negated: boolean }
  | { readonly type: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly type: 'either'; readonly nodes: readonly Node[] }
  | { readonly type: 'repeat'; readonly node: Node; readonly least: number; readonly most: number }

type Range = readonly [from: number, to: number]

export interface Pattern {
  readonly node: Node
  readonly fromStart: boolean
  readonly toEnd: boolean
}

const MAXIMUM_PATTERN = 500
const MAXIMUM_DEPTH = 20
/** Repetitions that a pattern may ask for. */
const MAXIMUM_COUNT = 2_000

/** `undefined` for a pattern that is not understood. */
export function parsePattern(source: string): Pattern | undefined {
  if (source.length > MAXIMUM_PATTERN) return undefined
  const fromStart = source.startsWith('^')
  const toEnd = /(?<!\\)(?:\\\\)*\$$/.test(source)
  const body = source.slice(fromStart ? 1 : 0, toEnd ? -1 : undefined)
  try {
    const parser = new Parser(body)
    const node = parser.either(0)
    // `^a|b$` anchors only one side of each alternative, which this tree cannot say.
    if (!parser.done || (node.type === 'either' && (fromStart || toEnd))) return undefined
    return { node, fromStart, toEnd }
  } catch (error) {
    if (error instanceof NotUnderstood) return undefined
    throw error
  }
}

/** Thrown inside the parser only. */
class NotUnderstood extends Error {}

class Parser {
  readonly #codes: readonly string[]
  #at = 0

  constructor(source: string) {
    this.#codes = Array.from(source)
  }

  get done(): boolean {
    return this.#at === this.#codes.length
  }

  either(depth: number): Node {
    if (depth > MAXIMUM_DEPTH) throw new NotUnderstood()
    const nodes = [this.#sequence(depth)]
    while (this.#take('|')) nodes.push(this.#sequence(depth))
    const [only] = nodes
    return nodes.length === 1 && only !== undefined ? only : { type: 'either', nodes }
  }

  #sequence(depth: number): Node {
    const nodes: Node[] = []
    while (!this.done && this.#peek() !== '|' && this.#peek() !== ')') nodes.push(this.#quantified(this.#atom(depth)))
    return { type: 'sequence', nodes }
  }

  #atom(depth: number): Node {
    const character = this.#next()
    switch (character) {
      case '(': {
        if (this.#take('?')) {
          if (this.#take('<')) {
            if (/[=!]/.test(this.#peek())) throw new NotUnderstood()
            while (this.#next() !== '>');
          } else if (!this.#take(':')) throw new NotUnderstood()
        }
        const node = this.either(depth + 1)
        if (!this.#take(')')) throw new NotUnderstood()
        return node
      }
      case '[':
        return this.#class()
      case '.':
        return {
          type: 'set',
          ranges: [
            [10, 10],
            [13, 13],
          ],
          negated: true,
        }
      case '\\':
        return setOf(this.#escape())
      case '^':
      case '$':
      case '*':
      case '+':
      case '?':
      case '{':
        throw new NotUnderstood()
      default:
        return setOf([rangeOf(character)])
    }
  }

  #class(): Node {
    const negated = this.#take('^')
    const ranges: Range[] = []
    while (!this.#take(']')) {
      const from = this.#classMember()
      const [only] = from
      if (this.#peek() === '-' && this.#codes[this.#at + 1] !== ']' && from.length === 1 && only !== undefined) {
        this.#next()
        const [to] = this.#classMember()
        if (to === undefined || to[0] < only[0]) throw new NotUnderstood()
        ranges.push([only[0], to[0]])
      } else ranges.push(...from)
    }
    return { type: 'set', ranges, negated }
  }

  #classMember(): readonly Range[] {
    const character = this.#next()
    return character === '\\' ? this.#escape() : [rangeOf(character)]
  }

  #escape(): readonly Range[] {
    const character = this.#next()
    const known = Object.hasOwn(ESCAPES, character) ? ESCAPES[character] : undefined
    if (known !== undefined) return known
    // Back references, properties and word borders are not understood.
    if (/[A-Za-z0-9]/.test(character)) throw new NotUnderstood()
    return [rangeOf(character)]
  }

  #quantified(node: Node): Node {
    const [least, most] = this.#quantifier()
    if (least === 1 && most === 1) return node
    // A lazy quantifier matches the same texts.
    this.#take('?')
    if (/[*+?{]/.test(this.#peek())) throw new NotUnderstood()
    return { type: 'repeat', node, least, most }
  }

  #quantifier(): readonly [least: number, most: number] {
    if (this.#take('*')) return [0, Infinity]
    if (this.#take('+')) return [1, Infinity]
    if (this.#take('?')) return [0, 1]
    if (!this.#take('{')) return [1, 1]
    let counts = ''
    for (let character = this.#next(); character !== '}'; character = this.#next()) counts += character
    const [, least, comma, most] = /^(\d{1,4})(,?)(\d{0,4})$/.exec(counts) ?? []
    if (least === undefined || Number(least) > MAXIMUM_COUNT) throw new NotUnderstood()
    if (comma === '') return [Number(least), Number(least)]
    return [Number(least), most === '' ? Infinity : Number(most)]
  }

  #peek(): string {
    return this.#codes[this.#at] ?? ''
  }

  #next(): string {
    const character = this.#codes[this.#at]
    if (character === undefined) throw new NotUnderstood()
    this.#at += 1
    return character
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false
    this.#at += 1
    return true
  }
}

function setOf(ranges: readonly Range[]): Node {
  return { type: 'set', ranges, negated: false }
}

function rangeOf(character: string): Range {
  const code = character.codePointAt(0) ?? 0
  return [code, code]
}

const DIGITS: readonly Range[] = [[48, 57]]
const WORD: readonly Range[] = [...DIGITS, [65, 90], [95, 95], [97, 122]]
const SPACE: readonly Range[] = [
  [32, 32],
  [9, 13],
  [0xa0, 0xa0],
]
const ESCAPES: Readonly<Record<string, readonly Range[]>> = {
  d: DIGITS,
  w: WORD,
  s: SPACE,
  n: [[10, 10]],
  r: [[13, 13]],
  t: [[9, 9]],
  D: [
    [0, 47],
    [58, 0x10ffff],
  ],
  W: [
    [0, 47],
    [58, 64],
    [91, 94],
    [96, 96],
    [123, 0x10ffff],
  ],
  S: [
    [0, 8],
    [14, 31],
    [33, 0x9f],
    [0xa1, 0x10ffff],
  ],
}
