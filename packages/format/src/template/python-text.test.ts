import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compactJson, pythonText, sortedEntries, spacedJson } from './python-text.ts'

describe('pythonText', () => {
  const CASES: readonly (readonly [value: unknown, text: string])[] = [
    [null, 'None'],
    [true, 'True'],
    [false, 'False'],
    [0, '0'],
    [-0, '0'],
    [7, '7'],
    [0.5, '0.5'],
    [-0.0001, '-0.0001'],
    [0.000_099_9, '9.99e-05'],
    [1.5e-7, '1.5e-07'],
    [5e-324, '5e-324'],
    [1e-100, '1e-100'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    ['as "it" is\n', 'as "it" is\n'],
    [[], '[]'],
    [{}, '{}'],
    [['a', 1, null, [true]], "['a', 1, None, [True]]"],
    [{ b: 1, a: 'x' }, "{'a': 'x', 'b': 1}"],
    [["it's"], `["it's"]`],
    [[`"it's"`], `['"it\\'s"']`],
    [
      ['\\ \n\r\t\0\u007f\u00a0é\u200b\ue000😀\u{e0001}'],
      String.raw`['\\ \n\r\t\x00\x7f\xa0é\u200b\ue000😀\U000e0001']`,
    ],
  ]
  for (const [value, text] of CASES) {
    it(`writes ${JSON.stringify(value)} as Python does`, () => assert.equal(pythonText(value), text))
  }
})

describe('JSON as Python writes it', () => {
  const value = JSON.parse('{"b":[1,"é\\n",{"y":0.00001,"x":null}],"a":{},"10":[],"9":true,"__proto__":1}')

  it('is compact with its keys sorted', () => {
    assert.equal(compactJson(value), '{"10":[],"9":true,"__proto__":1,"a":{},"b":[1,"é\\n",{"x":null,"y":1e-05}]}')
  })

  it('has spaces behind commas and colons by default', () => {
    assert.equal(
      spacedJson(value),
      '{"10": [], "9": true, "__proto__": 1, "a": {}, "b": [1, "é\\n", {"x": null, "y": 1e-05}]}',
    )
  })

  it('has words for what is larger than any number', () => {
    assert.equal(compactJson([Infinity, -Infinity]), '[Infinity,-Infinity]')
  })
})

describe('sortedEntries', () => {
  it('sorts by code point, not by code unit', () => {
    const sorted = ['', '\ud7ff', '\ue000', '\uffff', '\u{10000}', '\u{10000}a', '\u{10ffff}']
    const shuffled = Object.fromEntries(sorted.toReversed().map((key) => [key, key]))
    assert.deepEqual(
      sortedEntries(shuffled).map(([key]) => key),
      sorted,
    )
  })
})
