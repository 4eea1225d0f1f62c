import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransportError } from '@moonbase/core/engines/openai-compatible'
import { requestHead } from './request-head.ts'

const LINE = { method: 'POST', path: '/v1?a=b', host: 'h:1' } as const

describe('the head of a request', () => {
  it('says what the transport says and what the caller says', () => {
    assert.equal(
      requestHead(LINE, { authorization: 'Bearer k', 'accept-encoding': 'br', 'x-latin': 'é\t' }),
      'POST /v1?a=b HTTP/1.1\r\nhost: h:1\r\nconnection: keep-alive\r\naccept-encoding: identity\r\n' +
        'authorization: Bearer k\r\nx-latin: é\t\r\n',
    )
  })

  it('takes another host from the caller, once', () => {
    assert.ok(!requestHead(LINE, { host: 'other' }).includes('h:1'))
  })

  it('refuses names and values that would be another line, and headers that decide where a request ends', () => {
    const refused: Record<string, string>[] = [
      { 'x\r\ny': 'z' },
      { 'x y': 'z' },
      { '': 'z' },
      { 'x:': 'z' },
      { x: 'a\r\ny: b' },
      { x: 'a\nb' },
      { x: 'a\rb' },
      { x: 'a\0' },
      { x: '世' },
      { 'Content-Length': '1' },
      { 'transfer-encoding': 'chunked' },
      { connection: 'close' },
    ]
    for (const headers of refused) {
      assert.throws(
        () => requestHead(LINE, headers),
        (error) => error instanceof TransportError && error.kind === 'connect',
        JSON.stringify(headers),
      )
    }
  })

  it('does not repeat a value that it refuses, which may be a credential', () => {
    assert.throws(
      () => requestHead(LINE, { authorization: 'Bearer secret\n' }),
      (error) => error instanceof TransportError && !error.message.includes('secret'),
    )
  })
})
