import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { JsonLine, isoTime } from './json-line.ts'

describe('JsonLine', () => {
  it('writes what JSON would of the same fields, whatever stands in them', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.string({ unit: 'grapheme' }),
      fc.constant('\ud800"\\\n'),
    )
    const values = fc.oneof(fc.double(), fc.boolean(), fc.maxSafeInteger(), fc.constant(undefined))
    fc.assert(
      fc.property(texts, fc.option(texts, { nil: undefined }), values, (one, other, value) => {
        const line = new JsonLine('"level":30').text('one', one).text('other', other).value('value', value).end()
        assert.equal(line, `${JSON.stringify({ level: 30, one, other, value })}\n`)
      }),
    )
  })

  it('tells the time of each line', () => {
    for (const ms of [0, 1_790_000_000_123, 1_790_000_000_123, 1_790_000_000_124, 1_790_000_000_123]) {
      assert.equal(isoTime(ms), new Date(ms).toISOString())
    }
  })
})
