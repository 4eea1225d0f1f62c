/** All mistakes of one start, gathered so that they are told together. */

import { StartError } from '../records/start-error.ts'

/** Where in a file; both count from 1, as editors do. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

interface Problem {
  readonly place: Place | undefined
  readonly subject: string
  readonly words: string
}

/** How many are shown; whoever has more has seen enough to start mending. */
const SHOWN = 20

export class Problems {
  readonly #problems: Problem[] = []

  /** `subject` is what is wrong (`engines.cluster.url`, `MOONBASE_PORT`), `words` how to mend it, without a secret. */
  add(subject: string, words: string, place?: Place): void {
    const known = this.#problems.some(
      (problem) => problem.subject === subject && problem.words === words && problem.place?.line === place?.line,
    )
    if (!known) this.#problems.push({ place, subject, words })
  }

  get count(): number {
    return this.#problems.length
  }

  /** Those without a place (environment, command line) first, then in the order of the file. */
  lines(): string[] {
    const sorted = this.#problems.toSorted(
      (one, other) =>
        (one.place?.line ?? 0) - (other.place?.line ?? 0) || (one.place?.column ?? 0) - (other.place?.column ?? 0),
    )
    const lines = sorted.slice(0, SHOWN).map(lineOf)
    if (sorted.length > SHOWN) lines.push(`and ${sorted.length - SHOWN} more`)
    return lines
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) throw new StartError(this.lines())
  }
}

function lineOf({ place, subject, words }: Problem): string {
  const where = place === undefined ? '' : `${place.file}:${place.line}:${place.column} `
  return withoutSecrets(`${where}${subject === '' ? '' : `${subject}: `}${words}`)
}

/** A last guard: a key that somebody wrote where a name belongs is part of the subject, and must not be shown. */
function withoutSecrets(line: string): string {
  return line.replaceAll(/\b(sk|ak)-[\w-]{12,}/g, '$1-…')
}

/** The outcome of checking one setting: its value, or in words what is wrong with it. */
export type Checked<Value> = { readonly value: Value } | { readonly wrong: string }

/** How a wrong value is quoted: as JSON, and never much of it. */
export function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}
