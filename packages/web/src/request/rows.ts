/** Rows of a CSV or JSONL file, for a prompt that is run over each; limits and what was left out are told. */

export interface Rows {
  readonly columns: readonly string[]
  readonly rows: readonly Readonly<Record<string, string>>[]
  /** The file had more. */
  readonly cut: boolean
}

const MOST_ROWS = 10_000

/** RFC 4180, and lenient: quotes may stand within a field, lines may end in any way. */
export function parseCsv(text: string, most = MOST_ROWS): Rows {
  const lines: string[][] = []
  let line: string[] = []
  let field = ''
  let quoted = false
  const endField = (): void => {
    line.push(field)
    field = ''
  }
  const endLine = (): void => {
    endField()
    if (line.length > 1 || line[0] !== '') lines.push(line)
    line = []
  }
  for (let at = 0; at < text.length && lines.length <= most + 1; at += 1) {
    const sign = text[at] ?? ''
    if (quoted) {
      if (sign === '"' && text[at + 1] === '"') {
        field += '"'
        at += 1
      } else if (sign === '"') quoted = false
      else field += sign
    } else if (sign === '"' && field === '') quoted = true
    else if (sign === ',') endField()
    else if (sign === '\n') endLine()
    else if (sign !== '\r') field += sign
  }
  if (field !== '' || line.length > 0) endLine()
  const [head = [], ...rest] = lines
  const columns = head.map((name, at) => (name.trim() === '' ? `column${at + 1}` : name.trim().replace(/^\uFEFF/, '')))
  return {
    columns,
    rows: rest.slice(0, most).map((values) => Object.fromEntries(columns.map((name, at) => [name, values[at] ?? '']))),
    cut: rest.length > most,
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

/** Lines that are no objects are left out. */
export function parseJsonl(text: string, most = MOST_ROWS): Rows {
  const rows: Record<string, string>[] = []
  const columns = new Set<string>()
  let cut = false
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue
    if (rows.length >= most) {
      cut = true
      break
    }
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      continue
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) continue
    const row = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, textOf(one)]))
    for (const name of Object.keys(row)) columns.add(name)
    rows.push(row)
  }
  return { columns: [...columns], rows, cut }
}

export function parseRows(name: string, text: string): Rows {
  return /\.(jsonl|ndjson)$/i.test(name) || text.trimStart().startsWith('{') ? parseJsonl(text) : parseCsv(text)
}

/** What a spreadsheet would take for a formula is told to be text. */
function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) && !/^-?\d+(\.\d+)?$/.test(value) ? `'${value}` : value
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function toCsv(columns: readonly string[], rows: readonly Readonly<Record<string, string>>[]): string {
  return [columns, ...rows.map((row) => columns.map((name) => row[name] ?? ''))]
    .map((line) => `${line.map(cell).join(',')}\n`)
    .join('')
}
