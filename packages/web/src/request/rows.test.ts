/** Rows come out of CSV and JSONL as they went in, whatever stands in them, and no more of them than may be. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { parseCsv, parseJsonl, parseRows, toCsv } from './rows.ts'

describe('rows', () => {
  it('of CSV keep quotes, commas and lines within fields', () => {
    const { columns, rows } = parseCsv('city,say\r\nOslo,"a ""cold"", \ngrey day"\r\nLima,\n')
    assert.deepEqual(columns, ['city', 'say'])
    assert.deepEqual(rows, [
      { city: 'Oslo', say: 'a "cold", \ngrey day' },
      { city: 'Lima', say: '' },
    ])
  })
  it('of JSONL are objects alone, their values as texts', () => {
    const { columns, rows } = parseJsonl('{"a":1,"b":"x"}\nnot json\n[1]\n{"c":{"d":2}}\n')
    assert.deepEqual(columns, ['a', 'b', 'c'])
    assert.deepEqual(rows, [{ a: '1', b: 'x' }, { c: '{"d":2}' }])
  })
  it('are no more than may be, and say so', () => {
    const { rows, cut } = parseCsv('a\n1\n2\n3\n', 2)
    assert.equal(rows.length, 2)
    assert.equal(cut, true)
  })
  it('are told apart by name and by their first sign', () => {
    assert.deepEqual(parseRows('x.csv', '{"a":1}').columns, ['a'])
    assert.deepEqual(parseRows('x.csv', 'a,b\n1,2').columns, ['a', 'b'])
  })
  it('written as CSV are read back, but for formulas, which become text', () => {
    const text = fc.string({ maxLength: 12 }).filter((value) => !/^[=+\-@\t\r]/.test(value) && !value.includes('\r'))
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            text.filter((one) => one !== ''),
            text,
          ),
          { minLength: 1, maxLength: 8 },
        ),
        (pairs) => {
          const rows = pairs.map(([a, b]) => ({ a, b }))
          assert.deepEqual(parseCsv(toCsv(['a', 'b'], rows)).rows, rows)
        },
      ),
    )
    assert.match(toCsv(['a'], [{ a: '=1+1' }]), /'=1\+1/)
  })
})
