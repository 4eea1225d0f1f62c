/** One block of Markdown, from its source to data: `marked`'s lexer reads it, and what it finds is named anew. */

import { Lexer, type Token, type Tokens } from 'marked'
import type { Block, Body, Cells, Item } from './block.ts'
import type { Cut } from './cut-blocks.ts'
import { closes, type Fence, isTooDeep } from './line.ts'
import { piecesOf } from './pieces.ts'
import { readInline } from './read-inline.ts'
import { is } from './token-kind.ts'

/** In UTF-16 units. A longer block is shown as it came: reading it again for each token would take the page's time. */
export const MOST_OF_BLOCK = 8192
const ROWS_OF_PIECE = 40

/** @param before what stood at the same place, for what of it is still true */
export function readBlock(source: string, cut: Cut, before: Block | undefined): readonly Body[] {
  const [was] = before?.bodies ?? []
  if (cut.fence !== undefined) return [readFence(source, cut.fence, was)]
  if (cut.kind === 'table') return [readTable(source, was)]
  if (source.length > MOST_OF_BLOCK || source.split('\n').some(isTooDeep)) {
    return [{ kind: 'plain', pieces: piecesOf(source, was?.kind === 'plain' ? was.pieces : []) }]
  }
  return lexed(source).flatMap((token) => readBody(token, cut.continues))
}

function lexed(source: string): Token[] {
  return new Lexer({ gfm: true, breaks: false, pedantic: false }).lex(source)
}

function readFence(source: string, fence: Fence, was: Body | undefined): Body {
  const end = source.indexOf('\n')
  const inside = end === -1 ? '' : source.slice(end + 1)
  const last = inside.lastIndexOf('\n') + 1
  const closed = end !== -1 && closes(fence, inside.slice(last))
  const written = closed ? inside.slice(0, Math.max(0, last - 1)) : inside
  const code = fence.indent === 0 ? written : written.replace(new RegExp(`^ {1,${fence.indent}}`, 'gm'), '')
  const pieces = piecesOf(code, was?.kind === 'code' ? was.pieces : [])
  return { kind: 'code', language: fence.language, pieces, lines: linesOf(code), closed }
}

function linesOf(code: string): number {
  let lines = code === '' ? 0 : 1
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) lines += 1
  return lines
}

/** Rows that are whole are read once: each piece is read as a table of its own, below the same header. */
function readTable(source: string, was: Body | undefined): Body {
  const lines = source.split('\n')
  const head = lines.slice(0, 2).join('\n')
  const rows = lines.slice(2)
  const known = was?.kind === 'table' ? was.pieces : []
  const pieces = Array.from({ length: Math.ceil(rows.length / ROWS_OF_PIECE) }, (_, index) => {
    const piece = rows.slice(index * ROWS_OF_PIECE, (index + 1) * ROWS_OF_PIECE)
    const isFull = piece.length === ROWS_OF_PIECE && index < known.length - 1
    return (isFull ? known[index] : undefined) ?? piece.map((row) => readRow(head, row))
  })
  const [table] = lexed(head)
  if (table === undefined || !is(table, 'table')) return { kind: 'plain', pieces: piecesOf(source) }
  const { align, header } = table
  return { kind: 'table', align, header: cells(header), pieces }
}

function readRow(head: string, row: string): Cells {
  const [table] = row.length > MOST_OF_BLOCK ? [] : lexed(`${head}\n${row}`)
  const [first] = table !== undefined && is(table, 'table') ? table.rows : []
  return first === undefined ? [[{ kind: 'text', text: row }]] : cells(first)
}

const cells = (row: readonly Tokens.TableCell[]): Cells => row.map(({ tokens }) => readInline(tokens))

function readBodies(tokens: readonly Token[]): Body[] {
  return tokens.flatMap((token) => readBody(token, false))
}

function readBody(token: Token, continues: boolean): Body[] {
  if (is(token, 'space') || is(token, 'checkbox')) return []
  if (is(token, 'hr')) return [{ kind: 'rule' }]
  if (is(token, 'heading')) {
    return [{ kind: 'heading', level: levelOf(token.depth), children: readInline(token.tokens) }]
  }
  if (is(token, 'code')) {
    const { text, lang = '' } = token
    const [language = ''] = lang.trim().split(/\s+/, 1)
    return [{ kind: 'code', language, pieces: piecesOf(text), lines: linesOf(text), closed: true }]
  }
  if (is(token, 'blockquote')) return [{ kind: 'quote', blocks: readBodies(token.tokens) }]
  if (is(token, 'list')) return [listOf(token, continues)]
  if (is(token, 'table')) {
    const { align, header, rows } = token
    return [{ kind: 'table', align, header: cells(header), pieces: [rows.map(cells)] }]
  }
  if ((is(token, 'paragraph') || is(token, 'text')) && token.tokens !== undefined) {
    return [{ kind: 'paragraph', children: readInline(token.tokens) }]
  }
  // Markup and definitions are shown as they stand.
  return [{ kind: 'paragraph', children: [{ kind: 'text', text: token.raw.trimEnd() }] }]
}

function levelOf(depth: number): 1 | 2 | 3 | 4 | 5 | 6 {
  return ([1, 2, 3, 4, 5] as const).find((level) => level === depth) ?? 6
}

function listOf({ ordered, start, items }: Tokens.List, continues: boolean): Body {
  return {
    kind: 'list',
    continues,
    ...(ordered && { start: Number(start) }),
    items: items.map(({ task, checked, tokens }): Item => ({
      blocks: readBodies(tokens),
      ...(task && { checked: checked === true }),
    })),
  }
}
