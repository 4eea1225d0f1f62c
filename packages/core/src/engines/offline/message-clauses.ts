/** A message, cut where it may go on to something else. */

/** A stretch of a message, by its place in it. */
export type Clause = readonly [start: number, end: number]

/** Parts of a message that may ask for different things, by their place in it. */
export function clausesOf(message: string): readonly Clause[] {
  const clauses: [number, number][] = []
  let start = 0
  for (const match of message.matchAll(
    /\s*(?:[,;.!?\n，。；！？](?=\s|$|\p{Script=Han})|\band\b|\bplus\b|\balso\b|和|以及)\s*/giu,
  )) {
    if (match.index > start) clauses.push([start, match.index])
    start = match.index + match[0].length
    if (clauses.length >= MAXIMUM_CLAUSES) break
  }
  if (start < message.length) clauses.push([start, message.length])
  return clauses
}

const MAXIMUM_CLAUSES = 64

/**
 * "Look it up, then send it" asks for one thing after the other: its steps, in order.
 */
export function stepsOf(message: string): readonly string[] {
  return message
    .split(STEP)
    .slice(0, MAXIMUM_STEPS)
    .map((step) => step.trim())
}

const STEP = /(?:[,;.]?\s*\band\s+then\b|[,;.]\s*then\b|\bthen,|\bafter that\b|\bafterwards\b|然后)/i
const MAXIMUM_STEPS = 16
