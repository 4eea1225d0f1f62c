/** Differences between two answers: what is marked in each is what the other has not, and all else is the same. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { differences, type Range } from './differences.ts'

function without(text: string, ranges: readonly Range[]): string {
  let rest = ''
  let at = 0
  for (const [from, to] of ranges) {
    rest += text.slice(at, from)
    at = to
  }
  return rest + text.slice(at)
}

describe('differences', () => {
  it('are whole words', () => {
    const found = differences('The next one goes on.', 'Another one goes on.')
    assert.equal(without('The next one goes on.', found.one), without('Another one goes on.', found.other))
    assert.deepEqual([found.oneWords, found.otherWords], [2, 1])
  })
  it('take each Chinese sign as a word', () => {
    const found = differences('退款率翻倍了', '退款率没有翻倍')
    assert.deepEqual([found.oneWords, found.otherWords], [1, 2])
  })
  it('leave the same text in both, whatever they are', () => {
    const text = fc
      .array(fc.constantFrom('a ', 'word', ', ', '中', '\n\n', '😀', 'b.'), { maxLength: 40 })
      .map((all) => all.join(''))
    fc.assert(
      fc.property(text, text, (one, other) => {
        const found = differences(one, other)
        assert.equal(without(one, found.one), without(other, found.other))
      }),
    )
  })
})
