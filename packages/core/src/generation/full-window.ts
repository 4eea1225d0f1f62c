/** A host that counts for itself says that a window is full in words of its own. Agents compact by ours, on every wire. */

export interface FullWindow {
  /** Tokens of the window. */
  readonly limit: number
  /** Tokens of the prompt and of the answer that was asked for; of the prompt alone where that is too long. */
  readonly requested: number
}

/** Each has both figures: without them there is nothing to say in other words. Nobody counts further than nine digits. */
const SENTENCES: readonly RegExp[] = [
  // Moonshot, seen live; and our own engines.
  /exceeded model token limit: (?<limit>\d{1,9}) \(requested: (?<requested>\d{1,9})\)/,
  // vLLM: `However, you requested R tokens (…)`, `your messages resulted in R tokens`, `… for a total of at least R tokens`.
  /maximum context length is (?<limit>\d{1,9}) tokens\. However, (?:[^.]{1,200} )?(?:requested|resulted in|(?:request|prompt) has|total of(?: at least)?) (?<requested>\d{1,9}) (?:input )?tokens/,
  // SGLang, `tokenizer_manager.py`: the prompt alone, and with its answer.
  /input \((?<requested>\d{1,9}) tokens\) is longer than the model's context length \((?<limit>\d{1,9}) tokens\)/,
  /maximum context length of (?<limit>\d{1,9}) tokens\. You requested a total of (?<requested>\d{1,9}) tokens/,
  // llama-server, `exceed_context_size_error`.
  /request \((?<requested>\d{1,9}) tokens\) exceeds the available context size \((?<limit>\d{1,9}) tokens\)/,
]

/** @param words of a refusal, which are at most a few hundred characters */
export function fullWindowIn(words: string): FullWindow | undefined {
  for (const sentence of SENTENCES) {
    const { limit, requested } = sentence.exec(words)?.groups ?? {}
    if (limit !== undefined && requested !== undefined) return { limit: Number(limit), requested: Number(requested) }
  }
  return undefined
}
