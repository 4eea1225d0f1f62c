/** Looking into values of unknown shape without trusting them. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The fields of a mapping; of anything else, none. */
export function fieldsOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {}
}

/** The texts of a list, each with its index; of anything else, none. */
export function textsOf(value: unknown): [index: number, text: string][] {
  if (!Array.isArray(value)) return []
  return [...value.entries()].filter((entry): entry is [number, string] => typeof entry[1] === 'string')
}
