/** Arguments of a call in one form, however a client has spaced and ordered them. */

/** Deeper than this they are compared as they were written. */
const MOST_DEPTH = 64
/** Longer than this likewise. */
const MOST_CHARACTERS = 1024 * 1024

/** JSON with its keys in order; what is none, as it stands. No arguments are `{}`. */
export function canonicalArguments(json: string): string {
  const written = json.trim()
  if (written === '') return '{}'
  if (written.length > MOST_CHARACTERS) return written
  try {
    return JSON.stringify(ordered(JSON.parse(written), 0))
  } catch {
    // Malformed or too deep: the same arguments are the same text then.
    return written
  }
}

function ordered(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth === MOST_DEPTH) throw new RangeError(`arguments are more than ${MOST_DEPTH} levels deep`)
  if (Array.isArray(value)) return value.map((item) => ordered(item, depth + 1))
  const entries = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
  // As a list, because an object would put names that are numbers first; and in an object, so that no array is the same.
  return { members: entries.map(([name, member]) => [name, ordered(member, depth + 1)]) }
}
