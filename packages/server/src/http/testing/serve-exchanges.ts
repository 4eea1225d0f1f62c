/** For tests: a real server on a free port, and what it says on the wire, byte for byte. */

import { connect } from 'node:net'
import { once } from '../../../../../test/support/eventually.ts'
import type { Exchange } from '../exchange.ts'
import type { HttpLimits } from '../http-server-options.ts'
import { httpServer } from '../http-server.ts'

/** Limits that no test reaches unless it wants to. */
export const ROOMY: HttpLimits = {
  bodyBytes: 1024 * 1024,
  bodyTimeoutMs: 60_000,
  bodiesBytes: 1024 * 1024 * 1024,
  bodyBytesPerSecond: 0,
  connections: 1000,
  idleConnections: 1000,
}

export async function serveExchanges(
  handle: (exchange: Exchange) => Promise<void> | void,
  limits: Partial<HttpLimits> = {},
) {
  const server = httpServer(async (exchange) => handle(exchange), {
    limits: { ...ROOMY, ...limits },
    refusalBody: ({ code }) => ({ contentType: 'text/x-refusal', body: `no: ${code} é` }),
  })
  const port = await server.listen('127.0.0.1', 0)
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    /** An open connection on which so much was said. */
    say(...texts: readonly string[]) {
      const socket = connect(port, '127.0.0.1')
      for (const text of texts) socket.write(text)
      return socket
    },
    /** All that comes back until the server closes the connection; ids are left out. */
    async raw(text: string): Promise<string> {
      const socket = connect(port, '127.0.0.1')
      socket.write(text)
      let reply = ''
      socket.setEncoding('utf8').on('data', (piece: string) => (reply += piece))
      await once(socket, 'close')
      return reply.replace(/^Date: .*$/m, 'Date: …').replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** The head of a request whose connection is closed behind its reply. */
export function headOf(method: string, path = '/', ...headers: readonly string[]): string {
  return [`${method} ${path} HTTP/1.1`, 'Host: here', 'Connection: close', ...headers, '', ''].join('\r\n')
}
