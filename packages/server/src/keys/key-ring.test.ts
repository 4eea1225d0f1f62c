import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inspect } from 'node:util'
import { type KeyRecord, KeyRing, digestOf, isKeyOf } from './key-ring.ts'

const record = (name: string): KeyRecord => ({
  id: `ak-${name}`,
  organisation: 'org-a',
  project: 'proj-a',
  name,
  tier: 5,
  lenient: new Set(),
  generated: false,
})

test('finds the record of a key, and none for a text that is no key', () => {
  const [one, two] = [record('one'), record('two')]
  const ring = new KeyRing([
    { key: 'sk-key-one', record: one },
    { key: 'sk-key-two', record: two },
  ])
  assert.equal(ring.size, 2)
  assert.equal(ring.find('sk-key-one'), one)
  assert.equal(ring.find('sk-key-two'), two)
  for (const text of ['', 'sk-key', 'sk-key-one ', 'SK-KEY-ONE', 'sk-key-on\u0435', 'toString', '__proto__']) {
    assert.equal(ring.find(text), undefined, text)
  }
})

test('a text longer than any key is not even hashed', () => {
  const key = 'k'.repeat(513)
  assert.equal(new KeyRing([{ key, record: record('long') }]).find(key), undefined)
  assert.equal(isKeyOf(key, digestOf(key)), false)
})

test('two records cannot have one key', () => {
  const twice = ['one', 'two'].map((name) => ({ key: 'sk-same', record: record(name) }))
  assert.throws(() => new KeyRing(twice), /^Error: ak-one and ak-two have the same key$/)
})

test('holds no key, however closely one looks', () => {
  const ring = new KeyRing([{ key: 'sk-hush-hush', record: record('one') }])
  assert.ok(!inspect(ring, { depth: 9, showHidden: true }).includes('hush'))
})

test('knows the operator’s key by its digest', () => {
  const digest = digestOf('sk-admin')
  assert.equal(isKeyOf('sk-admin', digest), true)
  assert.equal(isKeyOf('sk-admin ', digest), false)
})
