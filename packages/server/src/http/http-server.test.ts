import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import { once } from '../../../../test/support/eventually.ts'
import type { Exchange } from './exchange.ts'
import { openEvents } from './open-events.ts'
import { router } from './router.ts'
import { headOf, serveExchanges } from './testing/serve-exchanges.ts'

const TEXT = 'text/plain; charset=utf-8'
const lines = (...all: readonly string[]): string => all.join('\r\n')
const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : String(error))

describe('the methods', () => {
  const match = router([
    { method: 'GET', path: '/things/:id' },
    { method: 'HEAD', path: '/things/:id' },
    { method: 'PUT', path: '/things/:id' },
    { method: 'PATCH', path: '/things/:id' },
    { method: 'DELETE', path: '/things/:id' },
    { method: 'GET', path: '/page' },
  ])
  const answer = async (exchange: Exchange): Promise<void> => {
    try {
      const { route, parameters } = match(exchange.method, exchange.path)
      const body = Buffer.from(await exchange.readBody()).toString()
      exchange.send(200, TEXT, `${route.method} ${parameters['id'] ?? ''} ${body}`)
    } catch (error) {
      if (!(error instanceof ApiError)) throw error
      for (const [name, value] of Object.entries(error.headers)) exchange.setHeader(name, value)
      exchange.send(error.status, TEXT, error.code)
    }
  }

  it('reach their routes with their bodies', async () => {
    await using served = await serveExchanges(answer)
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const response = await fetch(`${served.url}/things/a%20b`, { method, body: 'é' })
      assert.deepEqual([response.status, await response.text()], [200, `${method} a b é`])
    }
    const bare = await fetch(`${served.url}/things/a`, { method: 'DELETE' })
    assert.equal(await bare.text(), 'DELETE a ')
  })

  it('HEAD has the headers of its reply and nothing behind them', async () => {
    await using served = await serveExchanges(answer)
    assert.equal(
      await served.raw(headOf('HEAD', '/things/a')),
      lines(
        'HTTP/1.1 200 OK',
        'Msh-Request-Id: …',
        'x-request-id: …',
        `Content-Type: ${TEXT}`,
        'Content-Length: 7',
        'Date: …',
        'Connection: close',
        '',
        '',
      ),
    )
  })

  it('HEAD is refused where only GET is known, without a body, and the connection goes on', async () => {
    await using served = await serveExchanges(answer)
    const response = await fetch(`${served.url}/page`, { method: 'HEAD' })
    assert.deepEqual([response.status, response.headers.get('allow'), await response.text()], [405, 'GET', ''])
    const both = await served.raw(headOf('HEAD', '/page').replace('close', 'keep-alive') + headOf('GET', '/page'))
    assert.match(both, /^HTTP\/1.1 405 [^]*Content-Length: 18[^]*\r\n\r\nHTTP\/1.1 200 OK[^]*\r\n\r\nGET {2}$/)
  })
})

describe('a reply in one piece', () => {
  it('may be text or bytes, and says how many bytes it has', async () => {
    const bodies: Record<string, string | Uint8Array> = {
      '/ascii': 'abc',
      '/text': 'é月',
      '/bytes': Uint8Array.of(0, 255, 128, 10),
      '/none': new Uint8Array(),
    }
    await using served = await serveExchanges((exchange) => exchange.send(200, TEXT, bodies[exchange.path] ?? ''))
    for (const [path, body] of Object.entries(bodies)) {
      const response = await fetch(served.url + path)
      const bytes = Buffer.from(await response.arrayBuffer())
      assert.deepEqual(bytes, Buffer.from(body as string), path)
      assert.equal(response.headers.get('content-length'), String(bytes.length))
    }
  })

  it('says of a 304 no length, which would be that of another body', async () => {
    await using served = await serveExchanges((exchange) => {
      exchange.setHeader('ETag', '"1"')
      exchange.send(304, TEXT, '')
    })
    const reply = await served.raw(headOf('GET'))
    assert.match(reply, /^HTTP\/1.1 304 Not Modified\r\n/)
    assert.doesNotMatch(reply, /content-length|transfer-encoding/i)
  })

  it('is given once: a failure behind it changes nothing', async () => {
    await using served = await serveExchanges((exchange) => {
      exchange.send(200, TEXT, 'first')
      exchange.send(500, TEXT, 'second')
    })
    const response = await fetch(served.url)
    assert.deepEqual([response.status, await response.text()], [200, 'first'])
  })
})

describe('a reply that comes bit by bit', () => {
  it('of events keeps proxies from holding it back', async () => {
    await using served = await serveExchanges((exchange) => {
      exchange.setHeader('x-own', '1')
      const sink = openEvents(exchange)
      sink.write('data: a\n\n')
      sink.end()
    })
    assert.equal(
      await served.raw(headOf('GET')),
      lines(
        'HTTP/1.1 200 OK',
        'Msh-Request-Id: …',
        'x-request-id: …',
        'x-own: 1',
        'Content-Type: text/event-stream; charset=utf-8',
        'Cache-Control: no-cache',
        'X-Accel-Buffering: no',
        'Date: …',
        'Connection: close',
        'Transfer-Encoding: chunked',
        '',
        '9',
        'data: a\n\n',
        '0',
        '',
        '',
      ),
    )
  })

  it('may have any status and type, and a length that is known before', async () => {
    await using served = await serveExchanges((exchange) => {
      exchange.setHeader('Content-Length', '4')
      const sink = exchange.open(206, 'application/octet-stream')
      sink.write(Uint8Array.of(65, 66))
      sink.write(Uint8Array.of(67, 68))
      sink.end()
    })
    const reply = await served.raw(headOf('GET'))
    assert.match(reply, /^HTTP\/1.1 206 Partial Content\r\n[^]*\r\n\r\nABCD$/)
    assert.doesNotMatch(reply, /transfer-encoding/i)
    const head = await served.raw(headOf('HEAD'))
    assert.match(head, /^HTTP\/1.1 206 [^]*\r\nContent-Length: 4\r\n[^]*\r\n\r\n$/)
  })

  it('is a head alone for HEAD, and its source is never kept waiting', async () => {
    const waited: unknown[] = []
    await using served = await serveExchanges((exchange) => {
      const sink = openEvents(exchange)
      waited.push(sink.write('x'.repeat(1_000_000)), sink.write(Buffer.alloc(1_000_000)))
      sink.end()
    })
    const reply = await served.raw(headOf('HEAD'))
    assert.match(reply, /^HTTP\/1.1 200 OK\r\n[^]*\r\nX-Accel-Buffering: no\r\n[^]*\r\n\r\n$/)
    assert.doesNotMatch(reply, /content-length|transfer-encoding/i)
    assert.deepEqual(waited, [undefined, undefined])
  })

  it('is cut, and never ends as if it were whole, when a failure comes before its end', async () => {
    const gone = Promise.withResolvers<void>()
    await using served = await serveExchanges((exchange) => {
      exchange.signal.addEventListener('abort', () => gone.resolve())
      exchange.open(200, 'application/octet-stream').write('half of it')
      setImmediate(() => setImmediate(() => exchange.send(500, TEXT, 'the source failed')))
    })
    const reply = await served.raw(headOf('GET'))
    assert.match(reply, /half of it/)
    assert.doesNotMatch(reply, /\r\n0\r\n|failed/)
    await gone.promise
  })

  it('is not cut by a failure behind its end', async () => {
    await using served = await serveExchanges((exchange) => {
      const sink = exchange.open(200, TEXT)
      sink.write('whole')
      sink.end()
      exchange.send(500, TEXT, 'something else failed')
    })
    assert.equal(await (await fetch(served.url)).text(), 'whole')
  })
})

describe('the body of a request', () => {
  it('is read once, whole or piece by piece', async () => {
    const read = async (exchange: Exchange): Promise<string> => {
      let text = ''
      for await (const piece of exchange.body(100)) text += Buffer.from(piece).toString()
      return text
    }
    const ways: Record<string, (exchange: Exchange) => Promise<unknown>> = {
      '/whole': (exchange) => exchange.readBody(),
      '/pieces': read,
    }
    const said: string[] = []
    await using served = await serveExchanges(async (exchange) => {
      const [first, second] = exchange.query.split('&').map((name) => ways[`/${name}`])
      await first?.(exchange)
      await second?.(exchange).catch((error: unknown) => said.push(String(error)))
      exchange.send(200, TEXT, '')
    })
    for (const query of ['whole&pieces', 'pieces&whole', 'whole&whole', 'pieces&pieces']) {
      await fetch(`${served.url}/?${query}`, { method: 'POST', body: 'text' })
    }
    assert.deepEqual(
      said,
      Array.from({ length: 4 }, () => 'Error: the body of an exchange is read once: either whole or piece by piece'),
    )
  })

  it('of any size passes piece by piece, also one larger than the server takes whole', async () => {
    await using served = await serveExchanges(
      async (exchange) => {
        let bytes = 0
        for await (const piece of exchange.body(3_000_000)) bytes += piece.length
        exchange.send(200, TEXT, String(bytes))
      },
      { bodyBytes: 10 },
    )
    const response = await fetch(served.url, { method: 'PUT', body: Buffer.alloc(3_000_000) })
    assert.equal(await response.text(), '3000000')
  })

  it('is refused past its limit by a reply that the client reads, and the connection goes on', async () => {
    await using served = await serveExchanges(async (exchange) => {
      try {
        for await (const piece of exchange.body(1_000_000)) assert.ok(piece.length > 0)
        exchange.send(200, TEXT, 'whole')
      } catch (error) {
        exchange.send(413, TEXT, codeOf(error))
      }
    })
    const chunk = `${(200_000).toString(16)}\r\n${'x'.repeat(200_000)}\r\n`
    const large = headOf('PUT', '/', 'Transfer-Encoding: chunked').replace('close', 'keep-alive')
    const replies = await served.raw(`${large}${chunk.repeat(20)}0\r\n\r\n${headOf('PUT', '/', 'Content-Length: 1')}x`)
    assert.match(replies, /^HTTP\/1.1 413 [^]*body_too_large[^]*HTTP\/1.1 200 OK[^]*whole$/)
    const announced = await served.raw(`${headOf('PUT', '/', 'Content-Length: 1000001')}${'x'.repeat(1_000_001)}`)
    assert.match(announced, /^HTTP\/1.1 413 [^]*body_too_large$/)
  })

  it('that nobody wants any more is dropped, and the connection goes on', async () => {
    await using served = await serveExchanges(async (exchange) => {
      for await (const piece of exchange.body(10_000_000)) {
        exchange.send(200, TEXT, `saw ${piece[0] ?? ''}`)
        break
      }
    })
    const first = headOf('PUT', '/', 'Content-Length: 4000000').replace('close', 'keep-alive') + 'x'.repeat(4_000_000)
    const replies = await served.raw(`${first}${headOf('PUT', '/', 'Content-Length: 1')}y`)
    assert.match(replies, /saw 120[^]*saw 121$/)
  })

  it('fails when the client leaves in the middle of it, whoever reads it and however late', async () => {
    const ways: Record<string, (exchange: Exchange) => Promise<unknown>> = {
      '/whole': (exchange) => exchange.readBody(),
      '/pieces': async (exchange) => {
        for await (const piece of exchange.body(1000)) assert.equal(piece.length, 3)
      },
      '/late': async (exchange) => {
        await once(exchange.signal, 'abort')
        await exchange.readBody()
      },
      '/late-pieces': async (exchange) => {
        await once(exchange.signal, 'abort')
        for await (const piece of exchange.body(1000)) assert.fail(`a piece of ${piece.length} bytes`)
      },
    }
    for (const path of Object.keys(ways)) {
      const came = Promise.withResolvers<void>()
      const failed = Promise.withResolvers<string>()
      await using served = await serveExchanges(async (exchange) => {
        came.resolve()
        await ways[path]?.(exchange).then(
          () => failed.resolve('whole'),
          (error: unknown) => failed.resolve(codeOf(error)),
        )
      })
      const socket = served.say(headOf('PUT', path, 'Content-Length: 10'), 'one')
      await came.promise
      socket.destroy()
      assert.equal(await failed.promise, 'client_closed', path)
    }
  })
})

describe('what is no request', () => {
  it('is refused in the words that were handed in', async () => {
    await using served = await serveExchanges(() => assert.fail('nobody is asked'))
    assert.equal(
      await served.raw('what is this?\r\n\r\n'),
      lines(
        'HTTP/1.1 400 Bad Request',
        'Content-Type: text/x-refusal',
        'Content-Length: 22',
        'Msh-Request-Id: …',
        'x-request-id: …',
        'Connection: close',
        '',
        'no: invalid_request é',
      ),
    )
    const large = await served.raw(headOf('GET', '/', `x-large: ${'x'.repeat(20_000)}`))
    assert.match(large, /^HTTP\/1.1 431 Request Header Fields Too Large\r\n[^]*no: headers_too_large é$/)
  })
})

describe('connections that are too many', () => {
  const limits = { connections: 2 }
  const ok = (exchange: Exchange) => exchange.send(200, 'text/plain', 'ok')

  it('close those that are idle, the oldest first, and whoever asks is answered', async () => {
    await using server = await serveExchanges(ok, limits)
    const idle = [server.say(), server.say()]
    await Promise.all(idle.map((socket) => once(socket, 'connect')))
    const closed = once(idle[0] ?? server.say(), 'close')
    assert.match(await server.raw(headOf('GET')), /^HTTP\/1\.1 200 /)
    await closed
    assert.equal(idle[1]?.destroyed, false)
    for (const socket of idle) socket.destroy()
  })

  it('are told so when nobody is idle, and when to come again; who is being answered stays', async () => {
    const asked: Exchange[] = []
    const bothAsked = Promise.withResolvers<void>()
    await using server = await serveExchanges((exchange) => {
      asked.push(exchange)
      if (asked.length === 2) bothAsked.resolve()
    }, limits)
    const answers = [server.raw(headOf('GET')), server.raw(headOf('GET'))]
    await bothAsked.promise
    assert.equal(server.server.figures.connections, 2)
    const refused = await server.raw('')
    assert.match(refused, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    assert.match(refused, /\r\nRetry-After: 1\r\n[\s\S]*no: server_busy é$/)
    for (const exchange of asked) ok(exchange)
    for (const answer of answers) assert.match(await answer, /^HTTP\/1\.1 200 /)
  })
})
