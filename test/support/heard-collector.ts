/** An OpenTelemetry collector that takes everything and keeps it as text. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from './eventually.ts'

export interface HeardCollector extends AsyncDisposable {
  readonly url: string
  readonly headers: readonly string[]
  readonly bodies: readonly string[]
}

export async function openHeardCollector(): Promise<HeardCollector> {
  const headers: string[] = []
  const bodies: string[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      headers.push(JSON.stringify(request.rawHeaders))
      bodies.push(`${request.url} ${Buffer.concat(pieces).toString('utf8')}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    headers,
    bodies,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
