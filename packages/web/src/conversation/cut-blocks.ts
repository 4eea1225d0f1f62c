/**
 * Where one block of Markdown ends and the next begins, line by line and without a parser. The cut depends on the text alone, and
 * not on how it came: a block is `final` when lines that are whole have begun the next one.
 */

import {
  closes,
  type Fence,
  fenceOf,
  indentOf,
  isBlank,
  isHeading,
  isQuote,
  isRule,
  isTable,
  isUnderline,
  type Marker,
  markerOf,
} from './line.ts'

export interface Cut {
  readonly kind: 'fence' | 'table' | 'list' | 'text'
  /** Of a fence. */
  readonly fence?: Fence
  readonly from: number
  /** Behind its last line, blank ones left out. */
  readonly to: number
  readonly final: boolean
  /** Of a list: it goes on with the one before, which was long enough. */
  readonly continues: boolean
}

/** A list longer than this, in lines or in UTF-16 units, goes on in another block. */
const LINES_OF_LIST = 40
const UNITS_OF_LIST = 4096

interface Line {
  readonly text: string
  readonly from: number
  /** Where the next line begins. */
  readonly next: number
  /** Its end has come. */
  readonly whole: boolean
}

/** Line `from` on; `undefined` behind the end of the text. */
function lineAt(text: string, from: number): Line | undefined {
  if (from >= text.length) return undefined
  const end = text.indexOf('\n', from)
  if (end === -1) return { text: text.slice(from), from, next: text.length, whole: false }
  const isReturn = text.charCodeAt(end - 1) === 13 && end > from
  return { text: text.slice(from, isReturn ? end - 1 : end), from, next: end + 1, whole: true }
}

/** @param from the beginning of a block, or of blank lines before it */
export function* cutBlocks(text: string, from: number, continues = false): Generator<Cut, void, undefined> {
  let at = from
  let goesOn = continues
  for (;;) {
    let line = lineAt(text, at)
    while (line !== undefined && isBlank(line.text)) line = lineAt(text, line.next)
    if (line === undefined) return
    const end = endOfBlock(text, line)
    const next = nextLine(text, end.at)
    // The first line of the next block decides that this one is over; of a table the second one does.
    const final = next !== undefined && next.whole && (!end.byTable || lineAt(text, next.next)?.whole === true)
    const { kind, fence } = end
    const to = trimmed(text, line.from, end.at)
    yield { kind, from: line.from, to, final, continues: goesOn, ...(fence !== undefined && { fence }) }
    goesOn = end.goesOn
    at = end.at
  }
}

interface End {
  readonly kind: Cut['kind']
  readonly fence?: Fence
  /** Where the next block may begin. */
  readonly at: number
  readonly byTable: boolean
  /** The next block is the rest of this list. */
  readonly goesOn: boolean
}

const ended = (kind: Cut['kind'], at: number, more: Partial<End> = {}): End => ({
  kind,
  at,
  byTable: false,
  goesOn: false,
  ...more,
})

function nextLine(text: string, from: number): Line | undefined {
  let line = lineAt(text, from)
  while (line !== undefined && isBlank(line.text)) line = lineAt(text, line.next)
  return line
}

function trimmed(text: string, from: number, to: number): number {
  let end = to
  while (end > from && /[\n\r \t]/.test(text.charAt(end - 1))) end -= 1
  return Math.max(end, from)
}

function endOfBlock(text: string, first: Line): End {
  const fence = fenceOf(first.text)
  if (fence !== undefined) return ended('fence', behindFence(text, first.next, fence), { fence })
  if (isHeading(first.text) || isRule(first.text)) return ended('text', first.next)
  const marker = markerOf(first.text)
  if (marker !== undefined) return endOfList(text, first, marker)
  if (indentOf(first.text) >= 4) return ended('text', endOfIndented(text, first))
  const second = lineAt(text, first.next)
  if (second !== undefined && isTable(first.text, second.text)) return ended('table', endOfTable(text, second))
  return endOfParagraph(text, first)
}

/** Behind the line that closes it, or behind the text. Looked for as a whole: an open block of code may be long. */
function behindFence(text: string, from: number, fence: Fence): number {
  const marks = fence.character.repeat(fence.length)
  const withMarks = (after: number): Line | undefined => {
    const at = text.indexOf(marks, after)
    return at === -1 ? undefined : lineAt(text, Math.max(from, text.lastIndexOf('\n', at) + 1))
  }
  for (let line = withMarks(from); line !== undefined; line = withMarks(line.next)) {
    if (closes(fence, line.text)) return line.next
  }
  return text.length
}

function endOfTable(text: string, delimiter: Line): number {
  let line = lineAt(text, delimiter.next)
  while (line !== undefined && !isBlank(line.text) && !begins(line.text)) line = lineAt(text, line.next)
  return line?.from ?? text.length
}

/** Blank lines between indented ones belong to it. */
function endOfIndented(text: string, first: Line): number {
  let end = first.next
  for (let line = lineAt(text, end); line !== undefined; line = lineAt(text, line.next)) {
    if (isBlank(line.text)) continue
    if (indentOf(line.text) < 4) break
    end = line.next
  }
  return end
}

function endOfParagraph(text: string, first: Line): End {
  for (let line = lineAt(text, first.next); line !== undefined; line = lineAt(text, line.next)) {
    if (isBlank(line.text)) return ended('text', line.from)
    if (isUnderline(line.text) && !isQuote(first.text)) return ended('text', line.next)
    if (begins(line.text) && !(isQuote(first.text) && isQuote(line.text))) return ended('text', line.from)
    const next = lineAt(text, line.next)
    if (next !== undefined && isTable(line.text, next.text)) return ended('text', line.from, { byTable: true })
  }
  return ended('text', text.length)
}

/** Whether a line ends a paragraph that it stands right behind. */
function begins(line: string): boolean {
  if (indentOf(line) >= 4) return false
  return (
    fenceOf(line) !== undefined ||
    isHeading(line) ||
    isRule(line) ||
    isQuote(line) ||
    markerOf(line)?.interrupts === true
  )
}

function endOfList(text: string, first: Line, marker: Marker): End {
  let { indent } = marker
  let fence = fenceOf(first.text.slice(indent))
  let isAfterBlank = false
  let lines = 1
  for (let line = lineAt(text, first.next); line !== undefined; line = lineAt(text, line.next), lines += 1) {
    if (isBlank(line.text)) {
      isAfterBlank = true
      continue
    }
    const own = indentOf(line.text)
    const inside = own >= indent
    if (fence !== undefined && (inside || closes(fence, line.text))) {
      if (closes(fence, line.text.trimStart())) fence = undefined
    } else if (inside) {
      fence = fenceOf(line.text.trimStart())
    } else {
      fence = undefined
      const next = markerOf(line.text)
      if (next !== undefined && next.kind === marker.kind) {
        const isLong = lines >= LINES_OF_LIST || line.from - first.from >= UNITS_OF_LIST
        if (isLong) return ended('list', line.from, { goesOn: true })
        indent = next.indent
        fence = fenceOf(line.text.slice(Math.min(next.indent, line.text.length)))
      } else if (next !== undefined || isAfterBlank || begins(line.text)) return ended('list', line.from)
    }
    isAfterBlank = false
  }
  return ended('list', text.length)
}
