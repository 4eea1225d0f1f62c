/** A thousand streams that have begun and now say nothing: opened, held, let go. */

import { nowUs, sleep } from '../clock.ts'
import { Connection, type Exchange } from './connection.ts'
import { Faults } from './faults.ts'
import type { HoldOrder, HoldResult } from './order.ts'
import { exchangeFor } from './request.ts'

const OPEN_LIMIT_MS = 20_000
/** So many are opened at a time: a burst of connections is not what is measured here. */
const AT_ONCE = 20

export class HeldStreams {
  readonly #connections: Connection[] = []
  readonly #faults = new Faults()
  #ready = 0

  /** Resolves when each stream has its first chunk, or has failed, or the time is over. */
  async open(order: HoldOrder): Promise<HoldResult> {
    const exchange = exchangeFor({ scene: 'idle', target: order.target }, 0)
    const deadline = nowUs() + OPEN_LIMIT_MS * 1000
    let settled = 0
    for (let opened = 0; settled < order.streams && nowUs() < deadline;) {
      while (opened < order.streams && opened - settled < AT_ONCE) {
        opened++
        this.#connect(order.target.port, exchange, () => settled++).ask()
      }
      await sleep(1)
    }
    return { ready: this.#ready, faults: this.#faults.counts }
  }

  release(): void {
    for (const connection of this.#connections) connection.close()
    this.#connections.length = 0
  }

  #connect(port: number, exchange: Exchange, onSettled: () => void): Connection {
    let isReady = false
    const connection = new Connection(port, exchange, {
      piece: () => {
        isReady = true
        this.#ready++
        onSettled()
      },
      done: (_, fault) => {
        this.#faults.add(fault ?? 'an idle stream that ended', connection.text)
        if (isReady) this.#ready--
        else onSettled()
      },
    })
    this.#connections.push(connection)
    return connection
  }
}
