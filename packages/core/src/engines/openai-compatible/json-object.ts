/** Looking at JSON that nobody has checked. */

export type JsonObject = Readonly<Record<string, unknown>>

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
