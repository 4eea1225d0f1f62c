/**
 * Blocks one after the other, out of events that may come for several at once.
 *
 * A client of this wire has one block open at a time. A call is over when the JSON of its arguments is, or with the answer; what
 * comes for others until then is held, in the order in which they began.
 */

import { apiError, apiErrorWith } from '@moonbase/protocol/errors'
import { JsonExtent } from './json-extent.ts'

/** What a block is of: the thought, the text, or one of the calls. */
export type BlockKind = 'thinking' | 'text' | number

export interface BlockStart {
  readonly kind: BlockKind
  /** Of a call. */
  readonly name?: string
  readonly id?: string | undefined
}

/** Told of the blocks in their order. */
export interface BlockSink {
  open(block: BlockStart): void
  write(piece: string): void
  close(): void
}

interface HeldBlock {
  readonly start: BlockStart
  held: string
}

/** Characters that are held for blocks that may not begin yet. */
const MOST_HELD = 4 * 1024 * 1024

/** One for each answer. */
export class BlockOrder {
  readonly #sink: BlockSink
  #open: BlockStart | undefined
  /** Of the open block, where it is a call. */
  #extent = new JsonExtent()
  /** Begun, while another one was open. */
  readonly #held: HeldBlock[] = []
  #heldCharacters = 0
  /** Calls that were closed because their arguments were whole. */
  readonly #closed = new Set<BlockKind>()

  constructor(sink: BlockSink) {
    this.#sink = sink
  }

  /** @throws ApiError for more than is held, and for arguments behind their end */
  push(start: BlockStart, piece: string): void {
    const { kind } = start
    if (this.#open?.kind === kind) {
      this.#write(piece)
    } else if (this.#closed.has(kind)) {
      if (piece.trim() === '') return
      throw apiErrorWith('engine_protocol', { reason: 'arguments of a call went on behind their end' })
    } else {
      this.#hold(start, piece)
    }
    if (this.#held.length > 0) this.#advance()
  }

  /** Nothing more comes: all that was held is told. */
  end(): void {
    while (this.#openNext()) continue
    this.#close()
  }

  #advance(): void {
    while (this.#open === undefined || this.#isOver(this.#open)) if (!this.#openNext()) return
  }

  /** False where none is held. */
  #openNext(): boolean {
    const next = this.#held.shift()
    if (next === undefined) return false
    this.#heldCharacters -= next.held.length
    this.#close()
    this.#open = next.start
    this.#extent = new JsonExtent()
    this.#sink.open(next.start)
    this.#write(next.held)
    return true
  }

  #isOver({ kind }: BlockStart): boolean {
    return typeof kind !== 'number' || this.#extent.whole
  }

  #write(piece: string): void {
    if (piece === '') return
    if (typeof this.#open?.kind === 'number') this.#extent.push(piece)
    this.#sink.write(piece)
  }

  #close(): void {
    if (this.#open === undefined) return
    if (typeof this.#open.kind === 'number') this.#closed.add(this.#open.kind)
    this.#open = undefined
    this.#sink.close()
  }

  #hold(start: BlockStart, piece: string): void {
    this.#heldCharacters += piece.length
    if (this.#heldCharacters > MOST_HELD)
      throw apiError('engine_limit', { limit: MOST_HELD, unit: 'characters of blocks' })
    // A text goes on in the last block alone, since one that stands between was said in between.
    const known =
      typeof start.kind === 'number'
        ? this.#held.find((block) => block.start.kind === start.kind)
        : this.#lastOf(start.kind)
    if (known === undefined) this.#held.push({ start, held: piece })
    else known.held += piece
  }

  #lastOf(kind: BlockKind): HeldBlock | undefined {
    const last = this.#held.at(-1)
    return last?.start.kind === kind ? last : undefined
  }
}
