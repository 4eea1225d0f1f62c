/**
 * The transport of engines on Node: our own client of HTTP/1.1 on `node:net` and `node:tls`. No web streams, no Node
 * streams to read from, no timer for a request; one write for it, and one batch of bytes for each read from the socket.
 *
 * One connection for each running request, so that a broken connection breaks one answer, and stopping a request closes
 * its socket, which is the one sign that every inference server understands. A request is written once: whether one whose
 * connection died unanswered was acted upon, nobody here can know, and routing decides who is asked next.
 */

import {
  type BodyText,
  type Transport,
  TransportError,
  type TransportErrorKind,
  type TransportReply,
  type TransportRequest,
} from '@moonbase/core/engines/openai-compatible'
import { EndOfTurnWrites } from '../end-of-turn-writes.ts'
import type { ConnectionParts } from './connection.ts'
import { CoarseTimer } from './coarse-timer.ts'
import { OriginConnections } from './origin-connections.ts'
import { requestHead } from './request-head.ts'
import { RequestWriter } from './request-writer.ts'

export interface HttpTransportOptions {
  /** Requests that may run at one origin at a time, each on a connection of its own. Default 1024. */
  readonly connections?: number
  /** Origins (scheme, host and port) that may be in use at a time. Default 64. */
  readonly origins?: number
  /** Milliseconds to make a connection, TLS included. Default 10 s; like all times here it may be a second late. */
  readonly connectTimeoutMs?: number
  /**
   * Milliseconds for which an idle connection is kept. Default 4 s, below the 5 s after which uvicorn (vLLM, SGLang) closes
   * its side: a request must not meet a connection that is just being closed. A server's own `Keep-Alive` hint wins.
   */
  readonly keepAliveMs?: number
  /** Milliseconds on a clock that only goes forward. Default: the process's. */
  readonly now?: () => number
  /** Told when the process has no descriptor for a connection. */
  readonly onNoDescriptor?: () => void
}

/** Addresses whose connections and heads are remembered; an engine has two. */
const REMEMBERED_TARGETS = 512

export function httpTransport(options: HttpTransportOptions = {}): Transport {
  return new HttpTransport(options)
}

/** One address, taken apart once. */
interface Target {
  readonly origin: OriginConnections
  readonly host: string
  readonly path: string
  /** The headers of the last request and the head they made: an engine sends the same object again and again. */
  headers: TransportRequest['headers'] | undefined
  method: 'GET' | 'POST'
  head: string
}

class HttpTransport implements Transport {
  readonly #connections: number
  readonly #maxOrigins: number
  readonly #parts: ConnectionParts
  readonly #looks: CoarseTimer
  /** In the order of their first use. */
  readonly #origins = new Map<string, OriginConnections>()
  /** By whole URL. */
  readonly #targets = new Map<string, Target>()
  #closed = false

  constructor(options: HttpTransportOptions) {
    const now = options.now ?? (() => performance.now())
    this.#connections = options.connections ?? 1024
    this.#maxOrigins = options.origins ?? 64
    this.#parts = {
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      keepAliveMs: options.keepAliveMs ?? 4_000,
      now,
      onNoDescriptor: options.onNoDescriptor ?? (() => undefined),
      writes: new EndOfTurnWrites(),
      writer: new RequestWriter(),
    }
    this.#looks = new CoarseTimer(now)
  }

  post(request: TransportRequest & { readonly body: BodyText }): Promise<TransportReply> {
    return this.#send('POST', request, request.body)
  }

  get(request: TransportRequest): Promise<TransportReply> {
    return this.#send('GET', request, null)
  }

  async close(): Promise<void> {
    this.#closed = true
    const origins = [...this.#origins.values()]
    this.#origins.clear()
    this.#targets.clear()
    await Promise.all(origins.map((origin) => origin.destroy()))
  }

  #send(method: 'GET' | 'POST', request: TransportRequest, body: BodyText | null): Promise<TransportReply> {
    const { signal, headersTimeoutMs, bodyTimeoutMs } = request
    if (signal.aborted) return refused('aborted', 'was aborted', signal.reason)
    if (this.#closed) return refused('connect', 'the transport is closed')
    const target = this.#target(request.url)
    if (target === undefined) return refused('busy', `all ${this.#maxOrigins} origins are in use`)
    let head: string
    try {
      head = headOf(target, method, request.headers)
    } catch (error) {
      return Promise.reject(
        error instanceof TransportError ? error : new TransportError('connect', String(error), error),
      )
    }
    const connection = target.origin.take()
    if (connection === undefined) return refused('busy', `all ${this.#connections} connections are taken`)
    return connection.send({ head, body, signal, headersTimeoutMs, bodyTimeoutMs })
  }

  /** `undefined` when no more origins can be opened. */
  #target(text: string): Target | undefined {
    const known = this.#targets.get(text)
    if (known !== undefined) return known
    const url = new URL(text)
    const origin = this.#origins.get(url.origin) ?? this.#openOrigin(url)
    if (origin === undefined) return undefined
    const path = url.pathname + url.search
    const target: Target = { origin, host: url.host, path, headers: undefined, method: 'POST', head: '' }
    if (this.#targets.size >= REMEMBERED_TARGETS) this.#targets.clear()
    this.#targets.set(text, target)
    return target
  }

  #openOrigin({ origin: name, protocol, hostname, port }: URL): OriginConnections | undefined {
    if (this.#origins.size >= this.#maxOrigins && !this.#forgetIdleOrigin()) return undefined
    const secure = protocol === 'https:'
    const connections = new OriginConnections(
      {
        secure,
        // Without the brackets of an IPv6 address.
        host: hostname.replace(/^\[(.*)\]$/, '$1'),
        port: port === '' ? (secure ? 443 : 80) : Number(port),
        session: undefined,
      },
      this.#parts,
      this.#looks,
      this.#connections,
    )
    this.#origins.set(name, connections)
    return connections
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

function headOf(target: Target, method: 'GET' | 'POST', headers: TransportRequest['headers']): string {
  if (target.headers === headers && target.method === method) return target.head
  const head = requestHead({ method, path: target.path, host: target.host }, headers)
  target.headers = headers
  target.method = method
  target.head = head
  return head
}

function refused(kind: TransportErrorKind, message: string, cause?: unknown): Promise<never> {
  return Promise.reject(new TransportError(kind, message, cause))
}
