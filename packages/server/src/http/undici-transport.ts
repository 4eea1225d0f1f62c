/**
 * The transport of engines on Node: undici's `dispatch`, the layer below its `request` and `fetch`. No web streams, no
 * Node streams, no timers of our own; one batch of bytes for each read from the socket.
 *
 * HTTP/1.1 only: one connection for each running request, so that a broken connection breaks one answer, and stopping a
 * request closes its socket, which is the one sign that every inference server understands.
 */

import {
  type Transport,
  TransportError,
  type TransportReply,
  type TransportRequest,
} from '@moonbase/core/engines/openai-compatible'
import { Pool } from 'undici'
import { UndiciExchange } from './undici-exchange.ts'

export interface UndiciTransportOptions {
  /** Requests that may run at one origin at a time, each on a connection of its own. Default 1024. */
  readonly connections?: number
  /** Origins (scheme, host and port) that may be in use at a time. Default 64. */
  readonly origins?: number
  /** Milliseconds to make a connection, TLS included. Default 10 s. */
  readonly connectTimeoutMs?: number
  /**
   * Milliseconds for which an idle connection is kept. Default 4 s, below the 5 s after which uvicorn (vLLM, SGLang) closes
   * its side: a request must not meet a connection that is just being closed. A server's own `Keep-Alive` hint wins.
   */
  readonly keepAliveMs?: number
}

/** Addresses whose pool and path are remembered; an engine has two. */
const REMEMBERED_TARGETS = 512

export function undiciTransport(options: UndiciTransportOptions = {}): Transport {
  return new UndiciTransport(options)
}

/** One origin: its connections and how many of them are taken. */
interface Origin {
  readonly pool: Pool
  running: number
}

interface Target {
  readonly origin: Origin
  readonly path: string
}

class UndiciTransport implements Transport {
  readonly #connections: number
  readonly #maxOrigins: number
  readonly #poolOptions: Pool.Options
  /** In the order of their first use. */
  readonly #origins = new Map<string, Origin>()
  /** By whole URL, to take URLs apart only once. */
  readonly #targets = new Map<string, Target>()
  #closed = false

  constructor(options: UndiciTransportOptions) {
    this.#connections = options.connections ?? 1024
    this.#maxOrigins = options.origins ?? 64
    this.#poolOptions = {
      // Our own count below is the limit. Undici's would queue without bound and without a time limit.
      connections: null,
      pipelining: 1,
      allowH2: false,
      connectTimeout: options.connectTimeoutMs ?? 10_000,
      keepAliveTimeout: options.keepAliveMs ?? 4_000,
    }
  }

  post(request: TransportRequest & { readonly body: string }): Promise<TransportReply> {
    return this.#dispatch('POST', request, request.body)
  }

  get(request: TransportRequest): Promise<TransportReply> {
    return this.#dispatch('GET', request, null)
  }

  async close(): Promise<void> {
    this.#closed = true
    const pools = [...this.#origins.values()].map(({ pool }) => pool)
    this.#origins.clear()
    this.#targets.clear()
    await Promise.all(pools.map((pool) => pool.destroy()))
  }

  async #dispatch(method: 'GET' | 'POST', request: TransportRequest, body: string | null): Promise<TransportReply> {
    const { signal } = request
    if (signal.aborted) throw new TransportError('aborted', 'was aborted', signal.reason)
    if (this.#closed) throw new TransportError('connect', 'the transport is closed')
    const { origin, path } = this.#target(request.url)
    if (origin.running >= this.#connections) {
      throw new TransportError('busy', `all ${this.#connections} connections are taken`)
    }
    origin.running += 1
    const exchange = new UndiciExchange(signal, () => {
      origin.running -= 1
    })
    return exchange.start(origin.pool, {
      method,
      path,
      body,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: request.bodyTimeoutMs,
    })
  }

  #target(url: string): Target {
    const known = this.#targets.get(url)
    if (known !== undefined) return known
    const { origin: name, pathname, search } = new URL(url)
    const target = { origin: this.#origins.get(name) ?? this.#openOrigin(name), path: pathname + search }
    if (this.#targets.size >= REMEMBERED_TARGETS) this.#targets.clear()
    this.#targets.set(url, target)
    return target
  }

  #openOrigin(name: string): Origin {
    if (this.#origins.size >= this.#maxOrigins) this.#forgetIdleOrigin()
    const origin = { pool: new Pool(name, this.#poolOptions), running: 0 }
    this.#origins.set(name, origin)
    return origin
  }

  #forgetIdleOrigin(): void {
    const idle = [...this.#origins].find(([, { running }]) => running === 0)
    if (idle === undefined) throw new TransportError('busy', `all ${this.#maxOrigins} origins are in use`)
    const [name, origin] = idle
    this.#origins.delete(name)
    for (const [url, target] of this.#targets) if (target.origin === origin) this.#targets.delete(url)
    void origin.pool.destroy()
  }
}
