/** Lets everybody through, or nobody for a while. */
export class Gate {
  /** Of those who wait. */
  #shut: PromiseWithResolvers<void> | undefined
  /** Who has sent fewer goes on. */
  #chunks = 0

  shut(chunks: number): void {
    this.#shut ??= Promise.withResolvers()
    this.#chunks = chunks
  }

  open(): void {
    this.#shut?.resolve()
    this.#shut = undefined
  }

  passed(sent: number): Promise<void> | undefined {
    return sent < this.#chunks ? undefined : this.#shut?.promise
  }
}
