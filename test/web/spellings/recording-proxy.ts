/** Stands between programs and a server: writes down what comes by, and passes it on as it is. */

import { type IncomingHttpHeaders, type Server, createServer, request as httpRequest } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from '../../support/eventually.ts'

export interface RecordedRequest {
  /** What stood in front of the path, as `/for/<label>`: which program this is from. */
  readonly label: string | undefined
  /** Without it. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  /** Of the server's reply, with the words of what is no success. */
  status: number
  refusal: string
}

export interface RecordingProxy extends AsyncDisposable {
  readonly url: string
  readonly requests: RecordedRequest[]
  /** Whose requests those are whose path does not say it. */
  current: string | undefined
}

/** More than any of our programs sends, or is refused with. */
const MOST_BYTES = 8 * 1024 * 1024

export async function openRecordingProxy(target: string): Promise<RecordingProxy> {
  const requests: RecordedRequest[] = []
  const server: Server = createServer((incoming, outgoing) => {
    const fail = (error: Error): void => void outgoing.destroy(error)
    void (async () => {
      const body = await textOf(incoming)
      const [, label, rest] = /^\/for\/([^/]+)(\/.*)$/.exec(incoming.url ?? '/') ?? []
      const path = rest ?? incoming.url ?? '/'
      const record: RecordedRequest = {
        label: label ?? proxy.current,
        path,
        headers: incoming.headers,
        body,
        status: 0,
        refusal: '',
      }
      requests.push(record)
      const { host: _, ...headers } = incoming.headers
      const passed = httpRequest(target + path, { method: incoming.method ?? 'GET', headers }, (reply) => {
        record.status = reply.statusCode ?? 0
        outgoing.writeHead(record.status, reply.headers)
        if (record.status === 200) {
          reply.on('error', fail).pipe(outgoing)
          return
        }
        const refuse = (text: string): void => {
          record.refusal = text
          outgoing.end(text)
        }
        textOf(reply).then(refuse, fail)
      })
      passed.on('error', fail).end(body)
    })().catch(fail)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const proxy: RecordingProxy = {
    current: undefined,
    url: `http://127.0.0.1:${port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

async function textOf(source: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = []
  let bytes = 0
  for await (const piece of source) {
    bytes += piece.length
    if (bytes > MOST_BYTES) throw new Error(`a body of more than ${MOST_BYTES} bytes`)
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}
