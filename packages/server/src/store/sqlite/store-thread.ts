/** A thread with the database, as the event loop sees it: orders go out, answers come back in their order. */

import { Worker } from 'node:worker_threads'
import { faultText, unavailable } from './store-fault.ts'
import type { OrderAnswer, OrderMessage, OrderName, StoreOrders, StoreThreadStart } from './store-orders.ts'

/** Orders that wait for the thread. Groups wait one at a time; these are questions of operators. */
const MAX_ORDERS = 1_000

/** What a thread says of itself when it has started, or could not. */
const START = 0

interface Waiting {
  /** What an order gives is written in `StoreOrders`, on both sides. */
  resolve(gives: unknown): void
  readonly reject: (error: Error) => void
}

export class StoreThread {
  readonly #worker: Worker
  readonly #waiting = new Map<number, Waiting>()
  #number = 0
  /** Why it takes no more orders. */
  #gone: string | undefined

  /** @throws Error when the database cannot be opened */
  static async start(start: StoreThreadStart): Promise<StoreThread> {
    const thread = new StoreThread(start)
    try {
      await new Promise((resolve, reject) => thread.#waiting.set(START, { resolve, reject }))
    } catch (error) {
      await thread.end('it did not start')
      throw error
    }
    return thread
  }

  private constructor(start: StoreThreadStart) {
    this.#worker = new Worker(new URL('store-worker.ts', import.meta.url), {
      name: start.writes ? 'moonbase store' : 'moonbase store reader',
      workerData: start,
    })
    this.#worker.on('message', (answer: OrderAnswer) => this.#hear(answer))
    this.#worker.on('error', (error) => this.#leave(error instanceof Error ? error.message : String(error)))
    this.#worker.on('exit', () => this.#leave("the store's thread has ended"))
  }

  /** @throws LedgerError `unavailable`, with the reason in words */
  ask<Name extends OrderName>(name: Name, needs: StoreOrders[Name]['needs']): Promise<StoreOrders[Name]['gives']> {
    if (this.#gone !== undefined) return Promise.reject(unavailable(this.#gone))
    if (this.#waiting.size >= MAX_ORDERS) return Promise.reject(unavailable('too many questions wait for it'))
    const message: OrderMessage = { number: ++this.#number, name, needs }
    return new Promise((resolve, reject) => {
      this.#waiting.set(message.number, { resolve, reject })
      tell(this.#worker, message)
    })
  }

  /** At once, with whatever it has in hand. */
  async end(reason: string): Promise<void> {
    this.#leave(reason)
    await this.#worker.terminate()
  }

  get gone(): string | undefined {
    return this.#gone
  }

  #hear({ number, gives, fault }: OrderAnswer): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    if (fault === undefined) waiting.resolve(gives)
    // Nothing was to be kept yet: whoever opens it says what for.
    else if (number === START) waiting.reject(new Error(faultText(fault)))
    else waiting.reject(unavailable(fault))
  }

  #leave(reason: string): void {
    this.#gone ??= reason
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const { reject } of waiting) reject(unavailable(this.#gone))
  }
}

function tell(worker: Worker, message: OrderMessage): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message)
}
