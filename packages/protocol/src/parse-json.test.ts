import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from './parse-json.ts'

test('reads JSON as it stands, backslashes in it too', () => {
  for (const value of [{ 'a\\': 1, 'b\nc': '\\' }, ['\\', { x: '"\\":' }], '\\', { '\\\\': 1 }, { path: 'C:\\' }]) {
    assert.deepEqual(parseJson(JSON.stringify(value)), value)
  }
})

test('refuses the one key that would change what others say', () => {
  for (const text of [String.raw`{"a":1,"\\":2}`, String.raw`{"a":1,"\u005c" :2}`, String.raw`{"\\"` + '\n:2}']) {
    assert.throws(() => parseJson(text), SyntaxError)
  }
  assert.deepEqual(parseJson(String.raw`{"a":1,"\n":2}`), { a: 1, '\n': 2 })
})
