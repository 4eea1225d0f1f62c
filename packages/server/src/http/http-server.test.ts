import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { ApiError } from '@moonbase/protocol'
import type { Exchange } from './exchange.ts'
import { headOf, serveExchanges } from './testing/serve-exchanges.ts'

const TEXT = 'text/plain; charset=utf-8'
const lines = (...all: readonly string[]): string => all.join('\r\n')
const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : String(error))

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
