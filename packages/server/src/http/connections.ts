/**
 * The connections of clients, and which of them is closed when there are too many: those that have shown no key and do
 * nothing go first, the oldest before the others. A descriptor that an idle stranger holds is one that an answer may need.
 */

import type { Socket } from 'node:net'

export interface ConnectionLimits {
  /** Of all clients; each may need another descriptor for its answer. */
  readonly connections: number
  /** Idle ones of one address that have shown no key; those of trusted proxies are not counted. */
  readonly idleOfAddress: number
}

export type ClosableSocket = Pick<Socket, 'destroy' | 'remoteAddress'>

/** Of all connections; so many strangers may be idle for longer. */
const IDLE_STRANGERS = 1 / 2
/**
 * Looks for which a stranger may be idle before he counts. Clients that connect all at once are accepted before the first of
 * them is read: whoever asks something has done so by then.
 */
const LOOKS = 5

class Connection {
  readonly socket: ClosableSocket
  /** Empty where it is not counted by its address. */
  readonly address: string
  /** A key was shown on it. */
  isKnown = false
  /** Exchanges under way on it. */
  exchanges = 0
  /** The look before which it became idle. */
  idleSince = 0

  constructor(socket: ClosableSocket, address: string) {
    this.socket = socket
    this.address = address
  }
}

export class Connections {
  readonly #limits: ConnectionLimits
  /** Whether a connection comes from a proxy, and so its address says nothing of who is behind it. */
  readonly #isProxy: (address: string) => boolean
  readonly #all = new Map<ClosableSocket, Connection>()
  /** Idle and without a key, the oldest first; and the same by address. */
  readonly #strangers = new Set<Connection>()
  readonly #strangersOf = new Map<string, Set<Connection>>()
  /** Idle ones whose client is known, the longest idle first. */
  readonly #resting = new Set<Connection>()
  #looks = 0

  constructor(limits: ConnectionLimits, isProxy: (address: string) => boolean = () => false) {
    this.#limits = limits
    this.#isProxy = isProxy
  }

  get size(): number {
    return this.#all.size
  }

  /** Closes others where there are too many. False: nobody is idle, and this one must be refused; it is not kept. */
  opened(socket: ClosableSocket): boolean {
    if (this.#all.size >= this.#limits.connections && !this.relieve()) return false
    const address = socket.remoteAddress ?? ''
    const connection = new Connection(socket, this.#isProxy(address) ? '' : address)
    this.#all.set(socket, connection)
    this.#addStranger(connection)
    return true
  }

  /** To be called once a second: of idle strangers only so many stay. */
  look(): void {
    const { connections, idleOfAddress } = this.#limits
    this.#looks += 1
    for (const same of this.#strangersOf.values()) this.#closeAbove(same, idleOfAddress)
    this.#closeAbove(this.#strangers, connections * IDLE_STRANGERS)
  }

  /** Closes whoever is idle and may go first. False: nobody is idle. */
  relieve(): boolean {
    return this.#closeOldest(this.#strangers) || this.#closeOldest(this.#resting)
  }

  closed(socket: ClosableSocket): void {
    const connection = this.#all.get(socket)
    if (connection !== undefined) this.#forget(connection)
  }

  /** An exchange begins on it. */
  began(socket: ClosableSocket): void {
    const connection = this.#all.get(socket)
    if (connection === undefined) return
    connection.exchanges += 1
    if (connection.exchanges === 1) this.#notIdle(connection)
  }

  /** An exchange on it is over; `isKnown`: with a key that somebody has. */
  ended(socket: ClosableSocket, isKnown: boolean): void {
    const connection = this.#all.get(socket)
    if (connection === undefined) return
    connection.isKnown ||= isKnown
    connection.exchanges -= 1
    if (connection.exchanges > 0) return
    if (connection.isKnown) this.#resting.add(connection)
    else this.#addStranger(connection)
  }

  #addStranger(connection: Connection): void {
    this.#strangers.add(connection)
    connection.idleSince = this.#looks
    const { address } = connection
    if (address === '') return
    const same = this.#strangersOf.get(address) ?? new Set()
    this.#strangersOf.set(address, same.add(connection))
  }

  #closeAbove(idle: ReadonlySet<Connection>, most: number): void {
    for (const oldest of idle) {
      if (idle.size <= most || this.#looks - oldest.idleSince < LOOKS) return
      this.#closeOldest(idle)
    }
  }

  #closeOldest(idle: ReadonlySet<Connection>): boolean {
    for (const oldest of idle) {
      this.#forget(oldest)
      oldest.socket.destroy()
      return true
    }
    return false
  }

  #forget(connection: Connection): void {
    this.#all.delete(connection.socket)
    this.#notIdle(connection)
  }

  #notIdle(connection: Connection): void {
    if (this.#resting.delete(connection) || !this.#strangers.delete(connection)) return
    const { address } = connection
    const same = this.#strangersOf.get(address)
    same?.delete(connection)
    if (same?.size === 0) this.#strangersOf.delete(address)
  }
}
