/** Requests over connections that are kept: `fetch` takes longer than the server does, where there are tens of thousands. */

import { Agent, request } from 'node:http'

export interface KeptReply {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

export class KeptCaller {
  readonly #url: string
  readonly #agent: Agent

  /** @param connections at once; whoever asks more waits */
  constructor(url: string, connections: number) {
    this.#url = url
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  /** Rejects where the reply is not whole. */
  post(path: string, headers: Readonly<Record<string, string>>, body: string): Promise<KeptReply> {
    const bytes = Buffer.from(body)
    const { promise, resolve, reject } = Promise.withResolvers<KeptReply>()
    const asked = request(
      this.#url + path,
      {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': bytes.length, ...headers },
      },
      (reply) => {
        let text = ''
        reply.setEncoding('utf8').on('data', (piece: string) => (text += piece))
        reply.once('error', reject)
        reply.once('end', () => {
          resolve({ status: reply.statusCode ?? 0, contentType: reply.headers['content-type'] ?? '', text })
        })
      },
    )
    asked.once('error', reject)
    asked.end(bytes)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}
