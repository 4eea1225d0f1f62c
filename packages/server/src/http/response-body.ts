/** The writing end of a reply that comes bit by bit: gathers what one turn of the event loop brought and writes it once. */

import type { ServerResponse } from 'node:http'
import { apiErrorWith } from '@moonbase/protocol'
import type { EndOfTurnWrite, EndOfTurnWrites } from './end-of-turn-writes.ts'
import type { BodySink } from './exchange.ts'

/** Characters and bytes held before they are written without waiting for the turn to end. */
const GATHERED_UNITS = 64 * 1024
/** A client that reads nothing for this long has gone, whatever its socket says. */
const STALLED_MS = 120_000

export class ResponseBody implements BodySink, EndOfTurnWrite {
  readonly #response: ServerResponse
  readonly #writes: EndOfTurnWrites
  /** The reply has none, as to HEAD: what is written is dropped. */
  readonly #bodiless: boolean
  /** Text of this turn, which leaves at its end. */
  #gathered = ''
  /** Bytes of this turn and the text between them, all in front of what is gathered. Few replies have any. */
  #before: (string | Uint8Array)[] = []
  #unitsBefore = 0
  /** Leaves with the others when the turn ends. */
  #departing = false
  /** Nothing more comes: the next departure is the last. */
  #ended = false
  /** Set while the client is slower than the source. */
  #waiting: { promise: Promise<void>; resume: () => void } | undefined

  constructor(response: ServerResponse, writes: EndOfTurnWrites, bodiless: boolean) {
    this.#response = response
    this.#writes = writes
    this.#bodiless = bodiless
  }

  write(piece: string | Uint8Array): Promise<void> | undefined {
    if (this.#bodiless) return undefined
    if (typeof piece === 'string') this.#gathered += piece
    else this.#gatherBytes(piece)
    if (this.#gathered.length + this.#unitsBefore >= GATHERED_UNITS) {
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

  /** Writes something that means nothing, to hear whether anybody is there. Not where so much waits that the next write will tell. */
  probe(meaningless: string): void {
    if (!this.#ended && !this.#response.writableNeedDrain) void this.write(meaningless)
  }

  /** Nothing more comes, and it is not whole: only a connection that breaks says so in every wire. */
  cut(): void {
    if (!this.#ended) this.#response.destroy()
  }

  /** The connection is gone: nobody waits for a drain that never comes. */
  closed(): void {
    this.#gathered = ''
    this.#before = []
    this.#unitsBefore = 0
    this.#waiting?.resume()
  }

  depart(): void {
    this.#departing = false
    if (!this.#ended) return this.#flush()
    if (this.#unitsBefore > 0) this.#writeBefore()
    const rest = this.#gathered
    this.#gathered = ''
    this.#response.end(rest, encodingOf(rest))
  }

  #gatherBytes(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (this.#gathered !== '') this.#before.push(this.#gathered)
    this.#before.push(bytes)
    this.#unitsBefore += this.#gathered.length + bytes.length
    this.#gathered = ''
  }

  #departLater(): void {
    if (this.#departing) return
    this.#departing = true
    this.#writes.add(this)
  }

  #flush(): void {
    if (this.#unitsBefore > 0) this.#writeBefore()
    const text = this.#gathered
    this.#gathered = ''
    if (text === '' || this.#response.destroyed || this.#response.writableEnded) return
    this.#response.write(text, encodingOf(text))
  }

  /** Node lets what is written in one tick leave together. */
  #writeBefore(): void {
    const pieces = this.#before
    this.#before = []
    this.#unitsBefore = 0
    if (this.#response.destroyed || this.#response.writableEnded) return
    for (const piece of pieces) {
      if (typeof piece === 'string') this.#response.write(piece, encodingOf(piece))
      else this.#response.write(piece)
    }
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
