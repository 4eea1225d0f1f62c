/**
 * One connection of a client: whose it is, what is under way on it, and what is done when the client closes its half or says
 * something that is no HTTP.
 *
 * A client that has sent all it wants may close its half and wait for the reply; one that has left does the same, as far as
 * anybody can tell: TCP has one word for both. Only the answer to what is written next tells them apart, so something that
 * means nothing is written, and once more when the refusal of the first, if there is one, must have come.
 */

import type { Socket } from 'node:net'
import type { CountedConnection } from './connections.ts'

/** An exchange, as far as its connection asks. */
export interface OnConnection {
  /** Its request is here, body and all. */
  readonly isWhole: boolean
  /** How far its reply has come. `whole`: all of it was given, if not yet written. */
  readonly reply: 'none' | 'begun' | 'whole'
  /** Writes something without a meaning. @returns whether this wire has such a thing */
  probe(): boolean
}

/** Until the next probe, one after the other; the last holds from then on. */
const PROBES_MS = [25, 75, 300, 600, 1_000] as const
const LATER_MS = 1_000

const NONE: readonly OnConnection[] = []

export class ClientConnection implements CountedConnection {
  readonly address: string
  isKnown = false
  idleSince = 0
  isCounted = false
  list: unknown = undefined
  before: CountedConnection | undefined
  after: CountedConnection | undefined
  readonly #socket: Socket
  /** In the order in which they came, and in which their replies go out. */
  #underWay = NONE
  #timer: NodeJS.Timeout | undefined
  #probes = 0
  /** What is said when the replies to what came before are out. */
  #lastWord: (() => void) | undefined
  #isBroken = false

  /** @param address as {@link CountedConnection} has it */
  constructor(socket: Socket, address: string) {
    this.#socket = socket
    this.address = address
  }

  get exchanges(): number {
    return this.#underWay.length
  }

  destroy(): void {
    this.#socket.destroy()
  }

  add(exchange: OnConnection): void {
    // Nearly always the only one, and a list that was pushed to has room for sixteen more.
    this.#underWay = this.#underWay.length === 0 ? [exchange] : [...this.#underWay, exchange]
  }

  remove(exchange: OnConnection): void {
    const isOnly = this.#underWay.length === 1 && this.#underWay[0] === exchange
    this.#underWay = isOnly ? NONE : this.#underWay.filter((one) => one !== exchange)
    if (this.#underWay.length > 0) return
    clearTimeout(this.#timer)
    this.#lastWord?.()
    this.#lastWord = undefined
  }

  /**
   * What came is no HTTP: `refuse` says so, once. Where it came behind whole requests their replies go first, or the client
   * would take the refusal for one of them.
   */
  broken(refuse: () => void): void {
    const last = this.#underWay.at(-1)
    if (this.#isBroken) {
      // The connection itself has failed, and not what came on it.
      if (!this.#socket.writable) this.#socket.destroy()
      return
    }
    this.#isBroken = true
    if (last === undefined || !this.#socket.writable) refuse()
    else if (last.isWhole) this.#lastWord = refuse
    else if (last.reply === 'none') refuse()
    // It was refused already for what else was wrong with it.
    else if (last.reply === 'whole') this.#lastWord = () => this.#socket.end()
    // In the middle of a reply nothing can be said.
    else this.#socket.destroy()
  }

  /** When nothing is under way the connection has been ended in return. */
  halfClosed(): void {
    if (this.#underWay.length > 0) this.#probe()
  }

  #probe(): void {
    const [first] = this.#underWay
    if (first === undefined || this.#socket.destroyed) return
    if (!first.probe()) {
      this.#socket.destroy()
      return
    }
    // Of a connection that is closed meanwhile it finds nothing to do.
    this.#timer = setTimeout(() => this.#probe(), PROBES_MS[this.#probes] ?? LATER_MS)
    this.#timer.unref()
    this.#probes += 1
  }
}
