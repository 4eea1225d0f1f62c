/** Compiled grammars, kept for the next request that needs the same: conversations send the same tools turn after turn. */

import type { Llama, LlamaGrammar, LlamaGrammarEvaluationState, LlamaModel } from 'node-llama-cpp'

/** The least recently used grammars go when there are more. */
const MAXIMUM_GRAMMARS = 256
/** A compiled grammar is its text: a few kilobytes as a rule, and the most of a megabyte where values nest freely. */
const MAXIMUM_CHARACTERS = 16_000_000

export class GrammarCache {
  readonly #llama: Llama
  readonly #model: LlamaModel
  readonly #State: typeof LlamaGrammarEvaluationState
  readonly #grammars = new Map<string, LlamaGrammar>()
  /** Of all keys, which are the texts of the grammars. */
  #characters = 0

  constructor(llama: Llama, model: LlamaModel, State: typeof LlamaGrammarEvaluationState) {
    this.#llama = llama
    this.#model = model
    this.#State = State
  }

  /** A fresh state at the beginning of the grammar. Rejects when llama.cpp cannot parse it. */
  async begin(gbnf: string, rootRule = 'root'): Promise<LlamaGrammarEvaluationState> {
    const grammar = await this.#grammar(gbnf, rootRule)
    return new this.#State({ model: this.#model, grammar })
  }

  async #grammar(gbnf: string, rootRule: string): Promise<LlamaGrammar> {
    const key = `${rootRule}\n${gbnf}`
    const known = this.#grammars.get(key)
    if (known !== undefined) {
      // Moves it to the end, so that the first is always the one that was not used for longest.
      this.#grammars.delete(key)
      this.#grammars.set(key, known)
      return known
    }
    const grammar = await this.#llama.createGrammar({ grammar: gbnf, rootRuleName: rootRule })
    // Another answer may have put the same grammar here meanwhile.
    if (!this.#grammars.has(key)) this.#characters += key.length
    this.#grammars.set(key, grammar)
    for (const oldest of this.#grammars.keys()) {
      if (this.#grammars.size <= MAXIMUM_GRAMMARS && this.#characters <= MAXIMUM_CHARACTERS) break
      this.#grammars.delete(oldest)
      this.#characters -= oldest.length
    }
    return grammar
  }
}
