/** What one line of Markdown can begin (CommonMark 0.31, GFM tables), as far as the cut into blocks depends on it. */

const FENCE = /^( {0,3})(`{3,}|~{3,})(.*)$/
const HEADING = /^ {0,3}#{1,6}(?:[ \t]|$)/
const RULE = /^ {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})$/
const UNDERLINE = /^ {0,3}(?:-+|=+)[ \t]*$/
const MARKER = /^( {0,3})([-*+]|\d{1,9}[.)])( {1,4}(?=\S)|[ \t]|$)/
const DELIMITER_CELL = /^[ \t]*:?-+:?[ \t]*$/

/** More containers in each other than anybody writes; behind it a reader would call itself too often. */
const TOO_DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){24}/

export interface Fence {
  readonly indent: number
  readonly character: string
  readonly length: number
  readonly language: string
}

export interface Marker {
  /** `-`, `*`, `+`, `.` or `)`: another one begins another list. */
  readonly kind: string
  /** Columns up to what stands in the item. */
  readonly indent: number
  /** Whether it may stand right behind a paragraph. */
  readonly interrupts: boolean
}

export const isBlank = (line: string): boolean => /^[ \t]*$/.test(line)
export const isHeading = (line: string): boolean => HEADING.test(line)
export const isRule = (line: string): boolean => RULE.test(line)
export const isUnderline = (line: string): boolean => UNDERLINE.test(line)
export const isQuote = (line: string): boolean => /^ {0,3}>/.test(line)
export const isTooDeep = (line: string): boolean => TOO_DEEP.test(line)

/** Spaces before its text; a tab is as much as an indented block needs. */
export function indentOf(line: string): number {
  let indent = 0
  for (const character of line) {
    if (character === '\t') indent += 4
    else if (character === ' ') indent += 1
    else break
  }
  return indent
}

export function fenceOf(line: string): Fence | undefined {
  const [, indent = '', marks, info = ''] = FENCE.exec(line) ?? []
  const character = marks?.[0]
  if (marks === undefined || character === undefined || (character === '`' && info.includes('`'))) return undefined
  const [language = ''] = info.trim().split(/\s+/, 1)
  return { indent: indent.length, character, length: marks.length, language }
}

export function closes(fence: Fence, line: string): boolean {
  const text = line.trim()
  return text.length >= fence.length && indentOf(line) < 4 && text === fence.character.repeat(text.length)
}

export function markerOf(line: string): Marker | undefined {
  const [whole, , marker, gap = ''] = MARKER.exec(line) ?? []
  if (whole === undefined || marker === undefined || isRule(line)) return undefined
  const isEmpty = isBlank(line.slice(whole.length))
  const kind = marker.slice(-1)
  const isFirst = marker.length === 1 || marker === '1.' || marker === '1)'
  return { kind, indent: gap === '' ? whole.length + 1 : whole.length, interrupts: isFirst && !isEmpty }
}

/** Whether the second line makes a table of the first. */
export function isTable(header: string, delimiter: string): boolean {
  if (!header.includes('|') || !/^[ \t:|-]*-[ \t:|-]*$/.test(delimiter) || indentOf(header) > 3) return false
  const cells = cellsOf(delimiter)
  return cells.every((cell) => DELIMITER_CELL.test(cell)) && cells.length === cellsOf(header).length
}

function cellsOf(row: string): string[] {
  return row
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
}
