/** A running recording: every engine that passes through it, the file, and what there is to say at the end. */

import type { Engine } from '@moonbase/core/generation'
import type { CassetteFile } from './cassette-file.ts'

/** What makes lines of what engines say. */
export interface EngineRecorder {
  record<Recorded extends Engine>(engine: Recorded): Recorded
  /** Resolves when everything that has ended until now was handed to the file. */
  idle(): Promise<void>
  /** Generations that have ended. */
  readonly counts: {
    readonly complete: number
    readonly failed: number
    readonly left: number
    readonly dropped: number
  }
}

export class Recording {
  readonly #file: CassetteFile
  readonly #recorder: EngineRecorder

  constructor(file: CassetteFile, recorder: EngineRecorder) {
    this.#file = file
    this.#recorder = recorder
  }

  /** What the operator has to know while it runs. */
  get startLine(): string {
    return `recording: answers, and the beginnings of prompts, go into ${this.#file.path} (mode 0600); whoever has the file reads them`
  }

  record<Recorded extends Engine>(engine: Recorded): Recorded {
    return this.#recorder.record(engine)
  }

  /** Waits for what is still to be written. @returns what was recorded, in a line for people */
  async close(): Promise<string> {
    await this.#recorder.idle()
    await this.#file.close()
    const { complete, failed, left, dropped } = this.#recorder.counts
    const missing = dropped + this.#file.lost
    const written = complete + failed + left - this.#file.lost
    const alas = missing === 0 ? '' : `; ${missing} ${missing === 1 ? 'is' : 'are'} missing`
    if (written <= 0) return `recorded nothing${alas}; no cassette was written`
    const kinds = [`${complete} complete`, ...some(failed, 'failed'), ...some(left, 'left by its client')]
    return `recorded ${written} ${written === 1 ? 'generation' : 'generations'} in ${this.#file.path} (${kinds.join(', ')})${alas}`
  }
}

function some(count: number, words: string): string[] {
  return count === 0 ? [] : [`${count} ${words}`]
}
