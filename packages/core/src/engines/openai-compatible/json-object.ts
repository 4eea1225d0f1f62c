/** Looking at JSON that nobody has checked. */

export type JsonObject = Readonly<Record<string, unknown>>

/** Python writes `NaN` and `Infinity`, which are no JSON: they are read as nothing. Throws a `SyntaxError`. */
export function parsePythonJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch (error) {
    // Nearly nothing that is no JSON holds them.
    if (!/NaN|Infinity/.test(json)) throw error
    return JSON.parse(json.replace(STRINGS_AND_NO_NUMBERS, (found) => (found.startsWith('"') ? found : 'null')))
  }
}

const STRINGS_AND_NO_NUMBERS = /"(?:[^"\\]|\\.)*"|-?(?:NaN|Infinity)/g

/** Lists count as objects too; whoever minds looks first. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null
}

/** The value of a field that may be absent altogether. */
export function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

/** Upstreams write `null` and leave out by the same right. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value)
}
