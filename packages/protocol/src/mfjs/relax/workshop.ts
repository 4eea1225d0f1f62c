/** What reading, joining and writing shapes need from the one rewriting they are part of. */
import type { JsonObject } from '../json.ts'
import type { MfjsType } from '../mfjs-keywords.ts'
import type { MfjsLimits } from '../mfjs-limits.ts'
import type { Alternative, KeptAlternative } from './shape.ts'

export interface Workshop {
  readonly limits: MfjsLimits
  /** Counts a piece of work. Throws {@link TooComplex} when there has been too much. */
  step(): void
  /** Remembers, for the caller to see, what was changed and where. */
  note(path: readonly string[], change: string): void
  /** Whether a schema is MFJS as it stands, so that it can stay. */
  readonly isClean: (schema: JsonObject) => boolean
  /** A kept schema, taken apart. */
  open(kept: KeptAlternative): readonly Alternative[]
  /** The name a reference has in the result; `undefined` when it leads nowhere. */
  nameOf(reference: string): string | undefined
  /** What a definition allows, to be joined with something; `undefined` when it contains itself. */
  inline(name: string): readonly Alternative[] | undefined
  /** The types a definition names itself; none when it names none. */
  typesOfDefinition(name: string): readonly MfjsType[]
}

/** A schema that cannot be rewritten: it would take more steps than the budget. Never leaves this folder. */
export class TooComplex extends Error {
  override readonly name = 'TooComplex'
}

/** A schema that cannot be rewritten: no value satisfies it, and MFJS has no way to say so. Never leaves this folder. */
export class Unsatisfiable extends Error {
  override readonly name = 'Unsatisfiable'
}
