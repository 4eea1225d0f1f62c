/** What keeps retries from making an outage worse: each request earns a share of a retry, and a retry spends a whole one. */

export class RetryBudget {
  readonly #share: number
  readonly #most: number
  #left: number

  /** Starts with `reserve`, so that a quiet server may retry at all, and never saves up more than ten times that. */
  constructor({ share, reserve }: { readonly share: number; readonly reserve: number }) {
    this.#share = share
    this.#left = reserve
    this.#most = reserve * 10
  }

  earn(): void {
    this.#left = Math.min(this.#left + this.#share, this.#most)
  }

  /** False when there is none left: the failure is then the answer. */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left -= 1
    return true
  }
}
