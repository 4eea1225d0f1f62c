/** A line between a gateway and its database, which loses an answer when a test says so. */

import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { once } from '../../../../../../test/support/eventually.ts'

/**
 * Between a gateway and the database: what the database answers can get lost.
 *
 * @param of the connections whose answers get lost, such as `moonbase ledger`; without it of all. Others may ask for something at
 * any time, such as what has changed
 */
export async function openLine(
  url: string,
  of?: string,
): Promise<AsyncDisposable & { readonly url: string; loseNextAnswer(): void }> {
  const { port, hostname } = new URL(url)
  let losing = false
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let isMeant = of === undefined ? true : undefined
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        client.destroy()
        upstream.destroy()
      })
    }
    client.on('data', (bytes) => {
      // A connection says first what it is for.
      isMeant ??= bytes.includes(of ?? '', 0, 'latin1')
      upstream.write(bytes)
    })
    upstream.on('data', (bytes) => {
      // What PostgreSQL says when a statement that gives one row is through, and committed.
      if (!losing || isMeant !== true || !bytes.includes('SELECT 1', 0, 'latin1')) client.write(bytes)
      else {
        losing = false
        client.destroy()
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  return {
    url: through.href,
    loseNextAnswer: () => void (losing = true),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
