/** Pieces of an answer without half characters: what an engine has cut inside a surrogate pair waits for its other half. */

import type { EventBatch } from './event-batches.ts'
import type { GenerationEvent } from './event.ts'

type Said = Extract<GenerationEvent, { readonly type: 'reasoning' | 'text' | 'tool-call' }>

/** What stands for a half whose other half never came. */
const NO_CHARACTER = '\uFFFD'

/**
 * Of one asking of one engine. A half that waits was not given out: where the engine fails behind it, whoever goes on does so from
 * the character before, and writes it whole.
 */
export class WholePairs {
  /** By where it stands in the answer: a piece that is nothing but the first half of a pair. Of nearly all answers there is none. */
  #waiting: Map<string, Said> | undefined

  /** The same batch, where nothing in it is half and nothing waits. */
  pass(batch: EventBatch): EventBatch {
    if (this.#waiting === undefined && isWhole(batch)) return batch
    const passed: GenerationEvent[] = []
    for (const event of batch) {
      if (isSaid(event)) passed.push(this.#mend(event))
      else {
        if (event.type === 'finish') this.#giveUp(event.choice, passed)
        passed.push(event)
      }
    }
    if (this.#waiting?.size === 0) this.#waiting = undefined
    return passed
  }

  #mend(event: Said): Said {
    const place = `${event.type} ${event.choice} ${event.type === 'tool-call' ? event.call : ''}`
    const waiting = (this.#waiting ??= new Map())
    const half = waiting.get(place)
    const piece = (half === undefined ? '' : pieceOf(half)) + pieceOf(event)
    // An empty piece says nothing of what follows.
    if (half !== undefined && pieceOf(event) !== '') waiting.delete(place)
    const cut = isFirstHalf(piece.charCodeAt(piece.length - 1)) ? piece.length - 1 : piece.length
    if (cut < piece.length) waiting.set(place, withPiece(event, piece.slice(cut)))
    return withPiece(event, piece.slice(0, cut).toWellFormed())
  }

  /** Nothing more comes of this choice. */
  #giveUp(choice: number, passed: GenerationEvent[]): void {
    for (const [place, half] of this.#waiting ?? []) {
      if (half.choice !== choice) continue
      this.#waiting?.delete(place)
      passed.push(half.type === 'tool-call' ? ofCall(half) : withPiece(half, NO_CHARACTER))
    }
  }
}

/** Its name was said with what came before. */
function ofCall({ choice, call }: Extract<Said, { readonly type: 'tool-call' }>): Said {
  return { type: 'tool-call', choice, call, arguments: NO_CHARACTER }
}

/** Nothing in it is half of a character, as of nearly every batch. */
export function isWhole(batch: EventBatch): boolean {
  for (const event of batch) if (isSaid(event) && !pieceOf(event).isWellFormed()) return false
  return true
}

function isSaid(event: GenerationEvent): event is Said {
  return event.type === 'text' || event.type === 'reasoning' || event.type === 'tool-call'
}

function pieceOf(event: Said): string {
  return event.type === 'tool-call' ? event.arguments : event.text
}

function withPiece(event: Said, piece: string): Said {
  return event.type === 'tool-call' ? { ...event, arguments: piece } : { ...event, text: piece }
}

function isFirstHalf(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff
}
