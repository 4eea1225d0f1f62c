/** What a dialect is: one wire format's way in and its way out. One folder each, and no folder knows another. Synchronous and pure. */

import type { ApiError, LeniencyNote, LenientSwitch } from '@moonbase/protocol'
import type { GenerationEvent, Reply, RequestDraft } from '../generation/index.ts'

/** One that needs a secret or a state of its own is made by a function that is handed it. */
export interface Dialect {
  /** A label in logs, metrics and records. */
  readonly name: string
  /** What its documentation lets pass, whatever the key says. */
  readonly lenient: ReadonlySet<LenientSwitch>
  /** Throws an `ApiError` that names what is wrong with the request. */
  decode(wire: WireRequest, lenient: ReadonlySet<LenientSwitch>): DecodedRequest
  /** The body of a refusal. */
  encodeError(error: ApiError, requestId: string): unknown
  /**
   * A failure as a stream says it, to who reads a stream again and must be told a failure of his own. It knows no state: a stream
   * that has ended is kept for minutes, and nothing of its request may hang on it.
   */
  readonly encodeFailure: (error: ApiError) => string
}

/** A request as it was sent: some wires name the model in a header, others in the path. */
export interface WireRequest {
  /** As they came, for spans, caches and idempotency; none from whoever has no bytes, such as a step of a gateway. */
  readonly bytes: Uint8Array | undefined
  /** Parsed and guarded when it is asked for, and once. Throws an `ApiError` for what is no JSON. */
  body(): unknown
  /** By lower-case name. */
  header(name: string): string | undefined
  /** Parts of the path, by name. */
  readonly parameters: Readonly<Record<string, string | undefined>>
}

/** A decoded request, and how its answer is to be written. */
export interface DecodedRequest {
  readonly draft: RequestDraft
  readonly stream: boolean
  readonly leniency: readonly LeniencyNote[]
  /** The head of a stream tells the tokens of the prompt: they are counted while the engine reads. */
  readonly needs?: 'prompt-tokens'
  /** The JSON of a whole reply. */
  readonly whole: (head: ReplyHead, reply: Reply) => unknown
  readonly events: (head: ReplyHead) => StreamEncoder
}

/** What stands at the head of a reply and of every chunk. Ids are the dialect's own, made of what is here. */
export interface ReplyHead {
  /** A random UUID, ours; whatever id an engine gave stays behind. */
  readonly requestId: string
  /** Unix seconds. */
  readonly created: number
  /** The model that the client asked for. */
  readonly model: string
  /** `fpv0_` and eight hex digits: what served this, without saying it. */
  readonly fingerprint: string
  /** Our count, where it is there by then, else an estimate; `undefined` where nobody asked for it. The end tells the truth. */
  readonly promptTokens: number | undefined
}

/**
 * One stream's way from events to text. Synchronous, and free of I/O.
 *
 * What says "complete" in its wire (`[DONE]`, `message_stop`, `response.completed`) comes from `end` alone: it is asked when
 * the answer is paid for.
 */
export interface StreamEncoder {
  /** What to write for an event; possibly nothing. */
  push(event: GenerationEvent): string
  /** What closes a complete stream. Never asked of a stream that failed. */
  end(): string
  /** What closes a stream that failed after its first byte. */
  fail(error: ApiError): string
  /** What says that somebody is still there, while nothing comes. Neither kept nor numbered. */
  idle?(): string
}
