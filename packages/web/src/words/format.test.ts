/** Money is rounded in integers and never loses a digit that was asked for; durations and sizes read as a person says them. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatOf } from './format.ts'

const en = formatOf('en')
const zh = formatOf('zh')

describe('money', () => {
  it('has six decimals below a cent, four below one, two above', () => {
    assert.equal(en.money('0.004829'), '$0.004829')
    assert.equal(en.money('0.1000266'), '$0.1000')
    assert.equal(en.money('41.27'), '$41.27')
    assert.equal(en.money('10000'), '$10,000')
    assert.equal(en.money('0'), '$0.000000')
  })
  it('knows the yuan, and spells a currency it has no sign for', () => {
    assert.equal(zh.money('0.5', 'CNY'), '¥0.5000')
    assert.equal(en.money('3', 'EUR'), 'EUR 3.00')
  })
  it('is whole to the nano-dollar where it is asked for', () => {
    assert.equal(en.wholeMoney('0.0048291'), '$0.004829100')
  })
})

describe('durations and sizes', () => {
  it('have as many digits as they deserve', () => {
    assert.equal(en.duration(380), '0.38 s')
    assert.equal(en.duration(9400), '9.4 s')
    assert.equal(zh.duration(14_100), '14.1 秒')
    assert.equal(en.duration(252_000), '4 min 12 s')
    assert.equal(en.duration(3_720_000), '1 h 2 min')
    assert.equal(en.size(388_000), '388 KB')
    assert.equal(en.size(1_500_000), '1.5 MB')
  })
  it('counts with the separators of the language', () => {
    assert.equal(en.count(2871), '2,871')
    assert.equal(en.plural(1, 'token', 'tokens'), 'token')
  })
})
