/** One stream as it is kept: what it said, whose it is, and who waits for more of it. */

import type { ApiError } from '@moonbase/protocol'
import type { ByteCells } from './byte-cells.ts'
import { EventRecord } from './event-record.ts'
import type { NumberedEvents } from './number-events.ts'

/** The streams of one organisation. */
export interface OrganisationStreams {
  readonly organisation: string
  /** Running and finished. */
  streams: number
  bytes: number
  /** Those that have ended, in the order in which they expire. */
  readonly finished: KeptStream[]
}

/** A failure as the wire of a stream says it in a body that has begun: whole events. */
export type SayFailure = (error: ApiError) => string

export class KeptStream {
  /** Not to be guessed, and of no use to another organisation. */
  readonly id: string
  readonly owner: OrganisationStreams
  /** What stops it; `undefined` behind its end. */
  running: { stop(reason: ApiError): void } | undefined
  ended = false
  /** False when what it said was given up for want of room; its end is still known. */
  kept = true
  /** Milliseconds since the Unix epoch; set at its end. */
  expiresAt = Number.POSITIVE_INFINITY
  /** Clients that are reading it again. */
  readers = 0
  #servedBy = ''
  #fail: SayFailure | undefined
  readonly #record: EventRecord
  /** Resolved at the next event, or when something else is to be looked at. */
  #news: PromiseWithResolvers<void> | undefined

  constructor(id: string, owner: OrganisationStreams, cells: ByteCells) {
    this.id = id
    this.owner = owner
    this.#record = new EventRecord(cells)
  }

  /**
   * From here on it is found by its id.
   *
   * @param servedBy the header of the first reply that says who answers
   * @param fail for whoever reads it again and must be told a failure of his own. It is kept for minutes: nothing of the
   * request may hang on it
   */
  begin(servedBy: string, fail: SayFailure): void {
    this.#servedBy = servedBy
    this.#fail = fail
  }

  get begun(): boolean {
    return this.#fail !== undefined
  }

  get servedBy(): string {
    return this.#servedBy
  }

  /** A failure in the wire that it speaks. */
  fail(error: ApiError): string {
    if (this.#fail === undefined) throw new Error('a stream that has not begun speaks no wire')
    return this.#fail(error)
  }

  /** Number of the last event so far. */
  get last(): number {
    return this.#record.last
  }

  /** What it takes of the limits. */
  get bytes(): number {
    return this.#record.bytes
  }

  /** Takes whole events, and returns by how many bytes that changed what is kept. */
  append(text: string): number {
    const before = this.#record.bytes
    this.#record.append(text)
    this.wake()
    return this.#record.bytes - before
  }

  /** Nothing follows. Returns by how many bytes that changed what is kept. */
  end(): number {
    const before = this.#record.bytes
    this.ended = true
    this.running = undefined
    this.#record.pack()
    this.wake()
    return this.#record.bytes - before
  }

  /** Gives up what it said. Returns by how many bytes that changed what is kept. */
  giveUp(): number {
    const before = this.#record.bytes
    this.kept = false
    this.#record.empty()
    this.wake()
    return -before
  }

  /** The next events behind number `after`, or `undefined` when there are none yet. */
  read(after: number): NumberedEvents | undefined {
    return this.#record.read(after)
  }

  /** Resolves when there may be something new to see. */
  news(): Promise<void> {
    this.#news ??= Promise.withResolvers<void>()
    return this.#news.promise
  }

  /** Lets everyone who waits look again. */
  wake(): void {
    this.#news?.resolve()
    this.#news = undefined
  }
}
