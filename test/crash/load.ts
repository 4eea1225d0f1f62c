/** The clients of one round: each asks one thing after the other with a key of its own, as a seed says, until it is stopped. */

import { setTimeout as wait } from 'node:timers/promises'
import { seededRandom } from '../support/every-split.ts'
import { type Asked, WAYS, ask } from './client.ts'
import { SCRIPTS } from './scripts.ts'

export interface LoadPlan {
  readonly url: string
  /** One for each client. */
  readonly keys: readonly string[]
  readonly seed: number
  /** Requests of each client. */
  readonly most: number
}

const LONGEST_PAUSE_MS = 30

export class Load {
  /** What each client has asked, in the order in which it did. */
  readonly asked: readonly Asked[][]
  /** Resolves when no client asks any more. */
  readonly done: Promise<void>
  readonly #plan: LoadPlan
  readonly #end = new AbortController()
  /** Answers that were complete, and who waits for how many. */
  #complete = 0
  #awaited: { readonly count: number; readonly reached: () => void } | undefined

  constructor(plan: LoadPlan) {
    this.#plan = plan
    this.asked = plan.keys.map(() => [])
    this.done = Promise.all(plan.keys.map((key, client) => this.#play(key, client))).then(() => undefined)
  }

  /** Resolves in the moment in which clients have seen that many answers complete. One waits at a time. */
  completed(count: number): Promise<void> {
    if (this.#complete >= count) return Promise.resolve()
    return new Promise((resolve) => {
      this.#awaited = { count, reached: resolve }
    })
  }

  /** Nobody waits any longer. */
  stop(): void {
    this.#end.abort()
  }

  async #play(key: string, client: number): Promise<void> {
    const random = seededRandom(this.#plan.seed * 1_000 + client)
    const below = (limit: number): number => Math.floor(random() * limit)
    const { signal } = this.#end
    for (let count = 0; count < this.#plan.most && !signal.aborted; count += 1) {
      const script = SCRIPTS[below(SCRIPTS.length)] ?? SCRIPTS[0]
      const way = WAYS[below(WAYS.length)] ?? 'stream'
      if (script === undefined) return
      const leaveAfter = 1 + below(script.chunks + 2)
      const asked = await ask({ url: this.#plan.url, key, script, way, leaveAfter, signal })
      this.asked[client]?.push(asked)
      if (asked.complete) this.#sawComplete()
      await wait(below(LONGEST_PAUSE_MS), undefined, { signal }).catch(() => undefined)
    }
  }

  #sawComplete(): void {
    this.#complete += 1
    if (this.#complete === this.#awaited?.count) this.#awaited.reached()
  }
}
