import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransportError } from '@moonbase/core/engines/openai-compatible'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import type { ReplyHead } from './reply-head.ts'
import { ReplyParser } from './reply-parser.ts'

interface Outcome {
  status: number | undefined
  headers: ReplyHead['headers']
  persistent: boolean | undefined
  keepAliveMs: number | undefined
  body: string
  /** How it ended: whole, with bytes behind it, cut, or as something that is no HTTP. */
  end: 'complete' | 'complete, and more' | 'reset' | 'malformed'
}

/** One reply in the pieces given, and then the end of the connection. */
function parse(pieces: readonly Buffer[]): Outcome {
  const body: Buffer[] = []
  let head: ReplyHead | undefined
  const parser = new ReplyParser({
    onHead: (one) => (head = one),
    onBody: (piece) => {
      assert.ok(piece.length > 0)
      body.push(piece)
    },
  })
  let end: Outcome['end'] = 'complete'
  try {
    for (const piece of pieces) {
      // The bytes are overwritten as the shared buffer of the sockets is: nothing may refer to them.
      const read = Buffer.from(piece)
      const taken = parser.complete ? 0 : parser.push(read)
      read.fill(0x3f)
      if (taken < piece.length) {
        assert.ok(parser.complete)
        end = 'complete, and more'
      }
    }
    parser.end()
  } catch (error) {
    assert.ok(error instanceof TransportError, String(error))
    assert.ok(error.kind === 'reset' || error.kind === 'malformed', error.kind)
    end = error.kind
  }
  return {
    status: head?.status,
    headers: { ...head?.headers },
    persistent: head?.persistent,
    keepAliveMs: head?.keepAliveMs,
    body: Buffer.concat(body).toString('latin1'),
    end,
  }
}

function whole(text: string): Outcome {
  return parse([Buffer.from(text, 'latin1')])
}

function ends(text: string): Outcome['end'] {
  return whole(text).end
}

const OK = 'HTTP/1.1 200 OK\r\n'

const REPLIES: Readonly<Record<string, string>> = {
  length: `${OK}Content-Length: 5\r\n\r\nhello`,
  'no bytes': `${OK}content-length: 0\r\n\r\n`,
  chunks: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n`,
  'extensions and trailers': `${OK}transfer-encoding: Chunked\r\n\r\n2 ;a="b;c"\r\nhi\r\n0;x\r\nx-sum: 1\r\ny: 2\r\n\r\n`,
  'until it closes': `${OK}\r\nall of it`,
  'old until it closes': 'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n\r\nall',
  'old and kept': 'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 1\r\n\r\nx',
  interim: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${OK}content-length: 1\r\n\r\nx`,
  'no content': 'HTTP/1.1 204 No Content\r\n\r\n',
  'more behind it': `${OK}content-length: 2\r\n\r\nhi${OK}content-length: 0\r\n\r\n`,
  'more behind chunks': `${OK}transfer-encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 500`,
  'cut in its head': `${OK}content-le`,
  'cut in its length': `${OK}content-length: 9\r\n\r\nhello`,
  'cut in a chunk': `${OK}transfer-encoding: chunked\r\n\r\n5\r\nhel`,
  'cut behind the last chunk': `${OK}transfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n`,
  'a chunk that is none': `${OK}transfer-encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n`,
  'a chunk that is longer': `${OK}transfer-encoding: chunked\r\n\r\n2\r\nhi!\r\n0\r\n\r\n`,
  'bare line ends': 'HTTP/1.1 200 OK\ncontent-length: 0\n\n',
  'two lengths': `${OK}content-length: 1\r\ncontent-length: 1\r\n\r\nx`,
  'no words': 'HTTP/1.1 200\r\nkeep-alive: timeout=5, max=9\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
  'something else': 'I am no web server\r\n\r\n',
}

describe('the parser of replies', () => {
  it('reads every framing to its end', () => {
    assert.deepEqual(
      Object.entries(REPLIES).map(([name, text]) => {
        const { status, body, persistent, end } = whole(text)
        return [name, status, body, persistent, end]
      }),
      [
        ['length', 200, 'hello', true, 'complete'],
        ['no bytes', 200, '', true, 'complete'],
        ['chunks', 200, 'hello!', true, 'complete'],
        ['extensions and trailers', 200, 'hi', true, 'complete'],
        ['until it closes', 200, 'all of it', false, 'complete'],
        ['old until it closes', 200, 'all', false, 'complete'],
        ['old and kept', 200, 'x', true, 'complete'],
        ['interim', 200, 'x', true, 'complete'],
        ['no content', 204, '', true, 'complete'],
        ['more behind it', 200, 'hi', true, 'complete, and more'],
        ['more behind chunks', 200, '', true, 'complete, and more'],
        ['cut in its head', undefined, '', undefined, 'reset'],
        ['cut in its length', 200, 'hello', true, 'reset'],
        ['cut in a chunk', 200, 'hel', true, 'reset'],
        ['cut behind the last chunk', 200, 'x', true, 'reset'],
        ['a chunk that is none', 200, 'hi', true, 'malformed'],
        ['a chunk that is longer', 200, 'hi', true, 'malformed'],
        ['bare line ends', undefined, '', undefined, 'malformed'],
        ['two lengths', undefined, '', undefined, 'malformed'],
        ['no words', 200, '', false, 'complete'],
        ['something else', undefined, '', undefined, 'malformed'],
      ],
    )
  })

  it('reads the same however the bytes are split: in two and three places, and byte by byte', () => {
    for (const [name, text] of Object.entries(REPLIES)) {
      const bytes = Buffer.from(text, 'latin1')
      const expected = parse([bytes])
      for (let first = 0; first <= bytes.length; first += 1) {
        for (let second = first; second <= bytes.length; second += 1) {
          const pieces = [bytes.subarray(0, first), bytes.subarray(first, second), bytes.subarray(second)]
          const outcome = parse(pieces.filter(({ length }) => length > 0))
          assert.deepEqual(outcome, expected, `${name}, split at ${first} and ${second}`)
        }
      }
      assert.deepEqual(parse(Array.from(bytes, (byte) => Buffer.from([byte]))), expected, `${name}, byte by byte`)
    }
  })

  it('reads large bodies the same in random pieces', () => {
    const random = seededRandom(20_261_128)
    for (let round = 0; round < 60; round += 1) {
      const chunks = Array.from({ length: 1 + Math.floor(random() * 40) }, () =>
        String.fromCharCode(97 + Math.floor(random() * 26)).repeat(1 + Math.floor(random() * 5000)),
      )
      const body = chunks.join('')
      const framed = chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('')
      const text =
        round % 2 === 0
          ? `${OK}transfer-encoding: chunked\r\n\r\n${framed}0\r\n\r\n`
          : `${OK}content-length: ${body.length}\r\n\r\n${body}`
      const bytes = Buffer.from(text, 'latin1')
      const pieces: Buffer[] = []
      for (let at = 0; at < bytes.length;) {
        const to = at + 1 + Math.floor(random() ** 3 * 20_000)
        pieces.push(bytes.subarray(at, to))
        at = to
      }
      const outcome = parse(pieces)
      assert.equal(outcome.end, 'complete')
      assert.ok(outcome.body === body, `round ${round}`)
    }
  })

  it('gives header names in lower case, joins what came twice, and trims values', () => {
    const { headers, keepAliveMs } = whole(
      `${OK}X-One:  a\t \r\nx-one:b\r\nEmpty:\r\nconstructor: c\r\n__proto__: d\r\nKeep-Alive: max=3, timeout=7\r\ncontent-length: 0\r\n\r\n`,
    )
    assert.equal(headers['x-one'], 'a, b')
    assert.equal(headers['empty'], '')
    assert.equal(headers['constructor'], 'c')
    assert.equal(Object.getPrototypeOf(headers), Object.prototype)
    assert.equal(keepAliveMs, 7000)
  })

  it('refuses a head that two readers could read in two ways', () => {
    const refused = [
      'content-length: 1\r\ncontent-length: 2',
      'content-length: 1, 1',
      'content-length: +1',
      'content-length: -1',
      'content-length: 0x1',
      'content-length: ',
      'content-length: 1e3',
      'content-length: 9999999999999999',
      'content-length: 1\r\ntransfer-encoding: chunked',
      'transfer-encoding: chunked\r\ncontent-length: 1',
      'transfer-encoding: gzip, chunked',
      'transfer-encoding: identity',
      'transfer-encoding: chunked\r\ntransfer-encoding: chunked',
      'transfer-encoding: xchunked',
      'content-length : 1',
      ' content-length: 1',
      'x: a\r\n folded',
      'x: a\r\n\tfolded',
      'x: a\ry: b',
      'x: a\ny: b',
      'x: a\0b',
      'x: a\x7f',
      'x',
      ': no name',
      'x y: z',
      'é: z',
    ]
    for (const lines of refused) assert.equal(ends(`${OK}${lines}\r\n\r\nx`), 'malformed', JSON.stringify(lines))
    assert.equal(ends(`HTTP/1.0 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`), 'malformed')
  })

  it('refuses a status line that is none, and a protocol that nobody asked for', () => {
    const lines = ['HTTP/1.2 200 OK', 'HTTP/2 200', 'HTTP/1.1  200', 'HTTP/1.1 20', 'HTTP/1.1 2000', 'HTTP/1.1 600 X']
    for (const line of [
      ...lines,
      'HTTP/1.1 099 X',
      'HTTP/1.1 2x0 X',
      'http/1.1 200 OK',
      '',
      'HTTP/1.1 101 Switching',
    ]) {
      assert.equal(ends(`${line}\r\ncontent-length: 0\r\n\r\n`), 'malformed', line)
    }
  })

  it('refuses chunks that are not as they say', () => {
    const bodies = [
      '\r\n',
      ' 1\r\nx\r\n0\r\n\r\n',
      '1\nx\r\n0\r\n\r\n',
      '1 \r\nx\r\n0\r\n\r\n',
      '0x1\r\nx\r\n0\r\n\r\n',
      '-1\r\nx\r\n0\r\n\r\n',
      '1\r\nx\n0\r\n\r\n',
      '1\r\nxx\r\n0\r\n\r\n',
      '1;\n\r\nx\r\n0\r\n\r\n',
      '1;a\rb\r\nx\r\n0\r\n\r\n',
      '10000000000000\r\n',
      '0\r\n\n',
      '0\r\n folded: x\r\n\r\n',
      '0\r\nx: a\ny: b\r\n\r\n',
    ]
    for (const body of bodies) {
      assert.equal(ends(`${OK}transfer-encoding: chunked\r\n\r\n${body}`), 'malformed', JSON.stringify(body))
    }
  })

  it('has a limit for everything that grows', () => {
    const long = 'x'.repeat(20_000)
    assert.equal(ends(`${OK}x: ${long}\r\n\r\n`), 'malformed')
    assert.equal(ends(`${OK}x: ${long}`), 'malformed')
    assert.equal(ends(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)}${OK}\r\n`), 'malformed')
    assert.equal(ends(`${'HTTP/1.1 100 Continue\r\n\r\n'.repeat(16)}${OK}\r\n`), 'complete')
    const chunked = `${OK}transfer-encoding: chunked\r\n\r\n`
    assert.equal(ends(`${chunked}1;${long}\r\nx\r\n0\r\n\r\n`), 'malformed')
    assert.equal(ends(`${chunked}0\r\n${'a: b\r\n'.repeat(5000)}\r\n`), 'malformed')
    assert.equal(ends(`${chunked}${'0'.repeat(14)}\r\n\r\n`), 'malformed')
  })

  it('has no body behind a status that allows none, and trusts no connection that announced one', () => {
    for (const status of [204, 304]) {
      const announced = whole(`HTTP/1.1 ${status} X\r\ncontent-length: 5\r\n\r\n`)
      assert.deepEqual([announced.end, announced.body, announced.persistent], ['complete', '', false])
      const plain = whole(`HTTP/1.1 ${status} X\r\n\r\n`)
      assert.deepEqual([plain.end, plain.persistent], ['complete', true])
    }
  })

  it('never takes what was cut for an end, and never fails in a way of its own, whatever is done to the bytes', () => {
    const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_128)
    const random = seededRandom(seed)
    const framed = Object.entries(REPLIES)
      .filter(([, text]) => whole(text).end === 'complete' && !text.includes('\r\n\r\nall'))
      .map(([, text]) => Buffer.from(text, 'latin1'))
    for (let round = 0; round < 30_000; round += 1) {
      const original = framed[Math.floor(random() * framed.length)] ?? Buffer.alloc(0)
      const bytes = Buffer.from(original)
      const cut = Math.floor(random() * bytes.length)
      const how = round % 3
      if (how !== 0) bytes[cut] = Math.floor(random() * 256)
      const mutated = how === 0 ? bytes.subarray(0, cut) : bytes
      const middle = Math.floor(random() * mutated.length)
      const pieces = [mutated.subarray(0, middle), mutated.subarray(middle)].filter(({ length }) => length > 0)
      const outcome = parse(pieces)
      if (how === 0) assert.ok(outcome.end === 'reset', `seed ${seed}, round ${round}: ${outcome.end}`)
      assert.deepEqual(outcome, parse([mutated]), `seed ${seed}, round ${round}`)
    }
  })
})
