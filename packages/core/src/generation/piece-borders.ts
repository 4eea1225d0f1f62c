/**
 * Gives what was read of an answer out in the pieces in which the answer came.
 *
 * A reader that looks for markers keeps back what may become one, and says it together with what follows. A client would
 * see that in the borders of its chunks, and they would tell whether the engine's answers are read for markers. So a piece
 * whose end is undecided waits as a whole for the next one: a token's time, and only behind a `<` or the white space
 * before a text. Pieces with a marker in them come out as what stands around it.
 */

import type { GenerationEvent } from './event.ts'

/** So much waits at most. What is beyond is given out in other pieces: nothing of it is lost. */
const MOST_PIECES = 128
const MOST_CHARACTERS = 65_536

/** One for each choice. The joined text is that of the events, whatever the pieces say. */
export class PieceBorders {
  /** Pieces that came and have not been given out, in order; none is empty. */
  #pieces: string[] = []
  /** What has been read of them. */
  #events: GenerationEvent[] = []
  #size = 0

  /**
   * @param piece what came
   * @param read what was read when it came
   * @param undecided the reader keeps something back
   */
  push(piece: string, read: readonly GenerationEvent[], undecided: boolean, out: GenerationEvent[]): void {
    if (!undecided && this.#pieces.length === 0 && read.length < 2) {
      out.push(...read)
      return
    }
    if (piece !== '') this.#pieces.push(piece)
    this.#size += piece.length
    for (const event of read) this.#add(event)
    this.#give(undecided && this.#pieces.length <= MOST_PIECES && this.#size <= MOST_CHARACTERS, out)
  }

  /** Nothing follows that could decide: `read` is the rest. */
  end(read: readonly GenerationEvent[], out: GenerationEvent[]): void {
    for (const event of read) this.#add(event)
    this.#give(false, out)
  }

  /** What one piece was read as in parts is one again. */
  #add(event: GenerationEvent): void {
    const last = this.#events.at(-1)
    const joined = last === undefined ? undefined : joinedEvent(last, event)
    if (joined === undefined) this.#events.push(event)
    else this.#events[this.#events.length - 1] = joined
  }

  /** Gives out the pieces of which everything has been read; the others too, as far as they were read, unless they wait. */
  #give(waiting: boolean, out: GenerationEvent[]): void {
    let done = 0
    for (const piece of this.#pieces) {
      const [event] = this.#events
      const text = event === undefined ? '' : textOf(event)
      if (event === undefined || !text.startsWith(piece)) break
      out.push(withText(event, piece))
      if (text.length === piece.length) this.#events.shift()
      else this.#events[0] = withText(event, text.slice(piece.length))
      this.#size -= piece.length
      done += 1
    }
    if (done > 0) this.#pieces = this.#pieces.slice(done)
    if (waiting && this.#isBeginning()) return
    this.#giveRest(out)
  }

  /** What has been read and not been given out is the beginning of the piece that waits. */
  #isBeginning(): boolean {
    const [event, more] = this.#events
    return event === undefined || (more === undefined && this.#pieces[0]?.startsWith(textOf(event)) === true)
  }

  /** A marker was found in the pieces, so they are other ones; but those behind it still are what they were. */
  #giveRest(out: GenerationEvent[]): void {
    const last = this.#events.pop()
    out.push(...this.#events)
    if (last !== undefined) {
      let text = textOf(last)
      const behind: GenerationEvent[] = []
      for (let piece = this.#pieces.pop(); piece !== undefined; piece = this.#pieces.pop()) {
        if (text.length <= piece.length || !text.endsWith(piece)) break
        behind.push(withText(last, piece))
        text = text.slice(0, -piece.length)
      }
      out.push(withText(last, text), ...behind.toReversed())
    }
    this.#events = []
    this.#pieces = []
    this.#size = 0
  }
}

/** The text that may be given out in pieces. The piece that names a call stays as it is. */
function textOf(event: GenerationEvent): string {
  if (event.type === 'text' || event.type === 'reasoning') return event.text
  return event.type === 'tool-call' && event.name === undefined ? event.arguments : ''
}

/** The same event, or the same with another text. */
function withText(event: GenerationEvent, text: string): GenerationEvent {
  if (textOf(event) === text) return event
  if (event.type === 'text' || event.type === 'reasoning') return { ...event, text }
  return event.type === 'tool-call' ? { ...event, arguments: text } : event
}

function joinedEvent(one: GenerationEvent, other: GenerationEvent): GenerationEvent | undefined {
  const text = textOf(one) + textOf(other)
  if (textOf(one) === '' || textOf(other) === '') return undefined
  if (one.type === 'tool-call' && other.type === 'tool-call')
    return one.call === other.call ? withText(one, text) : undefined
  return one.type === other.type ? withText(one, text) : undefined
}
