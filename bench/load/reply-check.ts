/** Is the answer complete and right? Every reply by its bytes, and one in a hundred by parsing all of it. */

import { CHUNKS, MARK, MARK_LENGTH, STREAM_CONTENT, WHOLE_CONTENT, withoutStamps } from '../script.ts'
import type { Wire } from '../wires.ts'

/** Four times the longest answer with room for a gateway's own fields in every chunk. */
const MAX_ANSWER_BYTES = 128 * 1024
const PARSE_EVERY = 100

const MARK_BYTE = MARK.charCodeAt(0)
const WHOLE_CONTENT_BYTES = Buffer.from(WHOLE_CONTENT)
/** The platform's own words for a prompt that does not fit: by itself, or with the tokens asked for. */
const TOO_LONG_BYTES = ['Input token length too long', 'exceeded model token limit'].map((words) => Buffer.from(words))

/** Called for each chunk of the answer's text as it arrives, with the time at which the upstream sent it. */
export type OnPiece = (index: number, sentUs: number) => void

/** Holds one answer as it comes. One for each connection, used again for each of its answers. */
export class ReplyCheck {
  readonly #bytes = Buffer.allocUnsafe(MAX_ANSWER_BYTES)
  readonly #wire: Wire
  readonly #marks: readonly Buffer[]
  readonly #done: Buffer
  readonly #onPiece: OnPiece
  #length = 0
  /** Everything before this was searched for pieces. */
  #scanned = 0
  #lastPieceEnd = 0
  #pieces = 0
  #answers = 0
  #fault: string | undefined

  constructor(wire: Wire, onPiece: OnPiece) {
    this.#wire = wire
    this.#marks = wire.marks.map((mark) => Buffer.from(mark))
    this.#done = Buffer.from(wire.done)
    this.#onPiece = onPiece
  }

  get text(): string {
    return this.#bytes.toString('utf8', 0, this.#length)
  }

  begin(): void {
    this.#length = 0
    this.#scanned = 0
    this.#lastPieceEnd = 0
    this.#pieces = 0
    this.#fault = undefined
  }

  add(bytes: Buffer, start: number, end: number): void {
    if (this.#length + end - start > MAX_ANSWER_BYTES) throw new Error('reply-limit: the answer is too long')
    this.#length += bytes.copy(this.#bytes, this.#length, start, end)
  }

  /** Finds the pieces that are new since the last time, in order, each with its stamp. */
  scan(): void {
    const bytes = this.#bytes.subarray(0, this.#length)
    for (;;) {
      if (this.#pieces === CHUNKS && this.#wire.repeats === true) return
      const at = bytes.indexOf(MARK_BYTE, this.#scanned)
      if (at === -1) return void (this.#scanned = this.#length)
      this.#scanned = at
      if (at + MARK_LENGTH > this.#length) return
      this.#scanned = at + MARK_LENGTH
      this.#lastPieceEnd = this.#scanned
      const index = digits(bytes, at + 1, at + 4)
      if (index !== this.#pieces || bytes[at + MARK_LENGTH - 1] !== MARK_BYTE) this.#fault ??= 'piece out of order'
      this.#pieces++
      this.#onPiece(index, digits(bytes, at + 5, at + MARK_LENGTH - 1))
    }
  }

  /** What is wrong with the whole JSON reply, if anything. */
  faultOfWhole(): string | undefined {
    const bytes = this.#bytes.subarray(0, this.#length)
    if (!bytes.includes(WHOLE_CONTENT_BYTES)) return 'wrong text'
    const missing = this.#missingIn(bytes)
    if (missing !== undefined || this.#answers++ % PARSE_EVERY > 0) return missing
    return faultOfParsed(() => this.#wire.read.saidIn(JSON.parse(this.text)), WHOLE_CONTENT)
  }

  /** What is wrong with a refusal that had to say that the prompt does not fit, if anything. */
  faultOfTooLong(): string | undefined {
    const bytes = this.#bytes.subarray(0, this.#length)
    return TOO_LONG_BYTES.some((words) => bytes.includes(words)) ? undefined : 'another refusal'
  }

  /** What is wrong with the stream, now that it has ended, if anything. */
  faultOfStream(): string | undefined {
    if (this.#fault !== undefined) return this.#fault
    if (this.#pieces !== CHUNKS) return 'pieces missing'
    // What ends a stream stands behind its last piece: searching the rest again would cost more than all of the above.
    const tail = this.#bytes.subarray(this.#lastPieceEnd, this.#length)
    const done = this.#wire.repeats === true ? tail.lastIndexOf(this.#done) : tail.indexOf(this.#done)
    if (done === -1 || done !== tail.length - this.#done.length) return `no ${this.#wire.done.trim()} at the end`
    const missing = this.#missingIn(tail)
    if (missing !== undefined || this.#answers++ % PARSE_EVERY > 0) return missing
    return faultOfParsed(() => withoutStamps(this.#wire.read.readStream(this.text).said), STREAM_CONTENT)
  }

  #missingIn(bytes: Buffer): string | undefined {
    const at = this.#marks.findIndex((mark) => !bytes.includes(mark))
    return at === -1 ? undefined : `no ${this.#wire.marks[at]}`
  }
}

function digits(bytes: Buffer, start: number, end: number): number {
  let value = 0
  for (let index = start; index < end; index++) value = value * 10 + ((bytes[index] ?? 0) - 48)
  return value
}

function faultOfParsed(read: () => string | undefined, expected: string): string | undefined {
  try {
    return read() === expected ? undefined : 'wrong text when parsed'
  } catch (cause) {
    return `not the JSON of a reply: ${cause instanceof Error ? cause.message : String(cause)}`
  }
}
