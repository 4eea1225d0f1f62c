/** What is wrong with a schema, or with a value, and where. */

export interface MfjsProblem {
  /** Keywords and names joined by dots, as the hosted platform writes them: `properties.x.items`; `root` for the root itself; `null` when there is no schema at all. */
  readonly path: string | null
  readonly message: string
}

/** `At path 'properties.x': type is not defined`, the text that stands between the angle brackets of an API error. */
export function describeProblem(problem: MfjsProblem): string {
  return problem.path === null ? problem.message : `At path '${problem.path}': ${problem.message}`
}

export function problemAt(path: readonly string[], message: string): MfjsProblem {
  return { path: path.length === 0 ? 'root' : path.join('.'), message }
}

const SHOWN_CHARACTERS = 80

/** A value as a message may show it: short, whatever it is. */
export function shownValue(value: unknown): string {
  if (Array.isArray(value)) return '[…]'
  if (typeof value === 'object' && value !== null) return '{…}'
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, SHOWN_CHARACTERS + 1)) : String(value)
  return text.length > SHOWN_CHARACTERS + 2 ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text
}
