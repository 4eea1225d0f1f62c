import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { everySplit, randomSplits } from '../../../../test/support/every-split.ts'
import { SSE_EVENT_BYTES, type SseEvent, SseLimitError, SseParser } from './sse-parser.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

interface Reading {
  readonly events: SseEvent[]
  readonly unfinished?: boolean
  readonly failed?: true
}

/** Reads the pieces to the end, or to the limit. */
function read(pieces: readonly Uint8Array[], maxEventBytes?: number): Reading {
  const parser = new SseParser(maxEventBytes === undefined ? {} : { maxEventBytes })
  const events: SseEvent[] = []
  try {
    for (const piece of pieces) events.push(...parser.push(piece))
    return { events, ...parser.end() }
  } catch (error) {
    assert.ok(error instanceof SseLimitError)
    return { events, failed: true }
  }
}

/** The same reading, whole and in every split into up to three chunks. */
function assertReads(input: string | Uint8Array, expected: Reading, maxEventBytes?: number): void {
  const stream = typeof input === 'string' ? bytes(input) : input
  for (const pieces of everySplit(stream, 3)) {
    assert.deepEqual(read(pieces, maxEventBytes), expected, `split as ${pieces.map((piece) => piece.length).join('+')}`)
  }
}

const finished = (...events: SseEvent[]): Reading => ({ events, unfinished: false })
const cut = (...events: SseEvent[]): Reading => ({ events, unfinished: true })

describe('the format, in every split', () => {
  test('two events of one data line each', () => {
    assertReads('data: {"a":1}\n\ndata: [DONE]\n\n', finished({ data: '{"a":1}' }, { data: '[DONE]' }))
  })

  test('lines may end in LF, CRLF or CR, mixed', () => {
    assertReads('data: a\r\n\r\ndata: b\r\rdata: c\n\n', finished({ data: 'a' }, { data: 'b' }, { data: 'c' }))
    assertReads('data: a\r\ndata: b\rdata: c\n\r\n', finished({ data: 'a\nb\nc' }))
    assertReads('data: a\n\r\ndata: b\r\n\n', finished({ data: 'a' }, { data: 'b' }))
  })

  test('several data lines are joined by newlines', () => {
    assertReads('data: a\ndata:\ndata: b\n\n', finished({ data: 'a\n\nb' }))
  })

  test('exactly one space after the colon is taken away', () => {
    assertReads('data:a\n\ndata: b\n\ndata:  c\n\ndata:\td\n\n', {
      events: [{ data: 'a' }, { data: 'b' }, { data: ' c' }, { data: '\td' }],
      unfinished: false,
    })
  })

  test('a colon in the value stays', () => {
    assertReads('data: a: b\n\ndata::\n\n', finished({ data: 'a: b' }, { data: ':' }))
  })

  test('a field without a colon has an empty value', () => {
    assertReads('data\n\ndata\ndata\n\n', finished({ data: '' }, { data: '\n' }))
  })

  test('comments, unknown fields and retry are skipped', () => {
    assertReads(': keep-alive\n\nretry: 10\ndatas: x\ndat\n:\ndata: a\n\n', finished({ data: 'a' }))
  })

  test('an event has its name and id, and the next one has not', () => {
    assertReads(
      'event: ping\nid: 7\ndata: a\n\ndata: b\n\n',
      finished({ event: 'ping', data: 'a', id: '7' }, { data: 'b' }),
    )
  })

  test('the last name wins, an empty one counts as none, an empty id counts', () => {
    assertReads('event: x\nevent: y\ndata: a\n\nevent:\nid\ndata: b\n\n', {
      events: [
        { event: 'y', data: 'a' },
        { data: 'b', id: '' },
      ],
      unfinished: false,
    })
  })

  test('an id with a NUL is ignored', () => {
    assertReads('id: a\0b\ndata: x\n\n', finished({ data: 'x' }))
  })

  test('an event without data is none', () => {
    assertReads('event: ping\n\n\n\ndata: a\n\n', finished({ data: 'a' }))
  })

  test('a byte order mark is skipped at the start only', () => {
    assertReads('\ufeffdata: a\n\n\ufeffdata: b\n\ndata: \ufeffc\n\n', finished({ data: 'a' }, { data: '\ufeffc' }))
  })

  test('characters of two, three and four bytes survive a cut inside them', () => {
    assertReads('data: é月🌒\n\ndata: 你好\r\n\r\n', finished({ data: 'é月🌒' }, { data: '你好' }))
    assertReads('event: 月\nid: é\ndata: 🌒\n\n', finished({ event: '月', data: '🌒', id: 'é' }))
  })

  test('broken UTF-8 becomes replacement characters and breaks nothing after it', () => {
    const broken = new Uint8Array([...bytes('data: a'), 0xe6, 0x9c, ...bytes('b'), 0xff, ...bytes('\n\ndata: '), 0xf0])
    assertReads(
      new Uint8Array([...broken, ...bytes('\n\ndata: c\n\n')]),
      finished({ data: 'a\ufffdb\ufffd' }, { data: '\ufffd' }, { data: 'c' }),
    )
  })

  test('an empty stream, and one of blank lines, has no events', () => {
    assertReads('', finished())
    assertReads('\n\r\n\r\n\n', finished())
  })
})

test('comments are told in their place among the events, in every split', () => {
  const stream = bytes(': a\n\ndata: 1\n: b\n\n:c\ndata: 2\n\n:\n')
  for (const pieces of everySplit(stream, 3)) {
    const all: string[] = []
    let comments: [text: string, before: number][] = []
    const parser = new SseParser({ onComment: (text, before) => comments.push([text, before]) })
    for (const piece of pieces) {
      comments = []
      const told = parser.push(piece).map(({ data }) => data)
      for (const [text, before] of comments.toReversed()) told.splice(before, 0, `: ${text}`)
      all.push(...told)
    }
    assert.deepEqual(all, [': a', ': b', '1', ': c', '2', ': '])
  }
})

describe('the end', () => {
  test('an event without its blank line is discarded and reported', () => {
    assertReads('data: a\n\ndata: b\n', cut({ data: 'a' }))
    assertReads('data: a\n\nda', cut({ data: 'a' }))
    assertReads('event: x\n', cut())
    assertReads('id: 1\n', cut())
  })

  test('a cut inside a character is reported', () => {
    assertReads(bytes('data: a\n\n月').subarray(0, 10), cut({ data: 'a' }))
  })

  test('an unfinished comment is no unfinished event', () => {
    assertReads('data: a\n\n: keep', finished({ data: 'a' }))
    assertReads('data: a\n\n: keep\n', finished({ data: 'a' }))
  })

  test('after the end nothing more is taken', () => {
    const parser = new SseParser()
    parser.end()
    assert.throws(() => parser.push(bytes('data: a\n\n')), /already ended/)
    assert.throws(() => parser.end(), /already ended/)
  })
})

describe('the limit', () => {
  test('an event of exactly the limit passes, one byte more does not', () => {
    assertReads('data: 1234\n\n', finished({ data: '1234' }), 10)
    assertReads('data: 12345\n\n', { events: [], failed: true }, 10)
  })

  test('the lines of an event count together, the bytes of a character each', () => {
    assertReads('id: 1\ndata: a\n\n', finished({ data: 'a', id: '1' }), 12)
    assertReads('id: 1\ndata: a\n\n', { events: [], failed: true }, 11)
    assertReads('data: 月🌒\n\n', finished({ data: '月🌒' }), 13)
    assertReads('data: 月🌒\r\n\r\n', { events: [], failed: true }, 12)
  })

  test('each event counts anew, comments and unknown fields only while they are read', () => {
    assertReads(
      'data: 1\n\ndata: 2\n\n: 34567\nx: 4567\ndata: 3\n\n',
      finished({ data: '1' }, { data: '2' }, { data: '3' }),
      7,
    )
    assertReads(': 345678\n\n', { events: [], failed: true }, 7)
  })

  test('events before the one that is too long are given in every split', () => {
    assertReads(
      'data: 1\n\ndata: 2\n\ndata: 345678\n\ndata: 4\n\n',
      { events: [{ data: '1' }, { data: '2' }], failed: true },
      10,
    )
  })

  test('a line that never ends is refused as soon as it passes the limit', () => {
    const parser = new SseParser({ maxEventBytes: 10 })
    assert.deepEqual(parser.push(bytes('data: 1234')), [])
    assert.throws(() => parser.push(bytes('5')), SseLimitError)
  })

  test('after the limit it refuses to go on, with the same error', () => {
    const parser = new SseParser({ maxEventBytes: 5 })
    const first = failure(() => parser.push(bytes('data: too long\n\n')))
    assert.ok(first instanceof SseLimitError)
    assert.equal(first.maxEventBytes, 5)
    assert.equal(
      failure(() => parser.push(bytes('data: a\n\n'))),
      first,
    )
    assert.equal(
      failure(() => parser.end()),
      first,
    )
  })

  test('there is one without asking', () => {
    const parser = new SseParser()
    const piece = new Uint8Array(SSE_EVENT_BYTES / 4).fill(97)
    for (let sent = 0; sent < 4; sent += 1) parser.push(piece)
    assert.throws(() => parser.push(bytes('a')), SseLimitError)
  })
})

describe('long streams', () => {
  const words = [
    'Hello',
    ' “wörld”',
    '，你好',
    'こんにちは',
    'مرحبا',
    ' नमस्ते',
    '🌒🧑🏾‍🤝‍🧑🏾',
    '\\n```ts\\n',
    '{"a":[1,2]}',
    '\u2028',
    '',
  ]
  const lineEnds = ['\n', '\r\n', '\r']
  const deltas = Array.from({ length: 120 }, (_, index) =>
    JSON.stringify({
      id: 'chatcmpl-6970b5d02fa474c1767e8767',
      object: 'chat.completion.chunk',
      created: 1768994256 + index,
      model: 'kimi-k2.5',
      choices: [{ index: 0, delta: { content: `${words[index % words.length]}${index}` }, finish_reason: null }],
    }),
  )

  for (const lineEnd of lineEnds) {
    test(`a stream in many scripts reads the same under random splits (${JSON.stringify(lineEnd)})`, () => {
      const events = [...deltas, '[DONE]']
      const stream = bytes(events.map((data) => `: keep-alive${lineEnd}data: ${data}${lineEnd}${lineEnd}`).join(''))
      const expected = finished(...events.map((data) => ({ data })))
      const seed = 20260131
      for (const pieces of randomSplits(stream, seed, 200)) assert.deepEqual(read(pieces), expected, `seed ${seed}`)
      for (const size of [1, 2, 3, 7, 50, 200, 4096])
        assert.deepEqual(read(chunksOf(stream, size)), expected, `size ${size}`)
    })
  }

  test('a chunk may be overwritten once it was pushed', () => {
    const parser = new SseParser()
    const buffer = new Uint8Array(64)
    const events: SseEvent[] = []
    for (const text of ['data: fir', 'st\n\ndata: sec', 'ond\n\n']) {
      buffer.fill(0)
      events.push(...parser.push(buffer.subarray(0, new TextEncoder().encodeInto(text, buffer).written)))
    }
    assert.deepEqual(events, [{ data: 'first' }, { data: 'second' }])
  })

  test('one long line in many small pieces stays cheap', () => {
    const parser = new SseParser()
    const piece = bytes('x'.repeat(50))
    parser.push(bytes('data: '))
    for (let sent = 0; sent < 40_000; sent += 1) parser.push(piece)
    assert.equal(parser.push(bytes('\n\n'))[0]?.data.length, 2_000_000)
  })

  test('one big chunk of lone CRs stays cheap', () => {
    const stream = bytes('data: x\r\r'.repeat(100_000))
    assert.equal(new SseParser().push(stream).length, 100_000)
  })
})

function chunksOf(stream: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let from = 0; from < stream.length; from += size) chunks.push(stream.subarray(from, from + size))
  return chunks
}

function failure(call: () => unknown): unknown {
  try {
    return call()
  } catch (error) {
    return error
  }
}
