/** What a dialect is: one wire format's way in and its way out. One folder each, and no folder knows another. */

import type { ApiError, LenientSwitch, LeniencyNote } from '@moonbase/protocol'
import type { GenerationEvent, Reply, RequestDraft } from '../generation/index.ts'

export interface Dialect {
  /** Throws an `ApiError` that names what is wrong with the body. */
  decode(body: unknown, lenient: ReadonlySet<LenientSwitch>): DecodedRequest
}

/** A decoded request, and how its answer is to be written. */
export interface DecodedRequest {
  readonly draft: RequestDraft
  readonly stream: boolean
  readonly leniency: readonly LeniencyNote[]
  /** The JSON of a whole reply. */
  readonly encodeReply: (head: ReplyHead, reply: Reply) => unknown
  readonly streamEncoder: (head: ReplyHead) => StreamEncoder
}

/** What stands at the head of a reply and of every chunk. */
export interface ReplyHead {
  /** Made by us; whatever id an engine gave stays behind. */
  readonly id: string
  /** Unix seconds. */
  readonly created: number
  /** The model that the client asked for. */
  readonly model: string
  /** `fpv0_` and eight hex digits: what served this, without saying it. */
  readonly fingerprint: string
}

/** One stream's way from events to text. Synchronous, and free of I/O. */
export interface StreamEncoder {
  /** What to write for an event; possibly nothing. */
  push(event: GenerationEvent): string
  /** What closes a complete stream. Never asked of a stream that failed. */
  end(): string
  /** What closes a stream that failed after its first byte. */
  fail(error: ApiError): string
}
