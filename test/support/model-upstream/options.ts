/** How an upstream of a play is set up: its answers, how it says them, and where it fails. */

import type { UpstreamFault } from './faults.ts'
import type { ChatBody, ModelAnswer } from './model-answer.ts'

export interface ModelUpstreamOptions {
  /** Where the reasoning stands: Moonshot and SGLang say `reasoning_content`, vLLM says `reasoning`. */
  readonly reasoningField?: 'reasoning_content' | 'reasoning'
  readonly answer: (body: ChatBody) => ModelAnswer
  /** Asked for each request, by its number from 0. */
  readonly fault?: (count: number, body: ChatBody) => UpstreamFault | undefined
  /** Characters of each chunk. */
  readonly chunk?: number
  /** Turns of the event loop between two chunks; without it all chunks come at once. */
  readonly paced?: boolean
  /** Milliseconds between two chunks. */
  readonly pauseMs?: number
  /** A continuation that is asked for comes with what was given already in front of it. */
  readonly repeatsPrefix?: boolean
  /** Answers a request that ends with a prefix with a 400. */
  readonly refusesPrefix?: boolean
  /** Tokens of the prompt that it reports, without what the answer goes on from. Default 10. */
  readonly promptTokens?: number | ((body: ChatBody) => number)
  /**
   * What a token of the answer is: a chunk, markers of raw output included (default), or a byte of what is said, which
   * sums up to the same number however an answer is cut. With bytes, what it goes on from counts as prompt.
   */
  readonly tokens?: 'chunks' | 'bytes'
  /** Told of a request to go on from what is no beginning of the answer. */
  readonly onStray?: (given: string, whole: string) => void
  /** `false`: what it was asked is not kept, for plays that look at memory. */
  readonly remembers?: boolean
  /** Where it listens; without it, on any free port. */
  readonly port?: number
}
