import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { errorBody } from '@moonbase/protocol'
import { once } from '../../../../test/support/eventually.ts'
import { serveExchanges } from './testing/serve-exchanges.ts'

/** A server that refuses what has a wrong head as all of ours do, and says `fine` to everything else. */
const serve = () =>
  serveExchanges((exchange) => {
    const { wrongHead } = exchange
    if (wrongHead === undefined) exchange.send(200, 'text/plain', `fine ${exchange.path}`)
    else exchange.send(wrongHead.status, 'application/json', JSON.stringify(errorBody(wrongHead)))
  })

/** What comes back for these lines of a head; the connection is closed behind it, whatever they say. */
async function ask(request: string, ...headers: readonly string[]): Promise<string> {
  await using served = await serve()
  const [method = '', target = '', version = 'HTTP/1.1'] = request.split(' ')
  const raw = await served.raw([`${method} ${target} ${version}`, ...headers, '', ''].join('\r\n'))
  return `${raw.slice(9, 12)} ${raw.slice(raw.indexOf('\r\n\r\n') + 4)}`
}
const refusal = (status: number, words: string): string =>
  `${status} ${JSON.stringify({ error: { message: `Invalid request: ${words}`, type: 'invalid_request_error' } })}`

const CLOSE = 'Connection: close'

describe('the head of a request', () => {
  it('names one host, and none only before HTTP/1.1', async () => {
    assert.equal(await ask('GET /'), refusal(400, 'the header Host is missing'))
    assert.equal(await ask('GET / HTTP/1.0'), '200 fine /')
    for (const again of ['Host: a', 'host: b']) {
      assert.equal(await ask('GET /', 'Host: a', again), refusal(400, 'the header Host is given twice'))
    }
    for (const host of ['a b', 'a/b', 'a@b', 'a?b', 'a\\b', 'ä']) {
      assert.equal(
        await ask('GET /', `Host: ${host}`),
        refusal(400, 'the header Host is no name or address of a host'),
        host,
      )
    }
    for (const host of ['a_b.example:80', '[::1]:2500', '127.0.0.1', '']) {
      assert.equal(await ask('GET /', `Host: ${host}`, CLOSE), '200 fine /', host)
    }
  })

  it('expects nothing but 100-continue', async () => {
    const words = 'the header Expect may say 100-continue and nothing else'
    assert.equal(await ask('POST /', 'Host: a', 'Expect: 200-ok', 'Content-Length: 9'), refusal(417, words))
    assert.match(await ask('GET /', 'Host: a', 'Expect: 100-Continue', CLOSE), /^100 HTTP\/1\.1 200 OK[^]*fine \/$/)
  })

  it('knows chunked and no other coding of the body, alone or in front of it', async () => {
    const words = 'the header Transfer-Encoding may say chunked and nothing else'
    for (const lines of [
      ['Transfer-Encoding: gzip, chunked'],
      ['Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'],
      ['Transfer-Encoding: gzip'],
    ]) {
      assert.equal(await ask('POST /', 'Host: a', ...lines), refusal(400, words), lines.join())
    }
    assert.equal(await ask('POST /', 'Host: a', CLOSE, 'Transfer-Encoding: Chunked', '', '0'), '200 fine /')
  })

  it('may name the server in its target, as to a proxy', async () => {
    assert.equal(await ask('GET http://a.example:80/b?c', 'Host: a', CLOSE), '200 fine /b')
    assert.equal(await ask('GET HTTPS://a.example', 'Host: a', CLOSE), '200 fine /')
  })

  it('asks for a tunnel in vain', async () => {
    await using served = await serve()
    const raw = await served.raw('CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n')
    assert.match(raw, /^HTTP\/1\.1 405 Method Not Allowed\r\n[^]*no: method_not_allowed é$/)
  })

  it('asks for another protocol, and is answered in this one', async () => {
    const upgrade = ['Host: a', 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: eHh4']
    await using served = await serve()
    const socket = served.say(['GET /x HTTP/1.1', ...upgrade, '', ''].join('\r\n'))
    const [reply]: Buffer[] = await once(socket, 'data')
    socket.destroy()
    assert.match(String(reply), /^HTTP\/1\.1 200 OK[^]*fine \/x$/)
  })
})
