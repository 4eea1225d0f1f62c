/** Finds the markers in a text that comes in pieces, and holds back no more than what could still become one. */

import { type Marker, markerAt } from './markers.ts'

/** Is told what was found, in the order in which it stands. */
export interface MarkerReader {
  /** The markers to look for where the reading stands. Only `mark` may change them, `plain` may not. */
  readonly markers: readonly Marker[]
  /** Text that holds no marker, or one that was refused. Never empty. */
  plain(text: string): void
  /** Obeys a marker, or refuses it with `false`: here it is text. */
  mark(marker: Marker): boolean
}

export class MarkerScanner {
  readonly #reader: MarkerReader
  /** The end of the text so far. Invariant: empty, or a proper prefix of a marker. */
  #held = ''

  constructor(reader: MarkerReader) {
    this.#reader = reader
  }

  get holds(): boolean {
    return this.#held !== ''
  }

  scan(piece: string): void {
    const reader = this.#reader
    const text = this.#held === '' ? piece : this.#held + piece
    this.#held = ''
    /** Up to here everything was read. */
    let read = 0
    let at = text.indexOf('<')
    while (at !== -1) {
      const marker = markerAt(text, at, reader.markers)
      if (marker === 'cut') break
      let next = at + 1
      if (marker !== undefined) {
        if (at > read) reader.plain(text.slice(read, at))
        read = at
        if (reader.mark(marker)) read = next = at + marker.text.length
      }
      at = text.indexOf('<', next)
    }
    const end = at === -1 ? text.length : at
    if (end > read) reader.plain(text.slice(read, end))
    this.#held = text.slice(end)
  }

  /** Gives up what is held: nothing follows that could make a marker of it. */
  release(): string {
    const held = this.#held
    this.#held = ''
    return held
  }
}
