/** JSON in one form only: what means the same is the same text, and has the same hash. */

/** Deeper than anything that passes the checks of a request body. */
const MOST_LEVELS = 1_000

/** Members are sorted by name, and those without a value left out. Throws a `RangeError` for what is nested too deeply. */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, level: number): string {
  if (level > MOST_LEVELS) throw new RangeError(`nested more than ${MOST_LEVELS} levels deep`)
  if (Array.isArray(value)) return `[${value.map((entry) => write(entry, level + 1)).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${write(member, level + 1)}`)
  return `{${members.join(',')}}`
}
