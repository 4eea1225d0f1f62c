/**
 * JSON texts without half characters: a lone surrogate, which JSON can write and UTF-8 cannot, becomes U+FFFD.
 *
 * Passed on, it makes a Python host fail as if it were ill, and the request would carry that from replica to replica. Valid
 * UTF-8 holds none, so it can only be an escape: a text without `\u` has none at any depth, and most of an agent's have none.
 */

/** Of a body: its text, and what stands in its calls' arguments, which are JSON texts inside of strings. */
export function parsedWellFormed(text: string, parse: (text: string) => unknown): unknown {
  if (!text.includes('\\u')) return parse(text)
  const value = parse(wellFormedJson(text))
  mendArguments(value)
  return value
}

/** An escape of a whole pair, of a high half or of a low one. */
const ESCAPES = /\\u[dD](?:[89abAB][\da-fA-F]{2}(\\u[dD][c-fC-F][\da-fA-F]{2})?|[c-fC-F][\da-fA-F]{2})/g
const REPLACEMENT = '\\ufffd'

/** The same text where every escape is of a whole character. */
function wellFormedJson(text: string): string {
  return text.replace(ESCAPES, (found, low: string | undefined, at: number) => {
    // A backslash that is escaped itself escapes nothing, and a low half behind it is alone.
    if (isEscaped(text, at)) return low === undefined ? found : found.slice(0, -low.length) + REPLACEMENT
    return low === undefined ? REPLACEMENT : found
  })
}

function isEscaped(text: string, at: number): boolean {
  let first = at
  while (first > 0 && text[first - 1] === '\\') first -= 1
  return (at - first) % 2 === 1
}

/** Changes the value. */
function mendArguments(value: unknown): void {
  const open: unknown[] = [value]
  // Ends: a parsed value is a tree, and each of its nodes comes once.
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== 'object' || node === null) continue
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON makes has fields, a list too
    const fields = node as Record<string, unknown>
    for (const name in fields) {
      const field = fields[name]
      if (typeof field === 'object' && field !== null) open.push(field)
      else if (name === 'arguments' && typeof field === 'string') fields[name] = wellFormedJson(field)
    }
  }
}
