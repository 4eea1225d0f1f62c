/** Cuts growing text into pieces of forty lines: all but the last stay what they were, so that only it is laid out again. */

const LINES = 40
/** A line without an end is cut too: one text node of a megabyte would be laid out whole. */
const LONGEST = 8192

export function piecesOf(text: string): string[] {
  const pieces: string[] = []
  let begin = 0
  let lines = 0
  let at = 0
  while (at < text.length) {
    const next = text.indexOf('\n', at)
    const end = next === -1 ? text.length : next + 1
    at = Math.min(end, begin + LONGEST)
    if (at === end) lines += 1
    if (lines === LINES || at - begin >= LONGEST) {
      pieces.push(text.slice(begin, at))
      begin = at
      lines = 0
    }
  }
  if (begin < text.length || pieces.length === 0) pieces.push(text.slice(begin))
  return pieces
}
