/** The writing end of a stream: gathers what one turn of the event loop brought and writes it once. */

import type { ServerResponse } from 'node:http'
import { apiErrorWith } from '@moonbase/protocol'
import type { EndOfTurnWrite, EndOfTurnWrites } from './end-of-turn-writes.ts'
import type { EventSink } from './exchange.ts'

/** Text held before it is written without waiting for the turn to end. */
const GATHERED_UNITS = 64 * 1024
/** A client that reads nothing for this long has gone, whatever its socket says. */
const STALLED_MS = 120_000

export class ResponseEvents implements EventSink, EndOfTurnWrite {
  readonly #response: ServerResponse
  readonly #writes: EndOfTurnWrites
  /** Text of this turn, which leaves at its end. */
  #gathered = ''
  /** Leaves with the others when the turn ends. */
  #departing = false
  /** Nothing more comes: the next departure is the last. */
  #ended = false
  /** Set while the client is slower than the source. */
  #waiting: { promise: Promise<void>; resume: () => void } | undefined

  constructor(response: ServerResponse, writes: EndOfTurnWrites) {
    this.#response = response
    this.#writes = writes
  }

  write(text: string): Promise<void> | undefined {
    this.#gathered += text
    if (this.#gathered.length >= GATHERED_UNITS) {
      this.#flush()
      // A source that never waits would keep every other client waiting: let the loop turn once.
      return this.#drained() ?? new Promise((resolve) => setImmediate(resolve))
    }
    this.#departLater()
    return this.#response.writableNeedDrain ? this.#drained() : undefined
  }

  end(): void {
    this.#ended = true
    this.#departLater()
  }

  /** The connection is gone: nobody waits for a drain that never comes. */
  closed(): void {
    this.#gathered = ''
    this.#waiting?.resume()
  }

  depart(): void {
    this.#departing = false
    if (!this.#ended) return this.#flush()
    const rest = this.#gathered
    this.#gathered = ''
    this.#response.end(rest, encodingOf(rest))
  }

  #departLater(): void {
    if (this.#departing) return
    this.#departing = true
    this.#writes.add(this)
  }

  #flush(): void {
    const text = this.#gathered
    this.#gathered = ''
    if (text === '' || this.#response.destroyed || this.#response.writableEnded) return
    this.#response.write(text, encodingOf(text))
  }

  #drained(): Promise<void> | undefined {
    if (this.#response.destroyed || !this.#response.writableNeedDrain) return undefined
    if (this.#waiting !== undefined) return this.#waiting.promise
    const { promise, resolve } = Promise.withResolvers<void>()
    const resume = (): void => {
      clearTimeout(timer)
      this.#response.off('drain', resume)
      this.#waiting = undefined
      resolve()
    }
    const timer = setTimeout(() => {
      this.#response.destroy(apiErrorWith('client_closed', { reason: 'the client stopped reading' }))
    }, STALLED_MS)
    timer.unref()
    this.#response.once('drain', resume)
    this.#waiting = { promise, resume }
    return promise
  }
}

/** As many bytes as characters: it is ASCII, which node writes without converting it. */
function encodingOf(text: string): 'latin1' | 'utf8' {
  return Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8'
}
