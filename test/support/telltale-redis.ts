/** As much of Redis as refuses every command by repeating it, as servers and proxies do that do not know one. */

import { type AddressInfo, type Socket, createServer } from 'node:net'
import { once } from './eventually.ts'

export interface TelltaleRedis extends AsyncDisposable {
  readonly port: number
  /** Something was sent to it. */
  readonly asked: Promise<void>
}

export async function openTelltaleRedis(): Promise<TelltaleRedis> {
  const sockets = new Set<Socket>()
  const asked = Promise.withResolvers<void>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket))
    socket.on('data', (bytes: Buffer) => {
      const commands = bytes
        .toString('latin1')
        .split(/^\*\d+\r\n/m)
        .slice(1)
      for (const command of commands) {
        const words = command.split('\r\n').filter((word) => word !== '' && !word.startsWith('$'))
        const [name, ...rest] = words
        socket.write(`-ERR unknown command '${name}', with args beginning with: '${rest.join("' '")}'\r\n`)
      }
      asked.resolve()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it listens on a port
  const { port } = server.address() as AddressInfo
  return {
    port,
    asked: asked.promise,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
