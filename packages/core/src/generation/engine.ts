/** The engine: one verb. Everything that can produce an answer is behind this interface. */

import type { GenerationEvent } from './event.ts'
import type { GenerationRequest } from './request.ts'
import type { TokenCounter } from './token-counter.ts'

export interface Engine {
  /** The name it has in the configuration, unique in one server. */
  readonly name: string
  readonly can: Capabilities
  /** Whether the usage it reports is the model's own count. Replies say so where it is not. */
  readonly usage: 'exact' | 'approximate'
  /** It may say again what it was given to go on from. Nobody knows for certain, so routing takes repetitions away. */
  readonly mayRepeat?: boolean
  /** How it counts, where it has a vocabulary of its own: limits and estimates for its models are then counted with it. */
  readonly counter?: TokenCounter
  /** Tokens that a prompt and its answer have together, where that is less than the model has. */
  readonly contextTokens?: number
  /** Where it is asked, where that is another server: told to traces, so no path and no credentials. */
  readonly server?: ServerAddress
  /**
   * Ends after a `finish` for every choice, or throws an `EngineError`. Stops work when `signal` fires: a pending step
   * then rejects, and whatever runs upstream is cancelled. Nothing is done before the first `next()`.
   */
  generate(request: GenerationRequest, signal: AbortSignal): AsyncIterable<GenerationEvent>
  /** Never throws: a failure to ask is an answer. */
  health(signal: AbortSignal): Promise<Health>
  /** Lets go of connections and files. */
  close(): Promise<void>
}

export interface ServerAddress {
  /** A name, or an IP address without brackets. */
  readonly address: string
  readonly port: number
}

/** What an engine is able to do. A request that needs more is refused with the missing ability's name. */
export interface Capabilities {
  readonly images: boolean
  readonly video: boolean
  /** Goes on from a prefix of its text. */
  readonly partial: boolean
  /**
   * Where else it goes on: inside a thought, and inside or behind the last of some tool calls. The request then ends with
   * a partial message that holds them. Pieces of a call that was begun come with its number and no name; new calls are
   * numbered on.
   */
  readonly resumes: { readonly reasoning: boolean; readonly toolCalls: boolean }
  readonly jsonObject: boolean
  readonly jsonSchema: boolean
  readonly tools: boolean
  /** Can be made to call a tool, or one named tool. */
  readonly forcedTool: boolean
}

export type Health = { readonly ok: true } | { readonly ok: false; readonly reason: string }
