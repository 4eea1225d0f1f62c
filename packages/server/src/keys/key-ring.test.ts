import assert from 'node:assert/strict'
import crypto from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { KeyRing, digestOf } from './key-ring.ts'

/** A ring where each key belongs to its own text in capitals. */
function ringOf(...keys: readonly string[]): KeyRing<string> {
  const ring = new KeyRing<string>()
  for (const key of keys) ring.put(digestOf(key), key.toUpperCase())
  return ring
}

test('finds whose key it is, and nobody for a text that is no key', () => {
  const ring = ringOf('sk-key-one', 'sk-key-two')
  assert.equal(ring.size, 2)
  assert.equal(ring.find('sk-key-one'), 'SK-KEY-ONE')
  assert.equal(ring.find('sk-key-two'), 'SK-KEY-TWO')
  for (const text of ['', 'sk-key', 'sk-key-one ', 'SK-KEY-ONE', 'sk-key-on\u0435', 'toString', '__proto__']) {
    assert.equal(ring.find(text), undefined, text)
  }
})

test('a key that is taken off is nobody’s, and one that is put again is the new owner’s', () => {
  const ring = ringOf('sk-key-one', 'sk-key-two')
  ring.delete(digestOf('sk-key-one'))
  ring.delete(digestOf('sk-key-one'))
  ring.put(digestOf('sk-key-two'), 'other')
  assert.equal(ring.size, 1)
  assert.equal(ring.find('sk-key-one'), undefined)
  assert.equal(ring.find('sk-key-two'), 'other')
})

test('keys whose digests begin alike are told apart, and leave one after the other', () => {
  const digests = [1, 2, 3].map((last) => Buffer.concat([Buffer.alloc(31, 7), Buffer.of(last)]))
  const ring = new KeyRing<number>()
  for (const [index, digest] of digests.entries()) ring.put(digest, index)
  for (const [index, digest] of digests.entries()) {
    assert.equal(ring.size, digests.length - index)
    assert.equal(ring.ownerOf(digest), index)
    ring.delete(digest)
    assert.equal(ring.ownerOf(digest), undefined)
  }
  assert.equal(ring.size, 0)
})

test('a text longer than any key is not even hashed', () => {
  assert.equal(ringOf('k'.repeat(513)).find('k'.repeat(513)), undefined)
})

test('what is no SHA-256 is not put on', () => {
  assert.throws(() => new KeyRing().put(Buffer.from('abcd', 'hex'), 'x'), /no SHA-256/)
})

test('holds no key, however closely one looks', () => {
  assert.ok(!inspect(ringOf('sk-hush-hush'), { depth: 9, showHidden: true }).includes('hush'))
})

test('digests are compared in constant time, and in no other way', (t) => {
  const digests = [1, 2].map((last) => Buffer.concat([Buffer.alloc(31, 7), Buffer.of(last)]))
  const ring = new KeyRing<number>()
  for (const [index, digest] of digests.entries()) ring.put(digest, index)
  const compared = t.mock.method(crypto, 'timingSafeEqual')
  const hasty = t.mock.method(Buffer.prototype, 'equals')
  // Whoever has imported it by its name has the watched one from here on.
  syncBuiltinESMExports()
  t.after(syncBuiltinESMExports)
  assert.equal(ring.ownerOf(Buffer.concat([Buffer.alloc(31, 7), Buffer.of(2)])), 1)
  assert.equal(compared.mock.callCount(), 2)
  assert.equal(ring.ownerOf(Buffer.alloc(32, 7)), undefined)
  assert.equal(compared.mock.callCount(), 4)
  assert.equal(hasty.mock.callCount(), 0)
})
