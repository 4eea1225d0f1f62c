/** What an answer needs of who asks for it, and where one is come back to. */

import type { Happened, readBlock } from '../wire/read-chunk.ts'
import type { WireBlock } from '../wire/wire-record.ts'
import type { Surroundings } from './surroundings.ts'

/** What keeps the bytes for the view of the wire. */
export interface Tap {
  head(reply: Response): void
  whole(body: string, ms: number): void
  push(bytes: Uint8Array): WireBlock[]
  /** The number of an event: its own, or the next. */
  number(id: number | null): number
  note(block: WireBlock, read: ReturnType<typeof readBlock>, n: number | null, ms: number): void
  /** Another connection begins: half an event of the one before is not continued. */
  again(after: number): void
}

export interface AnswerOptions {
  readonly around: Surroundings
  readonly tap: Tap
  /** The answer goes on without this page, and can be come back to. */
  readonly detach: boolean
  readonly isOffline: (engine: string) => boolean
  readonly tell: (happened: Happened, ms: number) => void
  /** Ms that the run is old already, where it is come back to. */
  readonly age?: number
}

/** Where an answer is come back to. */
export interface Place {
  readonly streamId: string
  readonly requestId: string
  /** The last event that was seen as a whole. */
  readonly after: number
}
