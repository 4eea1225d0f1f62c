import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SpecialToken, VocabularyError, readTiktokenVocabulary, vocabularyOf } from '@moonbase/format'

const single = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
const lines = [...single.map((token) => Buffer.from(token).toString('base64')), 'dGhl', 'dGhlbg==']

describe("a vocabulary in tiktoken's format", () => {
  it('is read in any order of its lines', () => {
    const ordered = numbered(lines)
    for (const text of [ordered, ordered.toReversed()].map((each) => each.join('\n'))) {
      const { tokens, size } = read(text)
      assert.equal(tokens.count, 258)
      assert.equal(size, 514)
      assert.equal(tokens.longest, 4)
      assert.deepEqual([...tokens.bytesOf(257)], [...Buffer.from('then')])
      assert.equal(tokens.find(Buffer.from('then'), 0, 3), 256)
      assert.equal(tokens.find(Buffer.from('then'), 1, 4), -1)
    }
  })

  it('may end its lines as Windows does, and have empty ones', () => {
    assert.equal(read(`${numbered(lines).join('\r\n')}\r\n\r\n`).tokens.count, 258)
  })

  it('has the special tokens behind its ranks', () => {
    const { specials } = read(numbered(lines).join('\n'))
    assert.equal(specials.get('[BOS]'), 258)
    assert.equal(specials.get('<|im_end|>'), 260)
    assert.equal(specials.get('[PAD]'), 513)
  })

  const faults: readonly (readonly [what: string, line: string, message: RegExp])[] = [
    ['no rank', 'dGhl', /^line 258 is not a token in base64, a space and a rank$/],
    ['an empty rank', 'dGhl ', /^line 258 has no rank$/],
    ['a rank that is no number', 'dGhl 2x', /^line 258 has a rank that is no number$/],
    ['a negative rank', 'dGhl -1', /^line 258 has a rank that is no number$/],
    ['an endless rank', `dGhl ${'9'.repeat(400)}`, /^line 258 has a rank above 999999$/],
    ['a rank too many', 'dGhlbg== 258', /^line 258 has rank 258, but there are only 258 tokens$/],
    ['a rank twice', 'dGhlbg== 3', /^line 258 has rank 3, as line 4 has$/],
    ['a token twice', 'dGhl 257', /^line 258 is the same token as line 257$/],
    ['no token', ' 257', /^line 258: the token is empty$/],
    ['a token without end', `${'A'.repeat(1400)} 257`, /^line 258: the token is longer than 1024 bytes$/],
    ['half of base64', 'dGhlb 257', /^line 258 has a token that is not base64/],
    ['another alphabet', 'dGh_ 257', /^line 258 has a token that is not base64$/],
    ['padding inside', 'dG==dG== 257', /^line 258 has a token that is not base64$/],
    ['too much padding', 'd=== 257', /^line 258 has a token that is not base64$/],
    ['bits left over', 'dGhlbh== 257', /^line 258 has a token that is not base64: bits are set/],
    ['binary', '\u0000\u0001\u0002', /^line 258 is not a token/],
  ]
  for (const [what, line, message] of faults) {
    it(`is refused for ${what}`, () => {
      const text = [...numbered(lines.slice(0, 257)), line].join('\n')
      assert.throws(() => read(text), { name: 'VocabularyError', message })
    })
  }

  it('is refused when a byte is missing', () => {
    const message = 'no token is the single byte 0x07'
    assert.throws(() => read(numbered(lines.toSpliced(7, 1)).join('\n')), { name: 'VocabularyError', message })
    assert.throws(() => read(''), { name: 'VocabularyError', message: 'no token is the single byte 0x00' })
  })

  it('is refused when it is larger than any vocabulary', () => {
    assert.throws(() => readTiktokenVocabulary(new Uint8Array(64 * 1024 * 1024 + 1)), VocabularyError)
  })
})

describe('a vocabulary from elsewhere', () => {
  it('is made of bytes or of text', () => {
    const { tokens } = vocabularyOf([...single, 'é', Uint8Array.of(0xff, 0xfe)])
    assert.deepEqual([...tokens.bytesOf(256)], [0xc3, 0xa9])
    assert.deepEqual([...tokens.bytesOf(257)], [0xff, 0xfe])
    assert.deepEqual([...tokens.bytesOf(258)], [])
  })

  it('is refused for the same reasons, by the number of the token', () => {
    const cases: readonly (readonly [tokens: readonly (string | Uint8Array)[], message: string])[] = [
      [[...single, 'a'], 'token 256 is the same token as token 97'],
      [[...single, ''], 'token 256 is empty'],
      [[...single, 'a'.repeat(1025)], 'token 256 is longer than 1024 bytes'],
      [single.slice(0, 255), 'no token is the single byte 0xff'],
    ]
    for (const [tokens, message] of cases) {
      assert.throws(() => vocabularyOf(tokens), { name: 'VocabularyError', message })
    }
  })

  it('is refused when it never ends', () => {
    function* endless(): Generator<Uint8Array> {
      for (;;) yield Uint8Array.of(0)
    }
    assert.throws(() => vocabularyOf(endless()), {
      name: 'VocabularyError',
      message: 'there are more than 1000000 tokens',
    })
  })

  it('has those special tokens that it is given', () => {
    const { specials, size } = vocabularyOf(single, new Map<SpecialToken, number>([['<think>', 300]]))
    assert.deepEqual([...specials], [['<think>', 300]])
    assert.equal(size, 301)
    assert.equal(vocabularyOf(single, new Map()).size, 256)
  })

  it('is refused when special tokens have ids of others', () => {
    for (const id of [255, -1, 256.5, 1_000_000]) {
      assert.throws(() => vocabularyOf(single, new Map([['<think>', id]])), VocabularyError)
    }
    const twice = new Map<SpecialToken, number>([
      ['<think>', 256],
      ['</think>', 256],
    ])
    assert.throws(() => vocabularyOf(single, twice), {
      name: 'VocabularyError',
      message: '</think> and <think> have the same id 256',
    })
  })
})

function numbered(tokens: readonly string[]): string[] {
  return tokens.map((token, rank) => `${token} ${rank}`)
}

function read(text: string): ReturnType<typeof readTiktokenVocabulary> {
  return readTiktokenVocabulary(Buffer.from(text, 'latin1'))
}
