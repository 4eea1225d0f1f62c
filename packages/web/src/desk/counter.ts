/** Asks what the next request would take: a moment after the last change, one question at a time, the newest alone. */

import type { ChatRequest } from '@moonbase/protocol'
import { estimate } from '../server.ts'
import type { DeskStore } from './desk-state.ts'

const REST_MS = 400

export class Counter {
  readonly #store: DeskStore
  readonly #request: () => ChatRequest
  #asking: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | null = null

  constructor(store: DeskStore, request: () => ChatRequest) {
    this.#store = store
    this.#request = request
  }

  changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#asking?.abort()
    this.#timer = setTimeout(() => void this.#count(), REST_MS)
  }

  async #count(): Promise<void> {
    const controller = new AbortController()
    this.#asking = controller
    const request = this.#request()
    // Nothing is asked yet: what an answer to one word can cost is still good to know.
    const counted =
      request.messages.length > 0 ? request : { ...request, messages: [{ role: 'user' as const, content: '?' }] }
    try {
      const found = await estimate(counted, controller.signal)
      if (controller.signal.aborted) return
      if (found === null) this.#store.set({ estimate: null })
      else {
        const { tokens, exact, at_most: atMost, currency, held } = found
        this.#store.set({ estimate: { tokens, exact, atMost, currency, held } })
      }
    } catch {
      // Newer text has taken its place, or the server is away: no figure is better than an old one.
      if (!controller.signal.aborted) this.#store.set({ estimate: null })
    }
  }
}
