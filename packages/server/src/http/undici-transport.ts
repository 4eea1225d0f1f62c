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
  type TransportErrorKind,
  type TransportReply,
  type TransportRequest,
} from '@moonbase/core/engines/openai-compatible'
import { buildConnector, type Client } from 'undici'
import { OriginConnections } from './origin-connections.ts'
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

interface Target {
  readonly origin: OriginConnections
  readonly path: string
}

class UndiciTransport implements Transport {
  readonly #connections: number
  readonly #maxOrigins: number
  readonly #clientOptions: Client.Options
  /** In the order of their first use. */
  readonly #origins = new Map<string, OriginConnections>()
  /** By whole URL, to take URLs apart only once. */
  readonly #targets = new Map<string, Target>()
  #closed = false

  constructor(options: UndiciTransportOptions) {
    this.#connections = options.connections ?? 1024
    this.#maxOrigins = options.origins ?? 64
    this.#clientOptions = {
      pipelining: 1,
      allowH2: false,
      // One for all connections: it remembers TLS sessions.
      connect: buildConnector({ allowH2: false, timeout: options.connectTimeoutMs ?? 10_000 }),
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
    const origins = [...this.#origins.values()]
    this.#origins.clear()
    this.#targets.clear()
    await Promise.all(origins.map((origin) => origin.destroy()))
  }

  #dispatch(method: 'GET' | 'POST', request: TransportRequest, body: string | null): Promise<TransportReply> {
    const { signal } = request
    if (signal.aborted) return refused('aborted', 'was aborted', signal.reason)
    if (this.#closed) return refused('connect', 'the transport is closed')
    const target = this.#target(request.url)
    if (target === undefined) return refused('busy', `all ${this.#maxOrigins} origins are in use`)
    const { origin, path } = target
    const connection = origin.take()
    if (connection === undefined) return refused('busy', `all ${this.#connections} connections are taken`)
    const exchange = new UndiciExchange(signal, (reusable) => origin.give(connection, reusable))
    return exchange.start(connection, {
      method,
      path,
      body,
      headers: { ...request.headers, 'accept-encoding': 'identity' },
      headersTimeout: request.headersTimeoutMs,
      bodyTimeout: request.bodyTimeoutMs,
    })
  }

  /** `undefined` when no more origins can be opened. */
  #target(url: string): Target | undefined {
    const known = this.#targets.get(url)
    if (known !== undefined) return known
    const { origin: name, pathname, search } = new URL(url)
    const origin = this.#origins.get(name) ?? this.#openOrigin(name)
    if (origin === undefined) return undefined
    const target = { origin, path: pathname + search }
    if (this.#targets.size >= REMEMBERED_TARGETS) this.#targets.clear()
    this.#targets.set(url, target)
    return target
  }

  #openOrigin(name: string): OriginConnections | undefined {
    if (this.#origins.size >= this.#maxOrigins && !this.#forgetIdleOrigin()) return undefined
    const origin = new OriginConnections(name, this.#clientOptions, this.#connections)
    this.#origins.set(name, origin)
    return origin
  }

  #forgetIdleOrigin(): boolean {
    const idle = [...this.#origins].find(([, { running }]) => running === 0)
    if (idle === undefined) return false
    const [name, origin] = idle
    this.#origins.delete(name)
    for (const [url, target] of this.#targets) if (target.origin === origin) this.#targets.delete(url)
    void origin.destroy()
    return true
  }
}

function refused(kind: TransportErrorKind, message: string, cause?: unknown): Promise<never> {
  return Promise.reject(new TransportError(kind, message, cause))
}
