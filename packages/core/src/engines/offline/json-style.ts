/** How a JSON text is laid out: read off its beginning, and kept to in what follows. */

export interface JsonStyle {
  /** Between a colon and its value. */
  readonly colonGap: string
  /** Between two members, before the indent of the next. */
  readonly comma: string
  /** The line break and indentation in front of what stands at this depth; `''` on one line. */
  indent(depth: number): string
  /** One step of indentation; `''` on one line. */
  readonly unit: string
}

const LONGEST_UNIT = 8

export function styleOf(text: string): JsonStyle {
  const [, unit] = /[{[][ \t]*\r?\n([ \t]*)/.exec(text) ?? []
  if (unit !== undefined) {
    const step = unit === '' ? '  ' : unit.slice(0, LONGEST_UNIT)
    return { colonGap: ' ', comma: ',', unit: step, indent: (depth) => `\n${step.repeat(depth)}` }
  }
  const tight = /"\s*:(?=[^\s])/.test(text) || /,(?=["[{])/.test(text)
  return { colonGap: tight ? '' : ' ', comma: tight ? ',' : ', ', unit: '', indent: () => '' }
}

/** JSON of a value that stands at `depth`. */
export function indented(value: unknown, style: JsonStyle, depth: number): string {
  if (style.unit !== '') return JSON.stringify(value, undefined, style.unit).replaceAll('\n', style.indent(depth))
  return style.comma === ',' ? JSON.stringify(value) : onOneLine(value)
}

/** On one line, with a space behind every comma and colon. Values made here are never deep. */
function onOneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(onOneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}: ${onOneLine(member)}`)
    .join(', ')}}`
}
