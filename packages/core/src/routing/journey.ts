/** What routing tells of one request while it is answered: for headers, the log and metrics. */

import type { Engine, EngineError } from '../generation/index.ts'
import type { Replica } from './replica.ts'

/** One engine failed in the middle, and another, or the same one again, went on. */
export interface Seam {
  readonly from: string
  readonly to: string
  readonly reason: EngineError['kind']
}

export class Journey {
  /** Who answers; known before the first event is given out. */
  engine: Engine | undefined
  /** How often an engine was asked. */
  attempts = 0
  readonly seams: Seam[] = []
  /** Told of each seam before the first event behind it is given out. */
  onSeam: ((seam: Seam) => void) | undefined

  cross(failure: EngineError, to: Replica): void {
    const seam = { from: failure.details.engine, to: to.engine.name, reason: failure.kind }
    this.seams.push(seam)
    this.onSeam?.(seam)
  }
}
