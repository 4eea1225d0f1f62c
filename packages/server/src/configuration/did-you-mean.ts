/** Which known names are close to a name that is not known. */

/** Longer names are not compared: the work grows with the square of the length. */
const LONGEST = 64

/**
 * The known names that begin with the name, so that `kimi-k2` finds `kimi-k2.5`; where none does, those that are closest,
 * within a third of the name's length in edits. At most `maximum` of them.
 */
export function closeNames(name: string, known: Iterable<string>, maximum = 3): string[] {
  if (name.length > LONGEST) return []
  const wanted = fold(name)
  let close: string[] = []
  let fewest = Math.max(1, Math.floor(wanted.length / 3))
  const beginning: string[] = []
  for (const candidate of known) {
    const folded = fold(candidate)
    if (wanted.length >= 3 && folded.startsWith(wanted)) beginning.push(candidate)
    const edits = editsBetween(wanted, folded)
    if (edits < fewest) close = []
    if (edits > fewest) continue
    fewest = edits
    close.push(candidate)
  }
  return (beginning.length > 0 ? beginning : close).slice(0, maximum)
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
