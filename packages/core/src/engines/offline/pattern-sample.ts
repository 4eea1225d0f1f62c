/**
 * A `pattern` of a schema, read into a small tree: it can say whether a text fits, and write a text that does.
 *
 * A client's pattern is never run as a regular expression, because one that backtracks would stop the process. The
 * tree is matched by following all ways at once, so its cost is bounded by its size times the text's length. It knows
 * literals, classes, groups, alternatives, quantifiers and the two anchors at the ends; for anything else it answers
 * `undefined`, which callers take for "no pattern".
 */

type Node =
  | { readonly type: 'set'; readonly ranges: readonly Range[]; readonly negated: boolean }
  | { readonly type: 'sequence'; readonly nodes: readonly Node[] }
  | { readonly type: 'either'; readonly nodes: readonly Node[] }
  | { readonly type: 'repeat'; readonly node: Node; readonly least: number; readonly most: number }

type Range = readonly [from: number, to: number]

interface Pattern {
  readonly node: Node
  readonly fromStart: boolean
  readonly toEnd: boolean
}

const MAXIMUM_PATTERN = 500
const MAXIMUM_TEXT = 2_000
const MAXIMUM_STEPS = 200_000
const MAXIMUM_DEPTH = 20

/** `undefined` when the pattern is not understood, or the answer would take too long. */
export function patternTakes(source: string, text: string): boolean | undefined {
  const pattern = parsePattern(source)
  if (pattern === undefined || text.length > MAXIMUM_TEXT) return undefined
  const matcher = new Matcher(Array.from(text, (character) => character.codePointAt(0) ?? 0))
  const starts = pattern.fromStart ? [0] : matcher.everywhere()
  const ends = matcher.run(pattern.node, new Set(starts))
  if (ends === undefined) return undefined
  return pattern.toEnd ? ends.has(matcher.length) : ends.size > 0
}

/** The shortest text of its first alternatives, stretched where it may be to reach `shortest` code points. */
export function patternSample(source: string, shortest: number, longest: number): string | undefined {
  const pattern = parsePattern(source)
  if (pattern === undefined || shortest > MAXIMUM_TEXT) return undefined
  const plain = write(pattern.node, 0)
  const missing = shortest - plain.length
  const sample = missing > 0 ? write(pattern.node, missing) : plain
  if (!pattern.toEnd) while (sample.length < shortest) sample.push(LOWER_A)
  if (sample.length < shortest || sample.length > longest) return undefined
  const text = String.fromCodePoint(...sample)
  return patternTakes(source, text) === true ? text : undefined
}

const LOWER_A = 97

/** Follows every way through the tree at once: from a set of places to the set of places behind a match. */
class Matcher {
  readonly #text: readonly number[]
  #steps = 0

  constructor(text: readonly number[]) {
    this.#text = text
  }

  get length(): number {
    return this.#text.length
  }

  everywhere(): number[] {
    return Array.from({ length: this.#text.length + 1 }, (_, place) => place)
  }

  run(node: Node, starts: ReadonlySet<number>): ReadonlySet<number> | undefined {
    this.#steps += starts.size + 1
    if (this.#steps > MAXIMUM_STEPS) return undefined
    switch (node.type) {
      case 'set': {
        const ends = new Set<number>()
        for (const start of starts) {
          const code = this.#text[start]
          if (code !== undefined && holds(node, code)) ends.add(start + 1)
        }
        return ends
      }
      case 'sequence': {
        let places: ReadonlySet<number> | undefined = starts
        for (const part of node.nodes) if (places !== undefined) places = this.run(part, places)
        return places
      }
      case 'either': {
        const ends = new Set<number>()
        for (const part of node.nodes) {
          const some = this.run(part, starts)
          if (some === undefined) return undefined
          for (const end of some) ends.add(end)
        }
        return ends
      }
      case 'repeat':
        return this.#repeat(node, starts)
    }
  }

  #repeat(node: Node & { type: 'repeat' }, starts: ReadonlySet<number>): ReadonlySet<number> | undefined {
    let places: ReadonlySet<number> = starts
    const ends = new Set<number>(node.least === 0 ? starts : [])
    for (let round = 1; round <= Math.min(node.most, this.length + node.least) && places.size > 0; round += 1) {
      const next = this.run(node.node, places)
      if (next === undefined) return undefined
      // Past the least number of rounds only places that are new lead anywhere new.
      places = round <= node.least ? next : new Set([...next].filter((place) => !ends.has(place)))
      if (round >= node.least) for (const place of places) ends.add(place)
    }
    return ends
  }
}

function holds(set: Node & { type: 'set' }, code: number): boolean {
  return set.ranges.some(([from, to]) => code >= from && code <= to) !== set.negated
}

/** `extra` is how many code points more than the least are wished for; the first repetition that may gives them all. */
function write(node: Node, extra: number): number[] {
  switch (node.type) {
    case 'set':
      return [memberOf(node)]
    case 'sequence': {
      const codes: number[] = []
      let wished = extra
      for (const part of node.nodes) {
        const least = wished > 0 ? write(part, 0).length : 0
        const written = write(part, wished)
        if (wished > 0) wished -= written.length - least
        codes.push(...written)
      }
      return codes
    }
    case 'either':
      return node.nodes[0] === undefined ? [] : write(node.nodes[0], extra)
    case 'repeat': {
      const once = write(node.node, 0)
      const more = extra > 0 && once.length > 0 ? Math.ceil(extra / once.length) : 0
      // Nested repetitions multiply; a sample that is cut here does not match and is not used.
      const times = Math.min(node.most, node.least + more, Math.floor(MAXIMUM_TEXT / Math.max(1, once.length)))
      return Array.from({ length: times }, () => once).flat()
    }
  }
}

function memberOf(set: Node & { type: 'set' }): number {
  const wanted = [LOWER_A, 65, 49, 95, 45, 32, ...set.ranges.map(([from]) => from)]
  return wanted.find((code) => holds(set, code)) ?? [...PRINTABLE].find((code) => holds(set, code)) ?? LOWER_A
}

const PRINTABLE: readonly number[] = Array.from({ length: 95 }, (_, index) => index + 32)

/** Thrown inside the parser only. */
class NotUnderstood extends Error {}

function parsePattern(source: string): Pattern | undefined {
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
    if (least === undefined || Number(least) > MAXIMUM_TEXT) throw new NotUnderstood()
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
