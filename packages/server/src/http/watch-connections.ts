/** What a server does with its connections beside the requests on them: half-closed ones, broken ones, tunnels. */

import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { apiError } from '@moonbase/protocol'
import { type SayRefusal, answerBrokenRequest, refuseOnSocket } from './broken-request.ts'
import { ClientConnection } from './client-connection.ts'

/** Of a target that is shown to whoever sent it. */
const SHOWN = 80

/** @returns the connections there are, to be told of the exchanges on them */
export function watchConnections(
  server: Server,
  bodyTimeoutMs: number,
  refusalBody: SayRefusal,
): WeakMap<Duplex, ClientConnection> {
  const connections = new WeakMap<Duplex, ClientConnection>()
  // Whoever has sent all of a request may close that half of the connection. No option of Node's says so, but this field,
  // which it looks at when a half is closed.
  Object.assign(server, { httpAllowHalfOpen: true })
  server.on('connection', (socket) => connections.set(socket, new ClientConnection(socket)))
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
