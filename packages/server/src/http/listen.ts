/** Listening: a port that cannot be had is a failure, and what goes wrong later with a connection is told, and ends nothing. */

import type { Server } from 'node:net'

export function listen(server: Server, host: string, port: number, onFailedAccept: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      server.on('error', onFailedAccept)
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : port)
    })
  })
}
