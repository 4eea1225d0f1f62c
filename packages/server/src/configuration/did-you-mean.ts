/** Which known names are close to a name that is not known. */

/** Longer names are not compared: the work grows with the square of the length. */
const LONGEST = 64

/**
 * The known names within a third of the name's length in edits, closest first; at most `maximum` of them. A name that
 * begins another counts as close, so that `kimi-k2` finds `kimi-k2.5`.
 */
export function closeNames(name: string, known: Iterable<string>, maximum = 3): string[] {
  if (name.length > LONGEST) return []
  const wanted = fold(name)
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  const close: { name: string; edits: number }[] = []
  for (const candidate of known) {
    const folded = fold(candidate)
    const edits = editsBetween(wanted, folded)
    if (edits <= allowed) close.push({ name: candidate, edits })
    else if (wanted.length >= 3 && folded.startsWith(wanted)) close.push({ name: candidate, edits: allowed + edits })
  }
  return close
    .toSorted((one, other) => one.edits - other.edits)
    .slice(0, maximum)
    .map((entry) => entry.name)
}

/** `; did you mean a or b?`, or nothing when no name is close. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const names = closeNames(name, known)
  if (names.length === 0) return ''
  const last = names.pop()
  return `; did you mean ${names.length === 0 ? last : `${names.join(', ')} or ${last}`}?`
}

/** `firstByteMs`, `first-byte-ms` and `first_byte_ms` are one name to somebody who remembers it. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '')
}

/** Insertions, deletions, replacements and swaps of neighbours that turn one text into the other. */
function editsBetween(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      let edits = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (row > 1 && column > 1 && swapped) edits = Math.min(edits, (beforeLast[column - 2] ?? 0) + 1)
      current.push(edits)
    }
    beforeLast = last
    last = current
  }
  return last[other.length] ?? 0
}
