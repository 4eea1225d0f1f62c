import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeProblem } from './mfjs-problem.ts'
import type { MfjsOptions } from './validate-mfjs.ts'
import { validateMfjsText } from './validate-mfjs-text.ts'

function problemOf(text: string, options: MfjsOptions = {}): string {
  const problem = validateMfjsText(text, options)
  return problem === undefined ? '' : describeProblem(problem)
}

test('text is checked as the schema that it holds', () => {
  assert.equal(problemOf(' {"type": "object"} '), '')
  assert.equal(problemOf('{"type":"text"}'), "At path 'root': invalid type")
  assert.equal(problemOf('null'), "At path 'root': schema must be a dict")
})

test('text that is no JSON object has no path', () => {
  for (const text of ['', '{', '{"type":"number","enum":[01.2]}', '{true: {}}', "{'type':'null'}"]) {
    assert.match(problemOf(text), /^JSON schema parsing error: JSON syntax error: ./, text)
    assert.equal(validateMfjsText(text)?.path, null)
  }
  assert.equal(problemOf('""'), 'JSON schema parsing error: JSON type error: expected an object but got string')
  assert.equal(problemOf('[1]'), 'JSON schema parsing error: JSON type error: expected an object but got array')
})

test('a number too large for JSON is named, in whatever spelling', () => {
  assert.match(
    problemOf('{"type":"number","enum":[1,1.7976931348623157e+309]}'),
    /parsing error.*number 1\.79.* is too large$/,
  )
  assert.match(problemOf(`{"type":"number","maximum":1${'0'.repeat(310)}}`), /is too large$/)
  assert.equal(problemOf(`{"type":"number","maximum":1${'0'.repeat(305)}}`), '')
  assert.equal(problemOf('{"type":"string","description":"1e999 \\" 2e999"}'), '')
})

test('scientific notation counts as the number that it is, as the hosted validator saw parsed numbers only', () => {
  for (const level of ['strict', 'ultra'] as const) {
    assert.equal(problemOf('{"type":"number","minimum":1e-3,"maximum":1E3}', { level }), '')
  }
  assert.equal(
    problemOf('{"type":"number","minimum":1e-5,"maximum":1e-7}', { level: 'ultra' }),
    "At path 'root': minimum (1e-05) cannot be greater than maximum (1e-07)",
  )
})
