/**
 * The connections of clients, and which of them is closed when there are too many: those that have shown no key and do
 * nothing go first, the oldest before the others. A descriptor that an idle stranger holds is one that an answer may need.
 */

import { type Linked, LinkedList } from '../collections/linked-list.ts'

export interface ConnectionLimits {
  /** Of all clients; each may need another descriptor for its answer. */
  readonly connections: number
  /** Idle ones of one address that have shown no key; those of trusted proxies are not counted. */
  readonly idleOfAddress: number
}

/** A connection, as who counts them sees it. */
export interface CountedConnection extends Linked<CountedConnection> {
  /** Of the client; empty where it says nothing of who that is, as a proxy's. */
  readonly address: string
  /** Exchanges under way on it. */
  readonly exchanges: number
  /** A key was shown on it. */
  isKnown: boolean
  /** The look before which it became idle. */
  idleSince: number
  /** It is one of those that are counted: set here alone. */
  isCounted: boolean
  destroy(): void
}

/** Of all connections; so many strangers may be idle for longer. */
const IDLE_STRANGERS = 1 / 2
/**
 * Looks for which a stranger may be idle before he counts. Clients that connect all at once are accepted before the first of
 * them is read: whoever asks something has done so by then.
 */
const LOOKS = 5

export class Connections {
  readonly #limits: ConnectionLimits
  /** Idle and without a key, the oldest first. */
  readonly #strangers = new LinkedList<CountedConnection>()
  /** How many of these each address has, and none for a while. */
  readonly #strangersOf = new Map<string, number>()
  /** Idle ones whose client is known, the longest idle first. */
  readonly #resting = new LinkedList<CountedConnection>()
  #size = 0
  #looks = 0

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  get size(): number {
    return this.#size
  }

  /** Closes others where there are too many. False: nobody is idle, and this one must be refused; it is not kept. */
  opened(connection: CountedConnection): boolean {
    if (this.#size >= this.#limits.connections && !this.relieve()) return false
    connection.isCounted = true
    this.#size += 1
    this.#addStranger(connection)
    return true
  }

  /** To be called once a second: of idle strangers only so many stay. */
  look(): void {
    const { connections, idleOfAddress } = this.#limits
    this.#looks += 1
    for (const [address, idle] of this.#strangersOf) if (idle === 0) this.#strangersOf.delete(address)
    this.#closeWhile(({ address }) => (this.#strangersOf.get(address) ?? 0) > idleOfAddress)
    this.#closeWhile(() => this.#strangers.size > connections * IDLE_STRANGERS)
  }

  /** Closes whoever is idle and may go first. False: nobody is idle. */
  relieve(): boolean {
    return this.#closeOldest(this.#strangers) || this.#closeOldest(this.#resting)
  }

  closed(connection: CountedConnection): void {
    if (connection.isCounted) this.#forget(connection)
  }

  /** An exchange has begun on it. */
  began(connection: CountedConnection): void {
    if (connection.exchanges === 1) this.#notIdle(connection)
  }

  /** An exchange on it is over; `isKnown`: with a key that somebody has. */
  ended(connection: CountedConnection, isKnown: boolean): void {
    connection.isKnown ||= isKnown
    if (connection.exchanges > 0 || !connection.isCounted) return
    if (connection.isKnown) this.#resting.add(connection)
    else this.#addStranger(connection)
  }

  #addStranger(connection: CountedConnection): void {
    this.#strangers.add(connection)
    connection.idleSince = this.#looks
    this.#countStranger(connection, 1)
  }

  #countStranger({ address }: CountedConnection, more: number): void {
    if (address !== '') this.#strangersOf.set(address, (this.#strangersOf.get(address) ?? 0) + more)
  }

  /** Strangers that were idle for long, the oldest first. */
  #closeWhile(tooMany: (connection: CountedConnection) => boolean): void {
    for (const connection of this.#strangers) {
      if (this.#looks - connection.idleSince < LOOKS) return
      if (tooMany(connection)) this.#close(connection)
    }
  }

  #closeOldest(idle: Iterable<CountedConnection>): boolean {
    for (const oldest of idle) {
      this.#close(oldest)
      return true
    }
    return false
  }

  #close(connection: CountedConnection): void {
    this.#forget(connection)
    connection.destroy()
  }

  #forget(connection: CountedConnection): void {
    connection.isCounted = false
    this.#size -= 1
    this.#notIdle(connection)
  }

  #notIdle(connection: CountedConnection): void {
    if (this.#resting.delete(connection)) return
    if (this.#strangers.delete(connection)) this.#countStranger(connection, -1)
  }
}
