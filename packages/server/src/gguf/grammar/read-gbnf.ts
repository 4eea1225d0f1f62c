/** A reader of GBNF for tests, independent of llama.cpp: whether a grammar takes a text, and texts that it gives. */

import assert from 'node:assert/strict'

type Symbol =
  | { readonly kind: 'character'; readonly ranges: readonly (readonly [from: number, to: number])[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'ways'; readonly ways: readonly Way[] }
  | { readonly kind: 'repeat'; readonly unit: Symbol; readonly least: number; readonly most: number }

type Way = readonly Symbol[]

/** llama.cpp reads a larger bound as none. */
const LARGEST_REPETITION = 2000
const ESCAPES: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 }

export class Gbnf {
  readonly #rules = new Map<string, readonly Way[]>()
  /** Characters of the shortest text of each rule. */
  readonly #shortest = new Map<string, number>()

  /** Fails for what is no grammar, and for a rule that is missing or endless. */
  constructor(text: string) {
    for (const line of text.split('\n').filter((one) => one !== '')) {
      const match = /^([a-zA-Z0-9-]+) ::= (.*)$/s.exec(line)
      assert.ok(match !== null, `no rule: ${line}`)
      const [, name = '', body = ''] = match
      assert.ok(!this.#rules.has(name), `twice: ${name}`)
      this.#rules.set(name, new BodyReader(body).read())
    }
    for (let before = -1; before !== this.#shortest.size;) {
      before = this.#shortest.size
      for (const [name, ways] of this.#rules) {
        const length = Math.min(...ways.map((way) => this.#lengthOf(way)))
        if (length < Infinity && !this.#shortest.has(name)) this.#shortest.set(name, length)
      }
    }
    for (const name of this.#rules.keys()) assert.ok(this.#shortest.has(name), `endless: ${name}`)
  }

  get size(): number {
    return this.#rules.size
  }

  takes(text: string): boolean {
    const frames = new Frames()
    let heads = this.#closure([frames.of([{ kind: 'rule', name: 'root' }], 0, 0, undefined)], frames)
    for (const character of text) {
      const code = character.codePointAt(0) ?? 0
      const next: Frame[] = []
      for (const head of heads) {
        const symbol = head.way[head.at]
        if (symbol?.kind === 'character' && symbol.ranges.some(([from, to]) => from <= code && code <= to)) {
          next.push(frames.of(head.way, head.at + 1, 0, head.below))
        }
      }
      heads = this.#closure(next, frames)
    }
    return heads.some((head) => head.below === undefined && head.at === head.way.length)
  }

  /** A text that the grammar takes, chosen at random; after `length` characters the shortest ways are taken. */
  text(random: () => number, length: number): string {
    const written: string[] = []
    const ofWays = (ways: readonly Way[], depth: number): void => {
      const isLong = written.length > length || depth > 400
      const lengths = ways.map((way) => this.#lengthOf(way))
      const shortest = ways[lengths.indexOf(Math.min(...lengths))]
      for (const symbol of (isLong ? shortest : ways[Math.floor(random() * ways.length)]) ?? []) ofSymbol(symbol, depth)
    }
    const ofSymbol = (symbol: Symbol, depth: number): void => {
      if (symbol.kind === 'character') written.push(characterOf(symbol.ranges, random))
      else if (symbol.kind === 'rule') ofWays(this.#waysOf(symbol.name), depth + 1)
      else if (symbol.kind === 'ways') ofWays(symbol.ways, depth)
      else {
        let more = written.length > length ? 0 : Math.min(symbol.most - symbol.least, Math.floor(random() * 5))
        // The largest count is where mistakes are.
        if (symbol.most < 100 && random() < 0.1 && written.length <= length) more = symbol.most - symbol.least
        for (let count = 0; count < symbol.least + more; count += 1) ofSymbol(symbol.unit, depth)
      }
    }
    ofSymbol({ kind: 'rule', name: 'root' }, 0)
    return written.join('')
  }

  #waysOf(name: string): readonly Way[] {
    const ways = this.#rules.get(name)
    assert.ok(ways !== undefined, `no rule ${name}`)
    return ways
  }

  #lengthOf(way: Way): number {
    return way.reduce((length, symbol) => length + this.#lengthOfSymbol(symbol), 0)
  }

  #lengthOfSymbol(symbol: Symbol): number {
    if (symbol.kind === 'character') return 1
    if (symbol.kind === 'rule') return this.#shortest.get(symbol.name) ?? Infinity
    if (symbol.kind === 'ways') return Math.min(...symbol.ways.map((way) => this.#lengthOf(way)))
    return symbol.least === 0 ? 0 : symbol.least * this.#lengthOfSymbol(symbol.unit)
  }

  /** The frames whose next symbol is a character, or that are at the end. */
  #closure(start: readonly Frame[], frames: Frames): readonly Frame[] {
    const heads: Frame[] = []
    const todo = [...start]
    const seen = new Set<Frame>(todo)
    const add = (frame: Frame): void => {
      if (seen.has(frame)) return
      seen.add(frame)
      todo.push(frame)
    }
    for (let frame = todo.pop(); frame !== undefined; frame = todo.pop()) {
      const symbol = frame.way[frame.at]
      if (symbol === undefined) {
        if (frame.below === undefined) heads.push(frame)
        else add(frame.below)
      } else if (symbol.kind === 'character') heads.push(frame)
      else if (symbol.kind === 'repeat') {
        if (frame.count >= symbol.least) add(frames.of(frame.way, frame.at + 1, 0, frame.below))
        if (frame.count < symbol.most) {
          // Where there is no bound, counting on would only make more frames.
          const count = symbol.most === Infinity ? Math.min(frame.count + 1, symbol.least) : frame.count + 1
          add(frames.of(unitOf(symbol), 0, 0, frames.of(frame.way, frame.at, count, frame.below)))
        }
      } else {
        const after = frames.of(frame.way, frame.at + 1, 0, frame.below)
        for (const way of symbol.kind === 'rule' ? this.#waysOf(symbol.name) : symbol.ways) {
          add(frames.of(way, 0, 0, after))
        }
      }
    }
    return heads
  }
}

interface Frame {
  readonly id: number
  readonly way: Way
  readonly at: number
  /** Times that the repetition at this place was gone through. */
  readonly count: number
  readonly below: Frame | undefined
}

/** Equal frames are one, so that ways that meet again are followed once. */
class Frames {
  readonly #wayIds = new Map<Way, number>()
  readonly #known = new Map<string, Frame>()

  of(way: Way, at: number, count: number, below: Frame | undefined): Frame {
    // What is over is not kept, or the stack of a long list would grow with it.
    if (at === way.length && below !== undefined) return below
    const wayId = this.#wayIds.get(way) ?? this.#wayIds.size
    this.#wayIds.set(way, wayId)
    const key = `${wayId} ${at} ${count} ${below?.id ?? ''}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const frame = { id: this.#known.size, way, at, count, below }
    this.#known.set(key, frame)
    return frame
  }
}

const units = new WeakMap<Symbol, Way>()

function unitOf(symbol: Symbol & { readonly kind: 'repeat' }): Way {
  const known = units.get(symbol) ?? [symbol.unit]
  units.set(symbol, known)
  return known
}

function characterOf(ranges: readonly (readonly [number, number])[], random: () => number): string {
  const [from, to] = ranges[Math.floor(random() * ranges.length)] ?? [0, 0]
  // Mostly from the beginning of a range, where the letters are.
  const width = random() < 0.8 ? Math.min(to - from, 60) : to - from
  return String.fromCodePoint(from + Math.floor(random() * (width + 1)))
}

class BodyReader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): readonly Way[] {
    const ways = this.#ways()
    assert.equal(this.#at, this.#text.length, `unexpected: ${this.#text.slice(this.#at)}`)
    return ways
  }

  #ways(): readonly Way[] {
    const ways: Symbol[][] = [[]]
    for (this.#space(); this.#at < this.#text.length && this.#text[this.#at] !== ')'; this.#space()) {
      if (this.#take('|')) {
        ways.push([])
        continue
      }
      ways.at(-1)?.push(...this.#item())
    }
    return ways
  }

  #item(): readonly Symbol[] {
    if (this.#take('"')) {
      const literal: Symbol[] = []
      while (!this.#take('"')) {
        const code = this.#character()
        literal.push({ kind: 'character', ranges: [[code, code]] })
      }
      // A counted literal would be counted as a whole.
      assert.ok(!/[*+{]/.test(this.#text[this.#at] ?? ''), 'a repeated literal')
      if (!this.#take('?')) return literal
      return [{ kind: 'ways', ways: [literal, []] }]
    }
    return [this.#repeated(this.#single())]
  }

  #single(): Symbol {
    if (this.#take('(')) {
      const ways = this.#ways()
      assert.ok(this.#take(')'), 'no end of a group')
      return { kind: 'ways', ways }
    }
    if (this.#take('[')) {
      const ranges: [number, number][] = []
      while (!this.#take(']')) {
        const from = this.#character()
        const isRange = this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']'
        if (isRange) this.#at += 1
        const to = isRange ? this.#character() : from
        assert.ok(from <= to, 'a range backwards')
        ranges.push([from, to])
      }
      assert.ok(ranges.length > 0, 'an empty class')
      return { kind: 'character', ranges }
    }
    const [name] = /^[a-zA-Z0-9-]+/.exec(this.#text.slice(this.#at)) ?? []
    assert.ok(name !== undefined, `unexpected: ${this.#text.slice(this.#at, this.#at + 20)}`)
    this.#at += name.length
    return { kind: 'rule', name }
  }

  #repeated(unit: Symbol): Symbol {
    if (this.#take('*')) return { kind: 'repeat', unit, least: 0, most: Infinity }
    if (this.#take('?')) return { kind: 'repeat', unit, least: 0, most: 1 }
    const [all, low = '', comma, high = ''] = /^\{(\d+)(,)?(\d+)?\}/.exec(this.#text.slice(this.#at)) ?? []
    if (all === undefined) return unit
    this.#at += all.length
    const least = Number(low)
    const most = comma === undefined ? least : high === '' ? Infinity : Number(high)
    assert.ok(least <= most && least < LARGEST_REPETITION, `a repetition of ${all}`)
    assert.ok(most === Infinity || most < LARGEST_REPETITION, `a repetition of ${all}`)
    return { kind: 'repeat', unit, least, most }
  }

  #character(): number {
    const code = this.#text.codePointAt(this.#at)
    assert.ok(code !== undefined, 'no end of a literal')
    if (!this.#take('\\')) {
      this.#at += code > 0xffff ? 2 : 1
      return code
    }
    const letter = this.#text[this.#at] ?? ''
    this.#at += 1
    const digits = ESCAPES[letter]
    if (digits === undefined) {
      assert.ok('"\\[]'.includes(letter), `escaped: ${letter}`)
      return letter.charCodeAt(0)
    }
    const hex = this.#text.slice(this.#at, this.#at + digits)
    assert.match(hex, new RegExp(`^[0-9a-f]{${digits}}$`))
    this.#at += digits
    return Number.parseInt(hex, 16)
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false
    this.#at += 1
    return true
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1
  }
}
