/** What grammars are built of: repetitions that count right however often, literals, and classes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { extraKey } from './extra-key.ts'
import { RuleBook, literal, unescapedBut } from './gbnf.ts'
import { oneOfTexts } from './literal-trie.ts'
import { Gbnf } from './read-gbnf.ts'

function grammarOf(root: (book: RuleBook) => string): Gbnf {
  const book = new RuleBook()
  book.rule('root', () => root(book))
  return new Gbnf(book.text())
}

function repeated(least: number, most: number): Gbnf {
  return grammarOf(
    (book) =>
      `"<" ${book.repeated(
        book.rule('u', () => '"a" | "bc"'),
        least,
        most,
      )} ">"`,
  )
}

describe('a repetition', () => {
  test('counts exactly, from none to a hundred thousand', () => {
    for (const [least, most] of [
      [0, 0],
      [0, 1],
      [1, 1],
      [2, 5],
      [0, 512],
      [0, 513],
      [511, 1025],
      [513, 513],
      [700, 2500],
      [1024, 1024],
      [0, 4096],
      [3000, 9999],
    ] as const) {
      const grammar = repeated(least, most)
      for (const count of [least - 1, least, least + 1, most - 1, most, most + 1, (least + most) >> 1]) {
        if (count < 0) continue
        assert.equal(
          grammar.takes(`<${'a'.repeat(count)}>`),
          least <= count && count <= most,
          `${count} of ${least} to ${most}`,
        )
      }
    }
    const grammar = repeated(50_000, 100_000)
    for (const count of [49_999, 100_000, 100_001]) {
      assert.equal(grammar.takes(`<${'a'.repeat(count)}>`), 50_000 <= count && count <= 100_000, `${count}`)
    }
    assert.ok(grammar.size < 600, `${grammar.size} rules`)
  })

  test('has no end where there is no bound', () => {
    const grammar = repeated(3, Infinity)
    assert.ok(!grammar.takes('<aa>') && grammar.takes('<aaa>') && grammar.takes(`<${'bc'.repeat(5000)}>`))
  })
})

describe('a literal', () => {
  test('stands for itself, whatever is in it', () => {
    for (const text of ['a', '"', '\\', '\n\r\t\0\u007f', 'é😀', '[^-]{2}|()*', '\\x41', '\u2028', '</think>']) {
      const grammar = grammarOf(() => literal(text))
      assert.ok(grammar.takes(text), JSON.stringify(text))
      assert.ok(!grammar.takes(`${text}a`) && !grammar.takes(''))
    }
  })

  test('is one of many, also of those that begin with one another', () => {
    const texts = ['a', 'ab', 'abc', 'b', '', '😀', '😁', '1', '12', '1.5', 'abd']
    const grammar = grammarOf((book) => oneOfTexts(book, texts))
    for (const text of texts) assert.ok(grammar.takes(text), text)
    for (const text of ['abe', 'abcd', 'c', '1.', '15', '\u{1f602}']) assert.ok(!grammar.takes(text), text)
  })
})

describe('a character', () => {
  test('that may stand unescaped is any of Unicode but controls, quotation mark, backslash and surrogates', () => {
    const grammar = grammarOf(() => unescapedBut([]))
    for (const code of [0x20, 0x21, 0x23, 0x5b, 0x5d, 0x7f, 0x80, 0xd7ff, 0xe000, 0xfffd, 0x10000, 0x10ffff]) {
      assert.ok(grammar.takes(String.fromCodePoint(code)), code.toString(16))
    }
    for (const code of [0, 0x1f, 0x22, 0x5c, 0xd800, 0xdfff]) {
      assert.ok(!grammar.takes(String.fromCodePoint(code)), code.toString(16))
    }
  })

  test('may be any but some', () => {
    const codes = [0x20, 0x21, 0x61, 0x63, 0x10ffff, 0xe000]
    const grammar = grammarOf(() => unescapedBut(codes))
    for (const code of codes) assert.ok(!grammar.takes(String.fromCodePoint(code)), code.toString(16))
    for (const letter of ['b', 'd', '#', '\ue001', '\ud7ff']) assert.ok(grammar.takes(letter), letter)
  })
})

describe("a name that is none of an object's own", () => {
  const known = ['a', 'abc', 'abd', 'b"c', '', '😀x', 'x'.repeat(200), '\u0085', 'a b']
  const grammar = grammarOf((book) => extraKey(book, known, 300))

  test('is any other, and no known one', () => {
    for (const name of known) assert.ok(!grammar.takes(`${name}"`), name)
    for (const name of ['ab', 'abcd', 'b', 'aa', '😀', '😀xy', 'A', 'x', 'x'.repeat(50), 'a ', '\u0086', 'a bc']) {
      assert.ok(grammar.takes(`${name}"`), name)
    }
  })

  test('does not begin like very long names, and needs no escape', () => {
    for (const name of ['x'.repeat(64), 'x'.repeat(201), String.raw`\n`, 'b"d'])
      assert.ok(!grammar.takes(`${name}"`), name)
  })

  test('is told from very many', () => {
    const names = Array.from({ length: 3000 }, (_, index) => `property ${(index * 7919) % 10_007}`)
    const large = grammarOf((book) => extraKey(book, names, Infinity))
    assert.ok(large.size < 2100, `${large.size} rules`)
    for (const name of names) assert.ok(!large.takes(`${name}"`), name)
    for (const name of ['prop', 'other', 'property x', 'p']) assert.ok(large.takes(`${name}"`), name)
  })
})
