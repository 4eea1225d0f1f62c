/** Money is shown cut and summed whole. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import { amountOf, compareMoney, exactMoney, nanosOf, shownMoney, sumOf } from './money.ts'

describe('money', () => {
  it('is read and written without losing a digit', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }), (nanos) => nanosOf(amountOf(nanos)) === nanos),
    )
    assert.equal(amountOf(4_829_000n), '0.004829')
    assert.equal(amountOf(-1_000_000_000n), '-1')
    assert.equal(amountOf(0n), '0')
  })

  it('is no amount where a digit would be lost, or where it is none', () => {
    assert.equal(nanosOf('0.0000000010'), 1n)
    for (const text of ['0.0000000001', '', '.5', '1e3', '1,000', ' 1', 'NaN', '--1', '1.'])
      assert.equal(nanosOf(text), undefined, text)
  })

  it('is summed with integers', () => {
    assert.equal(sumOf(['0.1', '0.2']), '0.3')
    assert.equal(sumOf([]), '0')
    assert.equal(sumOf(['0.1', 'x']), undefined)
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: 0n, max: 10n ** 18n })), (all) => {
        const sum = all.reduce((one, other) => one + other, 0n)
        assert.equal(sumOf(all.map(amountOf)), amountOf(sum))
      }),
    )
  })

  it('has six decimals below a cent, four below a dollar, two above', () => {
    assert.equal(shownMoney('0.004829', 'USD'), '$0.004829')
    assert.equal(shownMoney('0.01', 'USD'), '$0.0100')
    assert.equal(shownMoney('0.1000266', 'CNY'), '¥0.1000')
    assert.equal(shownMoney('12.345', 'USD'), '$12.35')
    assert.equal(shownMoney('0', 'USD'), '$0.000000')
    assert.equal(shownMoney('-1.5', 'EUR'), '−EUR 1.50')
  })

  it('is never shown as nothing where it is something, nor as an amount where it is none', () => {
    assert.equal(shownMoney('0.000000001', 'USD'), '$0.000000001')
    assert.equal(shownMoney('free', 'USD'), 'free USD')
    assert.equal(exactMoney('free', 'USD'), 'free USD')
  })

  it('has all nine decimals where somebody wants them', () => {
    assert.equal(exactMoney('0.004829', 'USD'), '$0.004829000')
    assert.equal(exactMoney('-12', 'CNY'), '−¥12.000000000')
  })

  it('is compared by its amount and not by its text', () => {
    assert.deepEqual(['10', '9', 'x', '0.5'].toSorted(compareMoney), ['x', '0.5', '9', '10'])
    assert.equal(compareMoney('1', '1.0'), 0)
  })
})
