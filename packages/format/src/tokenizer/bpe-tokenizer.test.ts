import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SPECIAL_TOKENS, type Vocabulary, bpeTokenizer, vocabularyOf } from '@moonbase/format'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { randomText } from '../../../../test/support/random-text.ts'
import { tinyBytePairs } from '../../../../test/support/tiny-byte-pairs.ts'

const seed = Number(process.env['MOONBASE_FUZZ_SEED'] ?? 20_261_120)
const vocabulary = tinyBytePairs()
const tokenizer = bpeTokenizer(vocabulary)

describe('a tokenizer over a tiny vocabulary', () => {
  it(`encodes 3,000 random texts as the plain algorithm does (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const plain = plainEncoder(vocabulary)
    for (let round = 0; round < 3000; round += 1) {
      const text = randomText(random, round % 100 === 0 ? 60 : 6)
      const ids = tokenizer.encode(text)
      assert.deepEqual(ids, plain(text), `seed ${seed}, round ${round}: ${JSON.stringify(text)}`)
      assert.equal(tokenizer.count(text), ids.length)
      assert.equal(tokenizer.decode(ids), text.toWellFormed())
    }
  })

  it(`counts texts that come in parts, in steps, as it counts them at once (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const long = `${'the moon '.repeat(60_000)}${'🎉'.repeat(450_000)}${' '.repeat(60_000)}`
    for (let round = 0; round < 60; round += 1) {
      const texts = Array.from({ length: Math.floor(random() * 4) }, () => randomText(random, 20))
      if (round % 20 === 0) texts.push(long.slice(Math.floor(random() * 9)))
      const counting = tokenizer.counting()
      for (const text of texts) {
        const part = 1 + Math.floor(random() * Math.max(text.length, 1))
        for (let start = 0; start < text.length; start += part) {
          counting.push(text.slice(start, start + part))
          if (random() < 0.5) counting.step(1 + Math.floor(random() * 5000))
        }
        counting.end()
      }
      while (counting.step(1 + Math.floor(random() * 50_000)));
      assert.equal(
        counting.tokens,
        texts.reduce((sum, text) => sum + tokenizer.count(text), 0),
      )
    }
  })

  it(`merges long pieces as it does short ones (seed ${seed})`, () => {
    const random = seededRandom(seed)
    const plain = plainEncoder(vocabulary)
    for (const length of [60, 63, 64, 65, 66, 130, 700]) {
      for (let round = 0; round < 10; round += 1) {
        const letters = Array.from({ length }, () => 'theandrsoni'[Math.floor(random() * 11)])
        assert.deepEqual(tokenizer.encode(letters.join('')), plain(letters.join('')))
      }
    }
    for (const text of ['a'.repeat(500), 'the'.repeat(100), ' '.repeat(300), '月'.repeat(99), 'e'.repeat(65)]) {
      assert.deepEqual(tokenizer.encode(text), plain(text))
    }
  })

  it(`merges by any vocabulary, however odd, as the plain algorithm does (seed ${seed})`, () => {
    // Few bytes, many tokens of them in no order: whole characters, parts of them, and what reaches from one into the next.
    const random = seededRandom(seed)
    const below = (end: number): number => Math.floor(random() * end)
    const alphabet = ['a', 'é', 'è', '月', '月', '有', '朋', '😀', '中', '\u0301']
    const textOf = (length: number): string =>
      Array.from({ length }, () => alphabet[below(alphabet.length)] ?? '').join('')
    for (let round = 0; round < 150; round += 1) {
      const known = new Map(bytes().map((token) => [String(token), token]))
      for (let left = 20 + below(150); left > 0; left -= 1) {
        const source = Buffer.from(textOf(4))
        const start = below(source.length - 1)
        const token = source.subarray(start, start + 2 + below(5))
        known.set(String(new Uint8Array(token)), token)
      }
      const odd = vocabularyOf([...known.values()].toSorted(() => random() - 0.5))
      const plain = plainEncoder(odd)
      const encoder = bpeTokenizer(odd)
      for (let texts = 0; texts < 40; texts += 1) {
        const text = textOf(1 + below(texts === 0 ? 80 : 9))
        assert.deepEqual(encoder.encode(text), plain(text), `seed ${seed}, round ${round}: ${JSON.stringify(text)}`)
      }
    }
  })

  it('takes the leftmost of equal pairs', () => {
    const aa = vocabularyOf([...bytes(), 'aa'])
    assert.deepEqual(bpeTokenizer(aa).encode('aaa'), [256, 0x61])
    const long = bpeTokenizer(aa).encode('a'.repeat(101))
    assert.deepEqual(long, [...Array.from({ length: 50 }, () => 256), 0x61])
  })

  it('takes a piece that is a token as it is, even where no merges lead there', () => {
    assert.deepEqual(bpeTokenizer(vocabularyOf([...bytes(), 'word'])).encode('word words'), [
      256,
      ...Buffer.from(' words'),
    ])
  })

  it('never makes a special token of text', () => {
    const names = Object.keys(SPECIAL_TOKENS).join('')
    const ids = tokenizer.encode(names)
    assert.ok(ids.every((id) => id < vocabulary.tokens.count))
    assert.equal(tokenizer.decode(ids), names)
  })

  it('knows the special tokens by name and by id', () => {
    const id = tokenizer.specialId('<think>') ?? -1
    assert.equal(id, vocabulary.tokens.count + 22)
    assert.equal(tokenizer.specialAt(id), '<think>')
    assert.equal(tokenizer.specialAt(0), undefined)
    assert.equal(tokenizer.decode([id, ...tokenizer.encode('x'), id + 2]), `<think>x<|reserved_token_${id + 2}|>`)
    assert.equal(tokenizer.size, vocabulary.tokens.count + 256)
    assert.equal(bpeTokenizer(vocabularyOf(bytes(), new Map())).specialId('<think>'), undefined)
  })

  it('refuses ids that are none', () => {
    for (const id of [-1, 0.5, Number.NaN, tokenizer.size]) {
      assert.throws(() => tokenizer.decode([id]), RangeError)
      assert.throws(() => tokenizer.decoder().push(id), RangeError)
    }
  })

  it('encodes nothing as nothing, and half a surrogate pair as U+FFFD', () => {
    assert.deepEqual(tokenizer.encode(''), [])
    assert.equal(tokenizer.count(''), 0)
    assert.equal(tokenizer.decode([]), '')
    assert.deepEqual(tokenizer.encode('a\ud800b'), tokenizer.encode('a\ufffdb'))
  })

  it('cuts where the model cuts: after 25,000 spaces or others in a row, and after 400,000 characters', () => {
    const letters = 'the'.repeat(8333) + 't'
    const joined = [letters, 'hello', ' and so on'].flatMap((text) => tokenizer.encode(text))
    assert.equal(letters.length, 25_000)
    assert.deepEqual(tokenizer.encode(`${letters}hello and so on`), joined)
    // Two UTF-16 units, one character.
    const emoji = '😀'.repeat(25_000)
    assert.deepEqual(tokenizer.encode(`${emoji}the`), [...tokenizer.encode(emoji), ...tokenizer.encode('the')])
    const block = `${'the '.repeat(99_999)}😀.th`
    assert.equal(Array.from(block).length, 400_000)
    assert.deepEqual(tokenizer.encode(`${block}e`), [...tokenizer.encode(block), ...tokenizer.encode('e')])
    assert.equal(tokenizer.count('the'), 1)
  })

  it('counts U+001C as a space for the cuts, as Python does, and as none for the pattern', () => {
    const spaces = '\u001c'.repeat(25_000)
    assert.deepEqual(tokenizer.encode(`${spaces}\u001c`), [...tokenizer.encode(spaces), ...tokenizer.encode('\u001c')])
    assert.equal(tokenizer.count('\u001c\n'), tokenizer.count('\u001c') + tokenizer.count('\n'))
  })

  it('reads a megabyte of anything in one go', () => {
    // A quadratic step anywhere would take minutes here.
    const units = [
      'a',
      'A',
      'aA',
      'the',
      ' ',
      '\n',
      ' \n',
      '\u0301',
      'A\u0301',
      'e\u0301',
      '中',
      '😀',
      '1',
      "'",
      "'s",
      '!\n',
    ]
    for (const unit of units) {
      const text = unit.repeat(1_000_000 / unit.length)
      assert.ok(tokenizer.count(`\u0301${text}x`) > 0)
    }
    assert.equal(tokenizer.decode(tokenizer.encode('a'.repeat(1_000_000))).length, 1_000_000)
  })
})

function bytes(): Uint8Array[] {
  return Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte))
}

/** The same in the fewest words: the pattern as a regular expression, merges from end to end, text by text. */
function plainEncoder({ tokens }: Vocabulary): (text: string) => number[] {
  const ranks = new Map(
    Array.from({ length: tokens.count }, (_, id) => [Buffer.from(tokens.bytesOf(id)).toString('latin1'), id]),
  )
  const rankOf = (left = '', right?: string): number =>
    right === undefined ? Infinity : (ranks.get(left + right) ?? Infinity)
  return (text) =>
    [...text.toWellFormed().matchAll(PATTERN)].flatMap(([piece]) => {
      const whole = Buffer.from(piece).toString('latin1')
      const parts = ranks.has(whole) ? [whole] : Array.from(whole)
      for (;;) {
        const pairs = parts.map((part, index) => rankOf(part, parts[index + 1]))
        const lowest = Math.min(...pairs)
        if (lowest === Infinity) return parts.map((part) => ranks.get(part) ?? -1)
        const at = pairs.indexOf(lowest)
        parts.splice(at, 2, (parts[at] ?? '') + (parts[at + 1] ?? ''))
      }
    })
}

const UPPER = String.raw`[[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]--\p{Script=Han}]`
const LOWER = String.raw`[[\p{Ll}\p{Lm}\p{Lo}\p{M}]--\p{Script=Han}]`
const CONTRACTION = `(?:'(?:[sSſtTmMdD]|[rR][eE]|[vV][eE]|[lL][lL]))?`
const PATTERN = new RegExp(
  [
    String.raw`\p{Script=Han}+`,
    String.raw`[^\r\n\p{L}\p{N}]?${UPPER}*${LOWER}+${CONTRACTION}`,
    String.raw`[^\r\n\p{L}\p{N}]?${UPPER}+${LOWER}*${CONTRACTION}`,
    String.raw`\p{N}{1,3}`,
    String.raw` ?[^\p{White_Space}\p{L}\p{N}]+[\r\n]*`,
    String.raw`\p{White_Space}*[\r\n]+`,
    String.raw`\p{White_Space}+(?!\P{White_Space})`,
    String.raw`\p{White_Space}+`,
  ].join('|'),
  'gv',
)
