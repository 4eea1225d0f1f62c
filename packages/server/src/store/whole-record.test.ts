/** What the tables take of a record: the same, but for odd ones. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { REQUEST_COLUMNS, type RequestColumn } from './request-columns.ts'
import { requestRecord as recordOf } from './testing/contract-test.ts'
import { cleanText, whole, wholeRecord, wholeText, wholeValue } from './whole-record.ts'

const ORIGIN = { request: 'r', organisation: 'org-1', project: 'proj-1', key: 'ak-1', model: 'kimi-k2.5', at: 1 }
const requestRecord = (more: Partial<Parameters<typeof recordOf>[0]>) => recordOf({ ...ORIGIN, ...more })

const BOUNDED: RequestColumn = { field: 'model', name: 'model', holds: 'name', most: 4, lacking: undefined }
const OWN: RequestColumn = { ...BOUNDED, most: Infinity }

test('a record that is as it should be stays as it is', () => {
  const record = requestRecord({ cost: 70 })
  assert.deepEqual(wholeRecord(record, 70), record)
})

test('a record costs what its end costs, and its fees are no more than that', () => {
  const record = requestRecord({ cost: 500, fees: 60 })
  assert.deepEqual([wholeRecord(record, 70).cost, wholeRecord(record, 70).fees], [70, 60])
  assert.deepEqual([wholeRecord(record, 50).cost, wholeRecord(record, 50).fees], [50, 50])
})

test('each odd field is mended in a copy, and no other', () => {
  const record = requestRecord({ model: 'a\0b', servedModel: 'm', totalMs: 10.4 })
  const mended = wholeRecord(record, record.cost)
  assert.deepEqual([mended.model, mended.totalMs, record.totalMs], ['ab', 10, 10.4])
  assert.deepEqual({ ...mended, model: record.model, totalMs: record.totalMs }, { ...record, fees: mended.fees })
})

test('numbers are whole, and what is none is nothing', () => {
  assert.deepEqual([1.5, 2.4, -1.6, 7, Number.NaN, Infinity].map(whole), [2, 2, -2, 7, 0, 0])
  assert.equal(wholeValue(3.2, BOUNDED), 3)
})

test('a text is cut behind its characters where clients chose it, and never where we did', () => {
  assert.equal(wholeText('abcdef', BOUNDED), 'abcd')
  assert.equal(wholeText('abcd', BOUNDED), 'abcd')
  assert.equal(wholeText('abcdef\0', OWN), 'abcdef\0')
  assert.equal(wholeValue('abcdef', BOUNDED), 'abcd')
  assert.equal(wholeValue('abcdef', OWN), 'abcdef')
})

test('no text has a NUL or half a character in it', () => {
  assert.equal(cleanText('a\0b\0'), 'ab')
  assert.equal(cleanText('a\ud83c'), 'a\ufffd')
  assert.equal(cleanText('naïve 🌕'), 'naïve 🌕')
  // A cut in the middle of a character leaves one half of it.
  assert.equal(wholeText('abc🌕', BOUNDED), 'abc\ufffd')
})

test('JSON beyond its bytes is left out as a whole', () => {
  assert.deepEqual(wholeValue({ a: 1 } as never, { ...BOUNDED, most: 7 }), { a: 1 })
  assert.equal(wholeValue({ a: 10 } as never, { ...BOUNDED, most: 7 }), null)
  assert.equal(wholeValue({ é: 1 } as never, { ...BOUNDED, most: 7 }), null)
  assert.deepEqual(wholeValue({ a: 10 } as never, OWN), { a: 10 })
  assert.equal(wholeValue(null, BOUNDED), null)
  assert.equal(wholeValue(true, { ...BOUNDED, most: 5 }), true)
})

test('every column is looked at', () => {
  const fields = REQUEST_COLUMNS.map(({ field }) => field).toSorted()
  assert.deepEqual(fields, Object.keys(requestRecord({})).toSorted())
})
