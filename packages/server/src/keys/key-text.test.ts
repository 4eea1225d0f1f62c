import assert from 'node:assert/strict'
import { test } from 'node:test'
import { generateAdminKey, generateKey, isKeyText, shownPrefix, wrongWithKey } from './key-text.ts'

test('a generated key is sk- and 48 characters of base 62, another each time', () => {
  const keys = new Set(Array.from({ length: 100 }, () => generateKey()))
  assert.equal(keys.size, 100)
  for (const key of keys) {
    assert.match(key, /^sk-[0-9A-Za-z]{48}$/)
    assert.equal(wrongWithKey(key), undefined)
  }
})

test('an admin key is told from an API key by its first characters', () => {
  const key = generateAdminKey()
  assert.match(key, /^sk-admin-[0-9A-Za-z]{48}$/)
  assert.equal(wrongWithKey(key), undefined)
})

test('a key is recognised by its first characters, if they do not tell too much of it', () => {
  assert.equal(shownPrefix('sk-Ab3dEfGhIjKlMnOpQrSt'), 'sk-Ab3d')
  assert.equal(shownPrefix('sk-admin-Ab3dEfGhIjKlMnOpQrSt'), 'sk-admin-Ab3d')
  assert.equal(shownPrefix('mine-and-long-enough-for-it'), 'mine')
  for (const short of ['12345678', 'sk-my-api-key', 'sk-Ab3dEfGhIjKlMnOpQ']) assert.equal(shownPrefix(short), '', short)
})

test('no character is likelier than another: bytes that would favour one are thrown away', () => {
  // Every byte in turn. 248 of 256 are used, four times 62, so 31 keys of 48 characters are six whole rounds of them.
  let drawn = 0
  const nextByte = (): Uint8Array => Uint8Array.of(drawn++ % 256)
  const counts = new Map<string, number>()
  for (let key = 0; key < 31; key++) {
    for (const character of generateKey(nextByte).slice(3)) counts.set(character, (counts.get(character) ?? 0) + 1)
  }
  assert.equal(counts.size, 62)
  assert.deepEqual(new Set(counts.values()), new Set([24]))
})

test('a key that an operator chose has 8 to 512 characters without space, quotes or line end', () => {
  for (const key of ['12345678', 'sk-a_b.c~d+e/f=', 'p@ss:w!rd#$%&*^|', 'k'.repeat(512)]) {
    assert.equal(wrongWithKey(key), undefined, key)
  }
  for (const key of [
    '',
    '1234567',
    'k'.repeat(513),
    'has space',
    'umläut-key',
    'line\nend-key',
    '"sk-quoted"',
    'a,b,c,d,e',
  ]) {
    const wrong = wrongWithKey(key)
    assert.ok(wrong !== undefined, key)
    if (key !== '') assert.ok(!wrong.includes(key))
  }
  assert.match(wrongWithKey("'sk-quoted'") ?? '', /quotation marks/)
})

test('the length of a text does not matter to whether it is made of the characters of a key', () => {
  assert.equal(isKeyText('a'), true)
  assert.equal(isKeyText(''), false)
  assert.equal(isKeyText('a b'), false)
})
