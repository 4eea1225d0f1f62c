import assert from 'node:assert/strict'
import { test } from 'node:test'
import { csvOf } from './csv.ts'

const cell = (value: unknown): string => csvOf(['x'], [{ x: value }]).slice('x\r\n'.length, -'\r\n'.length)

test('a table has a header, a line for each row, and CRLF behind each', () => {
  assert.equal(csvOf(['b', 'a'], [{ a: 1, b: 'two' }, { a: null }]), 'b,a\r\ntwo,1\r\n,\r\n')
  assert.equal(csvOf(['a'], []), 'a\r\n')
})

test('what RFC 4180 wants quoted is quoted', () => {
  assert.equal(cell('a,b'), '"a,b"')
  assert.equal(cell('say "hi"'), '"say ""hi"""')
  assert.equal(cell('two\r\nlines'), '"two\r\nlines"')
  assert.equal(cell(true), 'true')
})

test('what a spreadsheet would run is text, and numbers stay numbers', () => {
  for (const formula of [
    '=1+1',
    '+1+1',
    '-1+1',
    '@SUM(A1)',
    '\t=1',
    '＝1',
    '－1+1',
    '-',
    '--1',
    '-1e5',
    '=HYPERLINK("x")',
  ]) {
    assert.ok(cell(formula).replace(/^"/, '').startsWith("'"), formula)
  }
  assert.equal(cell('\r=1'), `"'\r=1"`)
  for (const number of ['-12.5', '0', '-0.000000001', 5, -5, '12']) assert.equal(cell(number), String(number))
})
