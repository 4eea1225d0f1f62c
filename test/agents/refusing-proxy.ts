/** A proxy that lets nobody through, and remembers whom they wanted: all that an agent asks for beside this server. */

import { once } from 'node:events'
import { type Socket, createServer } from 'node:net'

export interface RefusingProxy extends AsyncDisposable {
  /** `http://127.0.0.1:port` */
  readonly url: string
  /** Hosts with ports, each once, in the order in which they were first asked for. */
  readonly wanted: ReadonlySet<string>
}

const MOST_WANTED = 1_000
const MOST_HEAD = 16_384
const REFUSAL = 'HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n'

export async function openRefusingProxy(): Promise<RefusingProxy> {
  const wanted = new Set<string>()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A client that breaks off has nothing to be told.
    socket.on('error', () => socket.destroy())
    let head = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      head += text
      const end = head.indexOf('\r\n')
      if (end === -1 && head.length <= MOST_HEAD) return
      const host = hostIn(head.slice(0, end === -1 ? MOST_HEAD : end))
      if (wanted.size < MOST_WANTED) wanted.add(host)
      socket.removeAllListeners('data').resume().end(REFUSAL)
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy listens on no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    wanted,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** `CONNECT host:443 HTTP/1.1`, or a method with a whole address. */
function hostIn(line: string): string {
  const [, method, target = ''] = /^([A-Z]+) (\S+)/.exec(line) ?? []
  if (method === 'CONNECT') return target
  return URL.canParse(target) ? new URL(target).host : 'something unintelligible'
}
