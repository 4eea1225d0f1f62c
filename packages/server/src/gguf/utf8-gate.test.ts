import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isPieceOfUtf8, mayFollow, pendingAfter } from './utf8-gate.ts'

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)

describe('the gate for bytes', () => {
  test('every piece of every kind of character passes', () => {
    for (const character of [
      'a',
      '\u{7f}',
      '\u{80}',
      'é',
      '\u{7ff}',
      '\u{800}',
      '月',
      '\u{d7ff}',
      '\u{e000}',
      '\u{ffff}',
      '🌙',
      '\u{10000}',
      '\u{10ffff}',
    ]) {
      const whole = new TextEncoder().encode(`x${character}${character}y`)
      for (let from = 0; from < whole.length; from += 1) {
        for (let to = from + 1; to <= whole.length; to += 1) {
          const piece = whole.subarray(from, to)
          assert.ok(isPieceOfUtf8(piece), Buffer.from(piece).toString('hex'))
          assert.ok(mayFollow(piece, pendingAfter(whole.subarray(0, from))), Buffer.from(piece).toString('hex'))
        }
      }
    }
  })

  test('what no text has does not', () => {
    for (const broken of [
      bytes(0xc0),
      bytes(0xc1),
      bytes(0xf5),
      bytes(0xff),
      bytes(0x61, 0xc0),
      bytes(0xc3, 0x41),
      bytes(0xe0, 0x80),
      bytes(0xed, 0xa0, 0x80),
      bytes(0xf0, 0x8f),
      bytes(0xf4, 0x90),
      bytes(0x80, 0x80, 0x80, 0x80),
      bytes(0xe6, 0x9c, 0x88, 0xc0, 0xa2),
    ]) {
      assert.ok(!isPieceOfUtf8(broken), Buffer.from(broken).toString('hex'))
    }
  })

  test('behind a restricted lead byte only its own second bytes may come', () => {
    for (let lead = 0xc2; lead <= 0xf4; lead += 1) {
      const pending = pendingAfter(bytes(0x61, lead))
      for (let second = 0x80; second <= 0xbf; second += 1) {
        const rest = lead < 0xe0 ? [] : lead < 0xf0 ? [0x80] : [0x80, 0x80]
        const text = Buffer.from([lead, second, ...rest]).toString('utf8')
        assert.equal(mayFollow(bytes(second), pending), !text.includes('\u{fffd}'), `${lead} ${second}`)
      }
    }
  })
})
