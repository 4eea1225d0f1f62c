/** The connections to one origin: the one that was used last is used next, and one that failed is never used again. */

import { Client } from 'undici'

/**
 * Undici's own pool looks through all connections for one that is free, with a thousand streams open through a thousand of
 * them, and queues without bound where there is none. Here a free one is at hand or made, up to a limit.
 */
export class OriginConnections {
  readonly #origin: string
  readonly #options: Client.Options
  readonly #limit: number
  /** Every connection there is. */
  readonly #all = new Set<Client>()
  /** Those that serve nobody; the last was used last. */
  readonly #free: Client[] = []

  /** @param limit connections at a time */
  constructor(origin: string, options: Client.Options, limit: number) {
    this.#origin = origin
    this.#options = options
    this.#limit = limit
  }

  /** Requests under way. */
  get running(): number {
    return this.#all.size - this.#free.length
  }

  /** A connection for one request, to be given back; `undefined` when all are taken. */
  take(): Client | undefined {
    return this.#free.pop() ?? (this.#all.size < this.#limit ? this.#open() : undefined)
  }

  /** @param reusable whether the reply came to its proper end; if not, nobody knows what else would come */
  give(client: Client, reusable: boolean): void {
    if (reusable) this.#free.push(client)
    else this.#forget(client)
  }

  async destroy(): Promise<void> {
    const all = [...this.#all]
    this.#all.clear()
    this.#free.length = 0
    await Promise.all(all.map((client) => client.destroy()))
  }

  #open(): Client {
    const client = new Client(this.#origin, this.#options)
    this.#all.add(client)
    // The other side, or the time for which an idle connection is kept, has closed it. One that is taken opens it again.
    client.on('disconnect', () => {
      const place = this.#free.indexOf(client)
      if (place === -1) return
      this.#free.splice(place, 1)
      this.#forget(client)
    })
    return client
  }

  #forget(client: Client): void {
    if (!this.#all.delete(client)) return
    // Undici is still busy with the failure when it reports it.
    queueMicrotask(() => void client.destroy())
  }
}
