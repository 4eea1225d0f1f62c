import assert from 'node:assert/strict'
import type { Socket } from 'node:net'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import type { ApiError } from '@moonbase/protocol'
import { answerBrokenRequest } from './broken-request.ts'

/** What goes to the client, and what was said of it. */
async function answerTo(code: string) {
  const said: ApiError[] = []
  // It is written to and closed only.
  const socket = new PassThrough() as unknown as Socket
  answerBrokenRequest(Object.assign(new Error('broken'), { code }), socket, 30_000, (error) => {
    said.push(error)
    return { contentType: 'text/plain', body: 'no' }
  })
  return { said, socket, written: socket.destroyed ? '' : await text(socket) }
}

describe('what is no request', () => {
  it('is told what was wrong with it', async () => {
    for (const [code, status, words] of [
      ['HPE_INVALID_METHOD', 400, /the bytes received are not a valid HTTP request/],
      ['ERR_HTTP_REQUEST_TIMEOUT', 408, /30 seconds/],
      ['HPE_HEADER_OVERFLOW', 431, /header/i],
    ] as const) {
      const { said, written } = await answerTo(code)
      assert.deepEqual([said.length, said[0]?.status], [1, status], code)
      assert.match(said[0]?.publicMessage ?? '', words)
      assert.match(written, new RegExp(`^HTTP/1.1 ${status} .*\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n`))
    }
  })

  it('is told nothing by a client that has gone', async () => {
    const { said, socket } = await answerTo('ECONNRESET')
    assert.deepEqual([said, socket.destroyed], [[], true])
  })
})
