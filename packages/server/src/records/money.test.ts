import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { amountFrom, unitsText } from './money.ts'

test('amounts are written with the digits that count, and read back as they were', () => {
  for (const [amount, text] of [
    [0, '0'],
    [1, '0.000000001'],
    [-1, '-0.000000001'],
    [12_500_000_000, '12.5'],
    [1_000_000_000, '1'],
    [49_588_940_000, '49.58894'],
    [-3_000_010_000, '-3.00001'],
  ] as const) {
    assert.equal(unitsText(amount), text)
    assert.equal(amountFrom(text), amount)
  }
  fc.assert(
    fc.property(fc.integer({ min: -9_007_000_000_000_000, max: 9_007_000_000_000_000 }), (amount) => {
      assert.equal(amountFrom(unitsText(amount)), amount)
    }),
  )
})

test('what is finer than a nano, larger than the books, or no amount is refused', () => {
  for (const text of ['', '1.', '.5', '1e3', '0.0000000001', '12345678', ' 1', '1,5', '+1', 'NaN', '--1', '0x10']) {
    assert.equal(amountFrom(text), undefined, text)
  }
})
