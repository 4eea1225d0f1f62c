import assert from 'node:assert/strict'
import { test } from 'node:test'
import { seededRandom } from '../../../../test/support/every-split.ts'
import { JoinedPieces } from './joined-pieces.ts'

test('gives back what was put in, whatever the sizes of its pieces', () => {
  const seed = 20261201
  const random = seededRandom(seed)
  const joined = new JoinedPieces()
  for (let round = 0; round < 300; round += 1) {
    const pieces = Array.from({ length: Math.floor(random() * 120) }, () =>
      Buffer.alloc(Math.floor(random() < 0.7 ? random() * 20 : random() * 5000), Math.floor(random() * 256)),
    )
    for (const piece of pieces) joined.push(piece)
    const whole = Buffer.concat(pieces)
    assert.equal(joined.bytes, whole.length, `seed ${seed} round ${round}`)
    assert.ok(whole.equals(joined.take()), `seed ${seed} round ${round}`)
    assert.equal(joined.bytes, 0)
  }
})

test('copies nothing of a body that comes in one piece', () => {
  const joined = new JoinedPieces()
  const piece = Buffer.from('whole')
  joined.push(piece)
  assert.equal(joined.take(), piece)
  assert.equal(joined.take().length, 0)
})

test('keeps no small pieces, so that a body that comes byte by byte is not an object for each', () => {
  const joined = new JoinedPieces()
  const [small, large] = [Buffer.from('s'), Buffer.alloc(1024, 'l')]
  for (let left = 1000; left > 0; left -= 1) joined.push(small)
  joined.push(large)
  joined.push(small)
  // What is kept as it came changes with its source; what was copied does not.
  small.fill('-')
  large.fill('-')
  assert.equal(joined.take().toString(), '-'.repeat(16) + 's'.repeat(984) + '-'.repeat(1024) + 's')
})
