/** What the HTTP server is told, and what it is to who has opened it. */

import type { ApiError } from '@moonbase/protocol'
import type { SayRefusal } from './broken-request.ts'

export interface HttpLimits {
  /** Of a body that is read whole; one that is read piece by piece has a limit of its own. */
  readonly bodyBytes: number
  /** From the first byte of a request to the last of its body. */
  readonly bodyTimeoutMs: number
  /** Of all bodies in hand. */
  readonly bodiesBytes: number
  /** A body that comes slower is given up; 0: none is. */
  readonly bodyBytesPerSecond: number
  /** Of all clients. */
  readonly connections: number
  /** Idle ones of one address that have shown no key. */
  readonly idleConnections: number
}

export interface HttpServerOptions {
  readonly limits: HttpLimits
  /** Addresses and networks of proxies whose word on the client's address counts. */
  readonly trustedProxies?: readonly string[]
  /** For what never becomes an exchange, because it is no request. */
  readonly refusalBody: SayRefusal
}

export interface HttpServer {
  /** What is in hand now. */
  readonly figures: { readonly bodyBytes: number; readonly connections: number }
  /** Resolves to the port that was bound. */
  listen(host: string, port: number): Promise<number>
  /** Closes the connection of whoever is idle and may go first, where descriptors are wanted elsewhere. */
  relieve(): void
  /** No new connections, no new requests on old ones. */
  stopAccepting(): void
  /** Fires the signal of every exchange under way with the given reason. */
  abortAll(reason: ApiError): void
  /** Resolves when no exchange is under way. */
  idle(): Promise<void>
  /** Resolves when every connection is gone. */
  close(): Promise<void>
}
