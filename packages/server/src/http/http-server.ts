/** The server over `node:http`: who is let in, which exchanges run, and how it stops. */

import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import { ActiveList } from '../collections/active-list.ts'
import { BodyShares } from './body-shares.ts'
import { clientAddress, peerIsListed } from './client-address.ts'
import { Connections } from './connections.ts'
import { EndOfTurnWrites } from './end-of-turn-writes.ts'
import type { Exchange } from './exchange.ts'
import type { HttpServer, HttpServerOptions } from './http-server-options.ts'
import { listen } from './listen.ts'
import { NodeExchange } from './node-exchange.ts'
import { keepDescriptors } from './spare-descriptors.ts'
import { watchConnections } from './watch-connections.ts'

/** A gateway's load balancer keeps idle connections for a minute; ours must outlive it, or it meets a closing socket. */
const KEEP_ALIVE_MS = 75_000
const HEADERS_TIMEOUT_MS = 60_000
/** How often node looks for requests that outlived their time, at the most. */
const TIMEOUT_CHECK_MS = 5_000
/** How often slow bodies and idle connections are looked for. */
const LOOK_MS = 1000
/** Connections past the limit that are there for as long as they are told so. */
const BEING_REFUSED = 16

/** `handle` answers every exchange and never rejects. */
export function httpServer(
  handle: (exchange: Exchange) => Promise<void>,
  { limits, trustedProxies = [], refusalBody }: HttpServerOptions,
): HttpServer {
  const active = new ActiveList<NodeExchange>()
  const addressOf = clientAddress(trustedProxies)
  const bodies = new BodyShares({ bytes: limits.bodiesBytes, bytesPerSecond: limits.bodyBytesPerSecond })
  const clients = new Connections({ connections: limits.connections, idleOfAddress: limits.idleConnections })
  const shared = { limits, bodies, clients, writes: new EndOfTurnWrites(), addressOf }
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = new NodeExchange(request, response, shared, connections.get(request.socket))
    active.add(exchange)
    response.on('close', () => {
      exchange.closed()
      active.remove(exchange)
    })
    void handle(exchange)
  }

  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_MS,
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, limits.bodyTimeoutMs),
      requestTimeout: limits.bodyTimeoutMs,
      connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MS, limits.bodyTimeoutMs),
      noDelay: true,
      // Node's own refusal is no body at all: `wrongWithHead` looks.
      requireHostHeader: false,
    },
    answer,
  )
  server.maxConnections = limits.connections + BEING_REFUSED
  const connections = watchConnections(server, {
    clients,
    isProxy: peerIsListed(trustedProxies),
    bodyTimeoutMs: limits.bodyTimeoutMs,
    refusalBody,
  })
  const looking = setInterval(() => {
    bodies.look()
    clients.look()
    keepDescriptors(() => clients.relieve())
  }, LOOK_MS).unref()
  // Whatever is expected, the head is looked at with all others.
  server.on('checkExpectation', answer)

  return {
    get figures() {
      return { bodyBytes: bodies.bytes, connections: clients.size }
    },
    // A system without descriptors says so here. Whoever came is gone by then; the next one finds one that was idle.
    listen: (host, port) => listen(server, host, port, () => void clients.relieve()),
    relieve: () => void clients.relieve(),
    stopAccepting() {
      server.close()
      server.closeIdleConnections()
    },
    abortAll(reason) {
      for (const exchange of active.list()) exchange.abort(reason)
    },
    idle: () => active.idle(),
    close: () =>
      new Promise((resolve) => {
        clearInterval(looking)
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
