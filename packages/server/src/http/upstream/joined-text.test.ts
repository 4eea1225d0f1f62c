import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { JoinedText } from './joined-text.ts'

describe('a text in pieces', () => {
  it('is the bytes of its pieces, of whatever letters', () => {
    const joining = new JoinedText()
    for (const pieces of [[], [''], ['a'], ['ascii', 'ünï', '世界', '😀', ''], ['\ud800', 'half']]) {
      assert.equal(joining.bytesOf(pieces).toString(), Buffer.from(pieces.join('')).toString())
    }
  })

  it('is as right where it is longer than what is kept to work in', () => {
    const joining = new JoinedText()
    const pieces = Array.from({ length: 200 }, (_, index) => `${index}世`.repeat(3_000))
    assert.ok(joining.bytesOf(pieces).equals(Buffer.from(pieces.join(''))))
  })

  it('belongs to whoever asked: the next one does not change it', () => {
    const joining = new JoinedText()
    const first = joining.bytesOf(['first', ' text'])
    joining.bytesOf(['another', ' one'])
    assert.equal(first.toString(), 'first text')
  })
})
