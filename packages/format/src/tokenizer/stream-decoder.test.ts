import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { bpeTokenizer } from '@moonbase/format'
import { tinyBytePairs } from '../../../../test/support/tiny-byte-pairs.ts'

const tokenizer = bpeTokenizer(tinyBytePairs())

/** All ids, with bytes above ASCII in most places: those are what characters break at. */
const anyId = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0x80, max: 0xff }) },
  { weight: 2, arbitrary: fc.constantFrom(0xc2, 0xe0, 0xed, 0xf0, 0xf4, 0xa0, 0x80, 0x8f, 0x90, 0xbf, 0xef, 0xbb) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: tokenizer.size - 1 }) },
)

describe('a stream decoder', () => {
  it('gives, joined, what decoding all ids at once gives', () => {
    fc.assert(
      fc.property(fc.array(anyId, { maxLength: 24 }), (ids) => {
        const decoder = tokenizer.decoder()
        const texts = ids.map((id) => decoder.push(id))
        assert.equal(texts.join('') + decoder.end(), tokenizer.decode(ids))
      }),
      { numRuns: 20_000 },
    )
  })

  it('decodes what is broken as TextDecoder does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 16 }), (bytes) => {
        const whole = new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes))
        assert.equal(tokenizer.decode(bytes), whole)
      }),
      { numRuns: 5000 },
    )
  })

  it('never gives half a character, nor holds back a whole one', () => {
    const text = '\ufeffnaïve 月 😀\u{10ffff} e\u0301'
    const bytes = [...Buffer.from(text)]
    const decoder = tokenizer.decoder()
    let given = ''
    for (const [index, byte] of bytes.entries()) {
      given += decoder.push(byte)
      const whole = Buffer.from(bytes.slice(0, index + 1))
        .toString('utf8')
        .replace(/\ufffd+$/, '')
      assert.equal(given, whole)
    }
    assert.equal(decoder.end(), '')
  })

  it('gives what was held back at the end, as U+FFFD, and is then as new', () => {
    const decoder = tokenizer.decoder()
    assert.deepEqual(
      [0xf0, 0x9f, 0x98].map((byte) => decoder.push(byte)),
      ['', '', ''],
    )
    assert.equal(decoder.end(), '\ufffd')
    assert.equal(decoder.end(), '')
    assert.equal(decoder.push(0x41), 'A')
  })

  it('gives up a character as soon as it cannot become one', () => {
    const decoder = tokenizer.decoder()
    assert.equal(decoder.push(0xed), '')
    assert.equal(decoder.push(0xa0), '\ufffd\ufffd')
    const end = tokenizer.specialId('<|im_end|>') ?? -1
    assert.equal(decoder.push(0xe6), '')
    assert.equal(decoder.push(end), '\ufffd<|im_end|>')
  })

  it('keeps its state to itself', () => {
    const [first, second] = [tokenizer.decoder(), tokenizer.decoder()]
    first.push(0xc3)
    assert.equal(second.push(0x41), 'A')
    assert.equal(first.push(0xa9), 'é')
  })
})
