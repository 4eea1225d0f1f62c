/** Pieces of a growing text: together they are the text, and what was final stays final, whatever comes. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { piecesOf } from './pieces.ts'

describe('pieces', () => {
  it('are the text, cut', () => {
    fc.assert(fc.property(fc.string({ maxLength: 400 }), (text) => piecesOf(text).join('') === text))
  })
  it('stay what they were while the text grows, but for the last', () => {
    const long = Array.from({ length: 200 }, (_, at) => `line ${at}`).join('\n')
    fc.assert(
      fc.property(fc.nat(long.length), fc.nat(long.length), (one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)]
        const before = piecesOf(long.slice(0, less)).slice(0, -1)
        assert.deepEqual(piecesOf(long.slice(0, more)).slice(0, before.length), before)
      }),
    )
  })
  it('cut a line that never ends', () => {
    const pieces = piecesOf('x'.repeat(100_000))
    assert.ok(pieces.length > 10)
    assert.equal(pieces.join('').length, 100_000)
  })
})
