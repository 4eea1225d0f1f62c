import assert from 'node:assert/strict'
import { test } from 'node:test'
import { closeNames, didYouMean } from './did-you-mean.ts'

const FIELDS = ['flavour', 'connections', 'first_byte_ms', 'url']

test('finds a name with a letter too few, too many, wrong or swapped', () => {
  for (const name of ['flavor', 'flavouur', 'flavoor', 'flavuor', 'FLAVOUR']) {
    assert.deepEqual(closeNames(name, FIELDS), ['flavour'], name)
  }
})

test('takes camel case, hyphens and underscores for one', () => {
  assert.deepEqual(closeNames('firstByteMs', FIELDS), ['first_byte_ms'])
  assert.deepEqual(closeNames('first-byte-ms', FIELDS), ['first_byte_ms'])
})

test('names all that are equally close and none that is further', () => {
  assert.deepEqual(closeNames('kimi-k2.4', ['kimi-k3', 'kimi-k2.5', 'kimi-k2.6']), ['kimi-k2.5', 'kimi-k2.6'])
})

test('takes a name that begins others for a short form of them', () => {
  assert.deepEqual(closeNames('kimi-k2', ['kimi-k3', 'kimi-k2.5', 'kimi-k2-thinking']), [
    'kimi-k2.5',
    'kimi-k2-thinking',
  ])
})

test('stays silent about a name that is like none, and about one of any length', () => {
  assert.deepEqual(closeNames('gpt-4o', FIELDS), [])
  assert.deepEqual(closeNames('', FIELDS), [])
  assert.deepEqual(closeNames('f'.repeat(100_000), FIELDS), [])
  assert.equal(didYouMean('gpt-4o', FIELDS), '')
})

test('makes a question of the names', () => {
  assert.equal(didYouMean('ulr', FIELDS), '; did you mean url?')
  assert.equal(didYouMean('ad', ['a1', 'b2', 'c3', 'aa']), '; did you mean a1 or aa?')
  assert.equal(didYouMean('ax', ['a1', 'a2', 'a3', 'a4']), '; did you mean a1, a2 or a3?')
})
