/** Names of members that a schema does not name: any text but the names it knows. */

import { type RuleBook, mayStandUnescaped, oneOf, unescapedBut } from './gbnf.ts'

/** So many beginnings of known names are told apart, and so long ones; no other name begins with what lies beyond. */
const MOST_BEGINNINGS = 2000
const LONGEST_BEGINNING = 64

interface Beginning {
  readonly next: Map<number, Beginning>
  isName: boolean
  /** Known names go on from here, further than was looked. */
  isCut: boolean
}

/**
 * An expression for a name behind its opening quotation mark, the closing one included; `most` is about the number of its
 * characters. Not complete: no empty name, and none with a character that JSON escapes. So each name has one spelling, and
 * by that it can be told from `known`.
 */
export function extraKey(book: RuleBook, known: readonly string[], most: number): string {
  const character = book.rule('k', () => unescapedBut([]))
  const tail = book.rule('kt', () => `${book.repeated(character, 0, Math.max(0, most - 1))} "\\""`)
  const root = beginningsOf(known)
  return root.next.size === 0 ? `${character} ${tail}` : book.own('x', () => other(book, root, tail, true))
}

function beginningsOf(known: readonly string[]): Beginning {
  const root = beginning()
  const names = known.map((name) => Array.from(name, (character) => character.codePointAt(0) ?? 0))
  let level = names
    .filter((codes) => codes.length > 0 && codes.every(mayStandUnescaped))
    .map((codes) => ({ codes, from: root }))
  let count = 0
  // Level by level: what is cut off by the limits is what lies deepest.
  for (let place = 0; level.length > 0; place += 1) {
    if (count >= MOST_BEGINNINGS || place === LONGEST_BEGINNING) {
      for (const { from } of level) from.isCut = true
      return root
    }
    level = level.flatMap(({ codes, from }) => {
      const code = codes[place]
      if (code === undefined) {
        from.isName = true
        return []
      }
      const before = from.next.get(code)
      const inside = before ?? beginning()
      if (before === undefined) count += 1
      from.next.set(code, inside)
      return [{ codes, from: inside }]
    })
  }
  return root
}

const beginning = (): Beginning => ({ next: new Map(), isName: false, isCut: false })

/** What may follow a beginning so that the whole is none of the known names. */
function other(book: RuleBook, { next, isName }: Beginning, tail: string, isRoot: boolean): string {
  const ways = [`${unescapedBut(Array.from(next.keys()))} ${tail}`]
  if (!isName && !isRoot) ways.push('"\\""')
  for (const [code, inside] of next) {
    if (!inside.isCut) ways.push(`${oneOf(code)} ${book.own('x', () => other(book, inside, tail, false))}`)
  }
  return ways.join(' | ')
}
