/** A JSON string that may be cut anywhere, also inside an escape: what it says so far, and how it goes on. */

export interface OpenString {
  /** What it says so far, decoded; an escape that is cut is not part of it. */
  readonly value: string
  /** The text ended before the closing quote. */
  readonly open: boolean
  /** The beginning of an escape at the very end, such as `\u00`; `''` where there is none. */
  readonly cut: string
  /** Where the text goes on behind it. */
  readonly end: number
}

/** The string that starts at `start`; `undefined` for what no JSON string may hold. */
export function readString(text: string, start: number): OpenString | undefined {
  let value = ''
  let at = start + 1
  while (at < text.length) {
    const character = text[at] ?? ''
    if (character === '"') return { value, open: false, cut: '', end: at + 1 }
    if (character < ' ') return undefined
    if (character !== '\\') {
      value += character
      at += 1
      continue
    }
    const kind = text[at + 1]
    if (kind === 'u') {
      const digits = /^[\da-fA-F]{0,4}/.exec(text.slice(at + 2, at + 6))?.[0] ?? ''
      if (digits.length < 4)
        return at + 2 + digits.length === text.length
          ? { value, open: true, cut: text.slice(at), end: text.length }
          : undefined
      value += String.fromCharCode(Number.parseInt(digits, 16))
      at += 6
    } else {
      if (kind === undefined) return { value, open: true, cut: '\\', end: text.length }
      const decoded = Object.hasOwn(ESCAPES, kind) ? ESCAPES[kind] : undefined
      if (decoded === undefined) return undefined
      value += decoded
      at += 2
    }
  }
  return { value, open: true, cut: '', end: text.length }
}

/** The rest of an open string that is meant to say `meant`, with the closing quote. A cut escape is ended first. */
export function stringTail(string: OpenString, meant: string): string {
  const rest = meant.startsWith(string.value) ? meant.slice(string.value.length) : ''
  if (string.cut === '') return JSON.stringify(rest).slice(1)
  // The escape may be that of the next character that is meant.
  const escaped = escapeThatBegins(string.cut, rest)
  if (escaped !== undefined) return escaped.slice(string.cut.length) + JSON.stringify(rest.slice(1)).slice(1)
  return string.cut === '\\' ? 'n"' : `${'0041'.slice(string.cut.length - 2)}"`
}

function escapeThatBegins(cut: string, rest: string): string | undefined {
  const next = rest[0]
  if (next === undefined) return undefined
  const short = JSON.stringify(next).slice(1, -1)
  if (short.startsWith(cut)) return short
  const long = `\\u${next.charCodeAt(0).toString(16).padStart(4, '0')}`
  return long.toLowerCase().startsWith(cut.toLowerCase()) ? long : undefined
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}
