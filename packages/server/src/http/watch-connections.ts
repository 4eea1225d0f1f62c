/** What a server does with its connections beside the requests on them: too many, half-closed ones, broken ones, tunnels. */

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { apiError } from '@moonbase/protocol'
import { type SayRefusal, answerBrokenRequest, refuseConnection, refuseOnSocket } from './broken-request.ts'
import { ClientConnection } from './client-connection.ts'
import type { Connections } from './connections.ts'

/** Of a target that is shown to whoever sent it. */
const SHOWN = 80

interface WatchParts {
  readonly clients: Connections
  /** Whether a connection comes from a proxy, and so its address says nothing of who is behind it. */
  readonly isProxy: (address: string) => boolean
  readonly bodyTimeoutMs: number
  readonly refusalBody: SayRefusal
}

/** @returns the connections there are, to be told of the exchanges on them */
export function watchConnections(
  server: Server,
  { clients, isProxy, bodyTimeoutMs, refusalBody }: WatchParts,
): Pick<WeakMap<Duplex, ClientConnection>, 'get'> {
  const connections = new WeakMap<Duplex, ClientConnection>()
  // One of each for all sockets: there may be ten thousand, and most of them wait.
  function onEnd(this: Socket): void {
    connections.get(this)?.halfClosed()
  }
  function onClose(this: Socket): void {
    const connection = connections.get(this)
    if (connection !== undefined) clients.closed(connection)
  }
  // Whoever has sent all of a request may close that half of the connection. No option of Node's says so, but this field,
  // which it looks at when a half is closed.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const connection = new ClientConnection(socket, isProxy(address) ? '' : address)
    if (!clients.opened(connection)) return refuseConnection(socket, refusalBody)
    connections.set(socket, connection)
    socket.on('end', onEnd).on('close', onClose)
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const refuse = (): void => answerBrokenRequest(error, socket, bodyTimeoutMs, refusalBody)
    const connection = connections.get(socket)
    if (connection === undefined) refuse()
    else connection.broken(refuse)
  })
  server.on('connect', ({ method = '', url = '' }, socket) => {
    // It was taken out of the server's hands, and a client that leaves now is nobody's concern.
    socket.on('error', () => socket.destroy())
    const words = { method, path: url.slice(0, SHOWN), allowed: 'GET, POST' }
    refuseOnSocket(apiError('method_not_allowed', words), socket, refusalBody)
  })
  return connections
}
