/** The clients of a store that fails: what each was given, to the first byte. */

import { askFor } from './thinking-engine.ts'

export interface FailingAsk {
  readonly number: number
  readonly thinks: boolean
  readonly streamed: boolean
  /** Of the head; `undefined`: none came. */
  status: number | undefined
  request: string | undefined
  /** Bytes of a body behind a 200. */
  given: number
  /** The whole body, or `[DONE]`. */
  complete: boolean
  /** No more will come. */
  over: boolean
  /** By the client itself. */
  left: boolean
}

export class FailingClients {
  readonly asked: FailingAsk[] = []
  readonly #url: () => string
  readonly #key: string
  readonly #leaving = new Map<FailingAsk, AbortController>()

  /** @param url of the server that runs now */
  constructor(url: () => string, key: string) {
    this.#url = url
    this.#key = key
  }

  async ask(thinks: boolean, streamed: boolean): Promise<FailingAsk> {
    const number = this.asked.length
    const ask: FailingAsk = {
      number,
      thinks,
      streamed,
      status: undefined,
      request: undefined,
      given: 0,
      complete: false,
      over: false,
      left: false,
    }
    this.asked.push(ask)
    const leave = new AbortController()
    this.#leaving.set(ask, leave)
    try {
      await this.#read(ask, leave.signal)
    } catch {
      // The server broke off, or this client did: what had been given stands, and is held against the books.
    } finally {
      ask.over = true
      this.#leaving.delete(ask)
    }
    return ask
  }

  /** Whoever still waits goes. */
  leave(): void {
    for (const [ask, leaving] of this.#leaving) {
      ask.left = true
      leaving.abort()
    }
  }

  async #read(ask: FailingAsk, signal: AbortSignal): Promise<void> {
    const reply = await fetch(`${this.#url()}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'kimi-k2.5',
        messages: [{ role: 'user', content: askFor(ask.number, ask.thinks) }],
        max_completion_tokens: 50,
        stream: ask.streamed,
      }),
      signal,
    })
    ask.status = reply.status
    ask.request = reply.headers.get('x-request-id') ?? undefined
    let text = ''
    const decoder = new TextDecoder()
    for await (const bytes of reply.body ?? []) {
      if (reply.status === 200) ask.given += bytes.length
      text += decoder.decode(bytes, { stream: true })
    }
    ask.complete = reply.status === 200 && (!ask.streamed || text.includes('data: [DONE]'))
  }
}
