/** Answers of the operator's API for people: tables, and one thing in lines. */

import { type AdminAnswer, field, plain } from './admin-connection.ts'
import type { Terminal } from './terminal.ts'

/** What the heading says, and the field that stands below it; `limits.rpm` is a field of a field. */
export type Columns = Readonly<Record<string, string>>

export interface OutputFlags {
  readonly json?: true
  readonly csv?: true
}

export function printList(answer: AdminAnswer, columns: Columns, flags: OutputFlags, terminal: Terminal): void {
  const { json, text, nextAfter } = answer
  if (flags.csv === true) {
    terminal.writeOut(text)
    if (nextAfter !== undefined) terminal.writeErr(more(nextAfter))
    return
  }
  if (flags.json === true) return printJson(json, terminal)
  const data = field(json, 'data')
  const rows: unknown[] = Array.isArray(data) ? data : []
  if (rows.length === 0) terminal.writeErr('nothing\n')
  else terminal.writeOut(tableOf(rows, columns))
  if (field(json, 'has_more') === true) {
    const last = field(rows.at(-1), 'id') ?? field(rows.at(-1), 'name')
    terminal.writeErr(more(typeof last === 'string' ? last : undefined))
  }
}

export function printOne(value: unknown, flags: OutputFlags, terminal: Terminal): void {
  if (flags.json === true) return printJson(value, terminal)
  for (const line of linesOf(value, '')) terminal.writeOut(`${line}\n`)
}

function printJson(value: unknown, terminal: Terminal): void {
  terminal.writeOut(`${JSON.stringify(value, null, 2)}\n`)
}

function more(after: string | undefined): string {
  return after === undefined
    ? 'there is more: ask for a shorter time, fewer columns, or a larger --limit\n'
    : `there is more: --after ${after}\n`
}

function tableOf(rows: readonly unknown[], columns: Columns): string {
  const names = Object.keys(columns)
  const cells = rows.map((row) => names.map((name) => cellOf(valueAt(row, columns[name] ?? name))))
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((line) => line[at]?.length ?? 0)))
  // Numbers stand at the right, as one adds them up.
  const numeric = names.map((_, at) => cells.every((line) => /^(-|-?[\d.]+)$/.test(line[at] ?? '')))
  const lineOf = (line: readonly string[]): string =>
    line
      .map((cell, at) => (numeric[at] === true ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd()
  return [names, ...cells].map((line) => `${lineOf(line)}\n`).join('')
}

function valueAt(row: unknown, path: string): unknown {
  return path.split('.').reduce(field, row)
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined || value === '') return '-'
  if (Array.isArray(value)) return value.length === 0 ? '-' : value.map(cellOf).join(',')
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

function linesOf(value: unknown, holder: string): string[] {
  return Object.entries(Object(value)).flatMap(([name, inner]) => {
    const path = `${holder}${name}`
    const isHolder = typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    return isHolder ? linesOf(inner, `${path}.`) : [`${path}: ${cellOf(inner)}`]
  })
}
