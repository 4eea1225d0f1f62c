/** The heavy client that another is measured beside: a closed loop without a window, until it is told to stop. */

import { nowUs, sleep } from '../clock.ts'
import { Connection } from './connection.ts'
import { Faults } from './faults.ts'
import type { PressOrder, PressResult } from './order.ts'
import { exchangeFor } from './request.ts'

const BEGIN_LIMIT_MS = 20_000

export class Pressure {
  readonly #connections: Connection[]
  readonly #faults = new Faults()
  readonly #startUs: number
  #answers = 0
  #stopped = false
  readonly #first = Promise.withResolvers<void>()

  constructor(order: PressOrder) {
    this.#connections = Array.from({ length: order.connections }, (_, index) => this.#connect(order, index))
    this.#startUs = nowUs()
    for (const connection of this.#connections) connection.ask()
  }

  /** Resolves when something has come of its first request: from then on it asks as steadily as it will. */
  async begun(): Promise<void> {
    await Promise.race([this.#first.promise, sleep(BEGIN_LIMIT_MS)])
  }

  /** Its requests that are under way are given up, as by a client that goes. */
  stop(): PressResult {
    this.#stopped = true
    for (const connection of this.#connections) connection.close()
    const { counts: faults, firstBadAnswer } = this.#faults
    const seconds = (nowUs() - this.#startUs) / 1e6
    return { answers: this.#answers, seconds, faults, ...(firstBadAnswer === undefined ? {} : { firstBadAnswer }) }
  }

  #connect(order: PressOrder, index: number): Connection {
    const exchange = exchangeFor(order, index)
    const expected = order.tooLong === true ? { ...exchange, kind: 'too-long' as const } : exchange
    const connection: Connection = new Connection(order.target.port, expected, {
      piece: () => undefined,
      done: (_, fault) => this.#onDone(connection, fault),
    })
    return connection
  }

  #onDone(connection: Connection, fault: string | undefined): void {
    if (this.#stopped) return
    this.#first.resolve()
    if (fault === undefined) {
      this.#answers++
      connection.ask()
      return
    }
    this.#faults.add(fault, connection.text)
    // As in run-load.ts: a refused connection must not spin.
    if (!this.#faults.areTooMany) setImmediate(() => this.#stopped || connection.ask())
  }
}
