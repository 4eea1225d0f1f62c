/** A transport without a network: replies from a script, for tests of engines and of whatever stands above them. */

import {
  type BodyText,
  type Transport,
  TransportError,
  type TransportErrorKind,
  type TransportReply,
  type TransportRequest,
} from '../transport.ts'
import { jsonOf } from './json-of.ts'

export interface ScriptedReply {
  /** Default 200. */
  readonly status?: number
  /** Names in lower case. Default: an event stream. */
  readonly headers?: Readonly<Record<string, string>>
  /** What each read brings. */
  readonly reads?: Iterable<string | Uint8Array>
  /**
   * What comes after the reads: a proper end (default), a failure of the transport, or nothing at all until somebody
   * stops the request.
   */
  readonly ending?: 'end' | 'stall' | TransportErrorKind
  /** Fails before any head, instead of all of the above. */
  readonly refuse?: TransportErrorKind
}

export interface SeenRequest {
  readonly method: 'GET' | 'POST'
  readonly request: TransportRequest
  /** The body, parsed. */
  readonly json: unknown
  /** How the reply was left: read to its end, released, or destroyed. */
  left: 'no' | 'ended' | 'released' | 'destroyed'
}

export class MemoryTransport implements Transport {
  readonly seen: SeenRequest[] = []
  readonly #script: (request: SeenRequest, count: number) => ScriptedReply

  /** `script` is asked once for each request, which it gets with its number from 0. */
  constructor(script: (request: SeenRequest, count: number) => ScriptedReply) {
    this.#script = script
  }

  post(request: TransportRequest & { readonly body: BodyText }): Promise<TransportReply> {
    return this.#answer('POST', request, jsonOf(request.body))
  }

  get(request: TransportRequest): Promise<TransportReply> {
    return this.#answer('GET', request, undefined)
  }

  async close(): Promise<void> {}

  async #answer(method: 'GET' | 'POST', request: TransportRequest, json: unknown): Promise<TransportReply> {
    const seen: SeenRequest = { method, request, json, left: 'no' }
    const script = this.#script(seen, this.seen.length)
    this.seen.push(seen)
    if (request.signal.aborted) throw new TransportError('aborted', 'was aborted')
    if (script.refuse !== undefined) throw new TransportError(script.refuse, `scripted: ${script.refuse}`)
    return {
      status: script.status ?? 200,
      headers: script.headers ?? { 'content-type': 'text/event-stream' },
      body: new ScriptedBody(script, seen),
      release: () => {
        if (seen.left === 'no') seen.left = 'released'
      },
    }
  }
}

const ENCODER = new TextEncoder()

class ScriptedBody implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #script: ScriptedReply
  readonly #seen: SeenRequest
  readonly #reads: Iterator<string | Uint8Array>
  /** Ends a stall. */
  #wake: (() => void) | undefined

  constructor(script: ScriptedReply, seen: SeenRequest) {
    this.#script = script
    this.#seen = seen
    this.#reads = (script.reads ?? [])[Symbol.iterator]()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const { signal } = this.#seen.request
    if (signal.aborted) this.#abort()
    if (this.#seen.left !== 'no') return { done: true, value: undefined }
    const read = this.#reads.next()
    if (read.done !== true) {
      return { done: false, value: typeof read.value === 'string' ? ENCODER.encode(read.value) : read.value }
    }
    const { ending = 'end' } = this.#script
    if (ending === 'stall') {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      if (signal.aborted) this.#abort()
      return { done: true, value: undefined }
    }
    this.#seen.left = 'ended'
    if (ending !== 'end') throw new TransportError(ending, `scripted: ${ending}`)
    return { done: true, value: undefined }
  }

  async return(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#seen.left === 'no') this.#seen.left = 'destroyed'
    this.#wake?.()
    return { done: true, value: undefined }
  }

  #abort(): never {
    this.#seen.left = 'destroyed'
    throw new TransportError('aborted', 'was aborted')
  }
}
