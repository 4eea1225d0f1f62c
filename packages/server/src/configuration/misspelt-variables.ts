/** Variables that somebody has set and that mean nothing here. */

import type { StartEnvironment } from './configuration.ts'
import { closeNames } from './did-you-mean.ts'

/** A variable that is nearly one of ours does nothing, which nobody would notice. */
export function misspelt(environment: StartEnvironment, known: readonly string[]): string[] {
  const notes: string[] = []
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('MOONBASE_') || known.includes(name) || notes.length === MOST_NOTES) continue
    const [close] = closeNames(
      name.slice(OURS.length),
      known.map((variable) => variable.slice(OURS.length)),
      1,
    )
    if (close !== undefined) notes.push(`${name} is set but means nothing; did you mean ${OURS}${close}?`)
  }
  return notes
}

const OURS = 'MOONBASE_'
const MOST_NOTES = 5
