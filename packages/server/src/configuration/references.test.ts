import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assert as hold, property, stringMatching } from 'fast-check'
import { findUnmaskable, maskReferences, resolveReferences, unmask } from './references.ts'

const resolve = (text: string, environment: Record<string, string> = {}) =>
  resolveReferences(maskReferences(text), environment)

test('reads a variable, alone or inside a text', () => {
  assert.equal(resolve('${HOST}', { HOST: 'a' })?.text, 'a')
  assert.equal(resolve('http://${HOST}:${PORT}/v1', { HOST: 'a', PORT: '80' })?.text, 'http://a:80/v1')
  assert.deepEqual(resolve('${A}${B}', { A: '1', B: '2' })?.names, ['A', 'B'])
})

test('falls back on what follows :- when a variable is not set or empty', () => {
  assert.equal(resolve('${A:-b, [c] # d}')?.text, 'b, [c] # d')
  assert.equal(resolve('${A:-b}', { A: '' })?.text, 'b')
  assert.equal(resolve('${A:-b}', { A: 'a' })?.text, 'a')
  assert.equal(resolve('${A:-}')?.text, '')
  assert.equal(resolve('${A:-ü}')?.text, 'ü')
})

test('says whether a variable is not set or empty', () => {
  assert.deepEqual(resolve('${A} ${B}', { B: '' })?.wrong, [
    'the environment variable A is not set',
    'the environment variable B is empty',
  ])
})

test('says what may stand between the braces', () => {
  for (const text of ['${}', '${1A}', '${a-b}', '${A:=b}', '${ A }']) {
    assert.match(resolve(text, { A: '1' })?.wrong[0] ?? '', /takes the name of a variable/, text)
  }
})

test('leaves $${…} as ${…}, and everything that is no expression as it is', () => {
  assert.equal(resolve('$${A}', { A: '1' })?.text, '${A}')
  assert.equal(resolve('$A {A} $ { ${'), undefined)
})

test('what a variable holds is not read again', () => {
  assert.equal(resolve('${A}', { A: '${B}', B: 'b' })?.text, '${B}')
})

test('masking keeps the place of every character and can be undone', () => {
  hold(
    property(stringMatching(/^[ -~\n]*$/), (text) => {
      const masked = maskReferences(text)
      assert.equal(masked.length, text.length)
      assert.equal(unmask(masked), text)
      assert.equal(masked.split('\n').length, text.split('\n').length)
    }),
  )
})

test('finds characters that masking would confuse with its own', () => {
  assert.equal(findUnmaskable('ab\uE041'), 2)
  assert.equal(findUnmaskable('ab\uF8FF'), -1)
})
