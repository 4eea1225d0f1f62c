/** What routing tells of one request while it is answered: for headers, the log and metrics. */

import type { Engine, EngineError, EngineErrorKind } from '../generation/index.ts'
import type { Replica } from './replica.ts'

/** One engine failed in the middle, and another, or the same one again, went on. */
export interface Seam {
  readonly from: string
  readonly to: string
  readonly reason: EngineError['kind']
}

/** How the asking of one replica ended. */
export interface AttemptEnd {
  /** The replica's name. */
  readonly replica: string
  /** `outpaced`: another one was faster. */
  readonly outcome: 'complete' | 'outpaced' | EngineErrorKind
}

export class Journey {
  /** Who answers; known before the first event is given out. */
  engine: Engine | undefined
  /** How often an engine was asked. */
  attempts = 0
  /** How many of these were beside one that was slow to begin. */
  hedges = 0
  /** In the order in which they ended. */
  readonly ends: AttemptEnd[] = []
  readonly seams: Seam[] = []
  /** Told of each seam before the first event behind it is given out. */
  onSeam: ((seam: Seam) => void) | undefined

  ended({ engine }: Replica, outcome: AttemptEnd['outcome']): void {
    this.ends.push({ replica: engine.name, outcome })
  }

  cross(failure: EngineError, to: Replica): void {
    const seam = { from: failure.details.engine, to: to.engine.name, reason: failure.kind }
    this.seams.push(seam)
    this.onSeam?.(seam)
  }
}
