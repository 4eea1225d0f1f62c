import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everySplit, randomSplits, seededRandom } from './every-split.ts'

test('every way to cut a text of four characters into up to three pieces is given once', () => {
  const ways = [...everySplit('abcd', 3)].map((pieces) => pieces.join('|'))
  assert.deepEqual(ways, ['abcd', 'a|bcd', 'ab|cd', 'abc|d', 'a|b|cd', 'a|bc|d', 'ab|c|d'])
})

test('no piece is empty and the pieces joined are the input, for every number of pieces', () => {
  for (const pieces of everySplit('kimi k2.5', 9)) {
    assert.equal(pieces.join(''), 'kimi k2.5')
    assert.ok(pieces.every((piece) => piece.length > 0))
  }
  // All compositions of 9: each of the 8 gaps is cut or not.
  assert.equal([...everySplit('kimi k2.5', 9)].length, 2 ** 8)
})

test('an empty input is one empty piece, one character is one piece', () => {
  assert.deepEqual([...everySplit('', 3)], [['']])
  assert.deepEqual([...everySplit('x', 3)], [['x']])
})

test('bytes are cut as views with an offset of their own', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const ways = [...everySplit(bytes, 2)]
  assert.deepEqual(
    ways.map((pieces) => pieces.map((piece) => [...piece])),
    [[[1, 2, 3]], [[1], [2, 3]], [[1, 2], [3]]],
  )
  assert.equal(ways[1]?.[1]?.byteOffset, 1)
})

test('random splits repeat with their seed and differ with another', () => {
  const text = 'the quick brown fox jumps over the lazy dog'
  const of = (seed: number) => [...randomSplits(text, seed, 20)]
  assert.deepEqual(of(7), of(7))
  assert.notDeepEqual(of(7), of(8))
  for (const pieces of of(7)) {
    assert.equal(pieces.join(''), text)
    assert.ok(pieces.every((piece) => piece.length > 0))
  }
})

test('random splits of inputs that cannot be cut give them whole', () => {
  assert.deepEqual([...randomSplits('', 1, 2)], [[''], ['']])
  assert.deepEqual([...randomSplits('x', 1, 2)], [['x'], ['x']])
})

test('the random numbers lie in [0, 1), repeat with their seed and fill the range evenly', () => {
  const random = seededRandom(42)
  const again = seededRandom(42)
  const buckets = Array.from({ length: 10 }, () => 0)
  for (let drawn = 0; drawn < 10_000; drawn += 1) {
    const value = random()
    assert.equal(value, again())
    assert.ok(value >= 0 && value < 1)
    const bucket = Math.floor(value * 10)
    buckets[bucket] = (buckets[bucket] ?? 0) + 1
  }
  assert.ok(
    buckets.every((size) => size > 850 && size < 1150),
    buckets.join(' '),
  )
})
