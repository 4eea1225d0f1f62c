/** JSON as values, for schemas and for what they describe. */

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [key: string]: JsonValue
}

/** What MFJS calls a dict: no array, not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Deeper than this, values count as different: it bounds the recursion. */
const DEEPEST_COMPARED = 512

/** Equal as JSON: the order of members does not count. */
export function jsonEqual(a: unknown, b: unknown, level = 0): boolean {
  if (a === b) return true
  if (level === DEEPEST_COMPARED) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => jsonEqual(item, b[index], level + 1))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && jsonEqual(a[name], b[name], level + 1))
}

/** The length that `minLength` and `maxLength` mean: Unicode code points, so that an emoji of one is one. */
export function codePointLength(text: string): number {
  let length = text.length
  for (let index = 1; index < text.length; index += 1) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xdc00 && (text.charCodeAt(index - 1) & 0xfc00) === 0xd800) length -= 1
  }
  return length
}
