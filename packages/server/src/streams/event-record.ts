/**
 * What a stream has said so far, by event number: the newest events as they were written, the older ones packed.
 *
 * Appending lies on the way of every event of every stream, so it is a push. Every few dozen events are packed into one
 * block of UTF-8 outside the heap: a text with one Chinese character in it takes two bytes for each of its characters,
 * and a million small strings that live for minutes are a million things for each garbage collection to visit.
 */

import type { ByteCells, Stored } from './byte-cells.ts'
import { type NumberedEvents, endOfEvent, isComment, numberEvents, skipEvents } from './number-events.ts'

/** Characters of events that are not packed yet. A read gives at most one block. */
const BLOCK_UNITS = 16 * 1024

interface Block {
  /** Numbers of its events. */
  readonly first: number
  readonly last: number
  readonly stored: Stored
}

/** Events up to which a list of them is as long as it has to be. */
const FEW = 4

export class EventRecord {
  readonly #cells: ByteCells
  #blocks: Block[] = []
  /** Number of the last event that is packed. */
  #packed = 0
  #packedBytes = 0
  /** The events behind the packed ones, each with the comments in front of it. */
  #recent: string[] = []
  #recentUnits = 0
  /** Comments whose event has not come yet. */
  #comments = ''
  #last = 0
  #emptied = false

  constructor(cells: ByteCells) {
    this.#cells = cells
  }

  /** Number of the last event; the first has number 1. */
  get last(): number {
    return this.#last
  }

  /** What it takes: bytes of what is packed, and characters of what is not. */
  get bytes(): number {
    return this.#packedBytes + this.#recentUnits
  }

  /** Takes whole events and comments. */
  append(text: string): void {
    for (let at = 0, end = 0; at < text.length; at = end) {
      end = endOfEvent(text, at)
      // Nearly always the text is one event, and nothing is copied.
      const piece = at === 0 && end === text.length ? text : text.slice(at, end)
      if (isComment(piece, 0)) this.#comments += piece
      else this.#push(piece)
    }
    if (this.#recentUnits >= BLOCK_UNITS) this.pack()
  }

  /** Packs what is not packed yet. */
  pack(): void {
    if (this.#recent.length === 0) return
    const stored = this.#cells.store(encode(this.#recent.join('')))
    this.#blocks.push({ first: this.#packed + 1, last: this.#last, stored })
    this.#packed = this.#last
    this.#packedBytes += stored.length
    this.#recent = []
    this.#recentUnits = 0
  }

  /** Forgets what was said, and counts on. */
  empty(): void {
    this.#emptied = true
    for (const { stored } of this.#blocks) this.#cells.release(stored)
    this.#blocks = []
    this.#packedBytes = 0
    this.#recent = []
    this.#recentUnits = 0
    this.#comments = ''
  }

  /** The next events behind number `after`, with their numbers; `undefined` when there are none yet. */
  read(after: number): NumberedEvents | undefined {
    if (after >= this.#last || this.#emptied) return undefined
    if (after >= this.#packed) return numberEvents(this.#recent.slice(after - this.#packed).join(''), after + 1)
    const block = this.#blocks[this.#blockOf(after + 1)]
    if (block === undefined) return undefined
    const text = DECODER.decode(this.#cells.read(block.stored))
    return numberEvents(skipEvents(text, after + 1 - block.first), after + 1)
  }

  #push(event: string): void {
    this.#last += 1
    if (this.#emptied) return
    let text = event
    if (this.#comments !== '') {
      text = this.#comments + event
      this.#comments = ''
    }
    // A stream that waits has said a few, and a list that grew has room for sixteen more.
    if (this.#recent.length < FEW) this.#recent = [...this.#recent, text]
    else this.#recent.push(text)
    this.#recentUnits += text.length
  }

  /** Index of the block that holds the event of this number. */
  #blockOf(number: number): number {
    let low = 0
    let high = this.#blocks.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#blocks[middle]?.last ?? 0) < number) low = middle + 1
      else high = middle
    }
    return low
  }
}

const ENCODER = new TextEncoder()
const DECODER = new TextDecoder('utf-8', { ignoreBOM: true })
/** UTF-8 has at most three bytes for each character of a string. Twice a block, because its last event may be long. */
const SCRATCH = new Uint8Array(2 * 3 * BLOCK_UNITS)

/** The bytes stand until the next call. Measuring first took as long as encoding. */
function encode(text: string): Uint8Array {
  if (3 * text.length > SCRATCH.length) return ENCODER.encode(text)
  return SCRATCH.subarray(0, ENCODER.encodeInto(text, SCRATCH).written)
}
