/**
 * What routing tells of one request while it is answered: for headers, the log, metrics and traces. Times are milliseconds
 * since the Unix epoch, and those that routing has read anyway.
 */

import type { Engine, EngineError, EngineErrorKind, ServerAddress } from '../generation/index.ts'
import type { Attempt } from './attempt.ts'
import type { Replica } from './replica.ts'

/** One engine failed in the middle, and another, or the same one again, went on. */
export interface Seam {
  readonly from: string
  readonly to: string
  readonly reason: EngineError['kind']
  /** When the first of what came behind it was given out. */
  readonly at: number
}

/** What an engine gave otherwise than it was asked to, and was held to. */
export interface Correction {
  /** The replica's name. */
  readonly engine: string
  readonly kind: CorrectionKind
}

export type CorrectionKind =
  /** It went on behind the budget. */
  | 'over-budget'
  /** It went on behind a stop string, or was never told of it. */
  | 'past-stop'
  /** A usage that cannot be true: ours was taken. */
  | 'usage'

/** How the asking of one replica ended. */
export interface AttemptEnd {
  /** The replica's name. */
  readonly replica: string
  /** `outpaced`: another one was faster. */
  readonly outcome: 'complete' | 'outpaced' | EngineErrorKind
  readonly beganAt: number
  /** `undefined`: it gave none. */
  readonly firstTokenAt: number | undefined
  readonly endedAt: number
  /** Who the engine said it is, where it said anything. */
  readonly model: string | undefined
  /** Where it was asked, where that is another server. */
  readonly server: ServerAddress | undefined
}

const NO_ENDS: readonly AttemptEnd[] = []
/** Of nearly every answer. */
const NO_SEAMS: readonly Seam[] = []
const NO_CORRECTIONS: readonly Correction[] = []

export class RoutingTrace {
  /** Who answers; known before the first event is given out. */
  engine: Engine | undefined
  /** How often an engine was asked. */
  attempts = 0
  /** How many of these were beside one that was slow to begin. */
  hedges = 0
  /** In the order in which they ended. */
  ends: readonly AttemptEnd[] = NO_ENDS
  seams: readonly Seam[] = NO_SEAMS
  corrections: readonly Correction[] = NO_CORRECTIONS
  /** Told of each seam before the first event behind it is given out. */
  onSeam: ((seam: Seam) => void) | undefined

  /** @param attempt is closed */
  ended({ replica: { engine }, beganAt, firstTokenAt, endedAt, model }: Attempt, outcome: AttemptEnd['outcome']): void {
    const end = { replica: engine.name, outcome, beganAt, firstTokenAt, endedAt, model, server: engine.server }
    this.ends = [...this.ends, end]
  }

  cross(failure: EngineError, to: Replica, at: number): void {
    const seam = { from: failure.details.engine, to: to.engine.name, reason: failure.kind, at }
    this.seams = [...this.seams, seam]
    this.onSeam?.(seam)
  }

  correct({ name }: Engine, kind: CorrectionKind): void {
    this.corrections = [...this.corrections, { engine: name, kind }]
  }
}
