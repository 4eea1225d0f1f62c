/** Who breaks what, and when it is mended: one replica at a time, as a seed says. */

import { seededRandom } from '../support/every-split.ts'
import type { Replica } from './replica.ts'

export class Conductor {
  readonly #replicas: readonly Replica[]
  readonly #random: () => number
  #mend: (() => Promise<void>) | undefined
  kills = 0
  stalls = 0

  constructor(replicas: readonly Replica[], seed: number) {
    this.#replicas = replicas
    this.#random = seededRandom(seed)
  }

  /** Breaks a replica, or mends the one that is broken. One step at a time. */
  async step(): Promise<void> {
    if (this.#mend !== undefined) return this.mend()
    const replica = this.#replicas[Math.floor(this.#random() * this.#replicas.length)]
    if (replica === undefined) return
    if (this.#random() < 0.6) {
      this.kills += 1
      this.#mend = () => replica.revive()
      await replica.kill()
    } else {
      this.stalls += 1
      this.#mend = () => replica.resume()
      await replica.stall()
    }
  }

  async mend(): Promise<void> {
    const mend = this.#mend
    this.#mend = undefined
    await mend?.()
  }
}
