/** A body in chunks, taken apart byte by byte where it says its lengths and copied in pieces where it does not. */

import { notHttp } from './reply-head.ts'

/** What a chunk's own line may hold beside its length, and what may follow the last chunk: nobody here reads either. */
const EXTENSION_BYTES = 4 * 1024
const TRAILER_BYTES = 16 * 1024
/** Hexadecimal digits of a number that is still exact. */
const LENGTH_DIGITS = 13

const LENGTH = 0
/** Spaces between the length and its extension. */
const PADDING = 1
const EXTENSION = 2
const LENGTH_LF = 3
const DATA = 4
const DATA_CR = 5
const DATA_LF = 6
/** At the beginning of a line behind the last chunk; an empty one is the end. */
const TRAILER = 7
const TRAILER_LINE = 8
const TRAILER_LF = 9
const END_LF = 10
const ENDED = 11

const CR = 0x0d
const LF = 0x0a
const SPACE = 0x20
const TAB = 0x09
const SEMICOLON = 0x3b

export class ChunkedBody {
  #state = LENGTH
  /** Of the chunk: as far as it has been read, then as far as it is still to come. */
  #length = 0
  #digits = 0
  /** Bytes that were read past: of this extension, or of all trailers. */
  #ignored = 0
  /** What the chunks of this read hold, one behind the other. */
  #piece: Buffer | undefined
  #pieceBytes = 0

  get ended(): boolean {
    return this.#state === ENDED
  }

  begin(): void {
    this.#state = LENGTH
    this.#length = 0
    this.#digits = 0
  }

  /**
   * Reads on from `at` and returns where it stopped: at the end of the bytes, or of the body. All that the chunks hold is
   * handed over as one piece, also before an error.
   */
  push(bytes: Buffer, at: number, take: (piece: Buffer) => void): number {
    try {
      return this.#read(bytes, at)
    } finally {
      const piece = this.#piece
      if (piece !== undefined) {
        this.#piece = undefined
        take(this.#pieceBytes === piece.length ? piece : piece.subarray(0, this.#pieceBytes))
      }
    }
  }

  #read(bytes: Buffer, from: number): number {
    const end = bytes.length
    let at = from
    while (at < end && this.#state !== ENDED) {
      if (this.#state === DATA) {
        const to = Math.min(at + this.#length, end)
        this.#keep(bytes, at, to)
        this.#length -= to - at
        at = to
        if (this.#length === 0) this.#state = DATA_CR
      } else {
        this.#step(bytes[at] ?? 0)
        at += 1
      }
    }
    return at
  }

  #step(byte: number): void {
    switch (this.#state) {
      case LENGTH:
        return this.#readLength(byte)
      case PADDING:
        if (byte === SEMICOLON) this.#state = EXTENSION
        else if (!isBlank(byte)) throw notHttp('a chunk whose length is none')
        return this.#ignore(EXTENSION_BYTES)
      case EXTENSION:
        if (byte === CR) this.#state = LENGTH_LF
        else if (isControl(byte)) throw notHttp('a chunk with a control character in its extension')
        return this.#ignore(EXTENSION_BYTES)
      case LENGTH_LF:
        expect(byte, LF)
        this.#state = this.#length === 0 ? TRAILER : DATA
        this.#ignored = 0
        return
      case DATA_CR:
        expect(byte, CR)
        this.#state = DATA_LF
        return
      case DATA_LF:
        expect(byte, LF)
        return this.begin()
      case TRAILER:
        // A line that goes on from the one before has no place here either.
        if (isBlank(byte)) throw notHttp('a trailer without a name')
        this.#state = byte === CR ? END_LF : TRAILER_LINE
        if (byte !== CR && isControl(byte)) throw notHttp('a control character in a trailer')
        return this.#ignore(TRAILER_BYTES)
      case TRAILER_LINE:
        if (byte === CR) this.#state = TRAILER_LF
        else if (isControl(byte)) throw notHttp('a control character in a trailer')
        return this.#ignore(TRAILER_BYTES)
      case TRAILER_LF:
        expect(byte, LF)
        this.#state = TRAILER
        return
      case END_LF:
        expect(byte, LF)
        this.#state = ENDED
        return
      default:
        throw new Error('a chunk in no known state')
    }
  }

  #readLength(byte: number): void {
    const digit = hexadecimal(byte)
    if (digit !== -1) {
      if (this.#digits === LENGTH_DIGITS) throw notHttp('a chunk longer than numbers go')
      this.#length = this.#length * 16 + digit
      this.#digits += 1
      return
    }
    if (this.#digits === 0) throw notHttp('a chunk without a length')
    this.#ignored = 0
    if (byte === CR) this.#state = LENGTH_LF
    else if (byte === SEMICOLON) this.#state = EXTENSION
    else if (isBlank(byte)) this.#state = PADDING
    else throw notHttp('a chunk whose length is none')
  }

  #ignore(limit: number): void {
    this.#ignored += 1
    if (this.#ignored > limit) throw notHttp(`more than ${limit} bytes that nobody reads around chunks`)
  }

  #keep(bytes: Buffer, from: number, to: number): void {
    if (this.#piece === undefined) {
      this.#piece = Buffer.allocUnsafe(bytes.length - from)
      this.#pieceBytes = 0
    }
    this.#pieceBytes += bytes.copy(this.#piece, this.#pieceBytes, from, to)
  }
}

function expect(byte: number, expected: number): void {
  if (byte !== expected) throw notHttp('a chunk that does not end where it says')
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB
}

function isControl(byte: number): boolean {
  return (byte < SPACE && byte !== TAB) || byte === 0x7f
}
