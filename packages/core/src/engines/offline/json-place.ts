/** Where the beginning of a JSON text ends inside an object or a list, and what that leaves to be written there. */

export interface Place {
  /** White space at the very end of the prefix. */
  readonly space: string
  /** A comma was the last thing, so something has to follow. */
  readonly needsMember: boolean
  /** A member was the last thing, so a comma comes before the next. */
  readonly needsComma: boolean
}

export const AFTER_MEMBER: Place = { space: '', needsMember: false, needsComma: true }

/** What is left of `wanted` white space when `begun` is there already. */
export function remainder(wanted: string, begun: string): string {
  if (wanted.startsWith(begun)) return wanted.slice(begun.length)
  return ''
}

/** A name that no member has yet. */
export function nameBeside(seen: ReadonlySet<string>): string {
  let name = 'more'
  for (let number = 2; seen.has(name); number += 1) name = `more${number}`
  return name
}
