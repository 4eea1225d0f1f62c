/**
 * Texts for a `pattern` of a schema: whether one fits, and one that does.
 *
 * A client's pattern is never run as a regular expression, because one that backtracks would stop the process. Its tree
 * is matched by following all ways at once, so the cost is bounded by its size times the text's length. For a pattern
 * that is not understood the answer is `undefined`, which callers take for "no pattern".
 */

import { type Node, parsePattern } from './pattern-tree.ts'

const MAXIMUM_TEXT = 2_000
const MAXIMUM_STEPS = 200_000

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
