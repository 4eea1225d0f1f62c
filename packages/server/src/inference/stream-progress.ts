/** What a stream has generated so far, counted a piece at a time: for whoever finds it after a crash. */

import type { TokenCounter, Transcript, Usage } from '@moonbase/core/generation'

type Counted = Pick<Usage, 'completion' | 'reasoning'>

export class StreamProgress {
  readonly #counter: TokenCounter
  readonly #owner: string
  /** Characters that are counted, and the tokens they were. */
  #answer = 0
  #reasoning = 0
  #completion = 0
  #thought = 0
  /** A long piece is under way: the next look finds what it was, and what came meanwhile. */
  #isCounting = false

  constructor(counter: TokenCounter, owner: string) {
    this.#counter = counter
    this.#owner = owner
  }

  /** Tells what is new, at once or, where much is, when it is counted; not at all where it cannot be. */
  look({ reasoning, answer }: Pick<Transcript, 'reasoning' | 'answer'>, tell: (counted: Counted) => void): void {
    if (this.#isCounting || (reasoning.length === this.#reasoning && answer.length === this.#answer)) return
    const terms = { owner: this.#owner }
    const thought = this.#counter.countTextAside(reasoning.slice(this.#reasoning), terms)
    const said = this.#counter.countTextAside(answer.slice(this.#answer), terms)
    const to = { reasoning: reasoning.length, answer: answer.length }
    if (typeof thought === 'number' && typeof said === 'number') tell(this.#add(to, thought, said))
    else void this.#addLater(to, Promise.all([thought, said]), tell)
  }

  #add(to: { readonly reasoning: number; readonly answer: number }, thought: number, said: number): Counted {
    this.#thought += thought
    this.#completion += said
    this.#reasoning = to.reasoning
    this.#answer = to.answer
    return { completion: this.#thought + this.#completion, reasoning: this.#thought }
  }

  async #addLater(
    to: { readonly reasoning: number; readonly answer: number },
    counting: Promise<readonly [number, number]>,
    tell: (counted: Counted) => void,
  ): Promise<void> {
    this.#isCounting = true
    // Too many wait, or the thread broke: the next look counts it once more.
    const counted = await counting.catch(() => undefined)
    this.#isCounting = false
    if (counted !== undefined) tell(this.#add(to, ...counted))
  }
}
