/** Numbers within bounds, digit by digit: all that are written out, and none beyond. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { seededRandom } from '../../../../../test/support/every-split.ts'
import { type NumberBounds, numberGrammar } from './number-grammar.ts'
import { Gbnf } from './read-gbnf.ts'

/** Whether a text is taken. */
function taker(bounds: NumberBounds): Gbnf {
  const expression = numberGrammar(bounds)
  assert.ok(expression !== undefined, JSON.stringify(bounds))
  return new Gbnf(`root ::= ${expression}\n`)
}

function assertFits({ whole, least, most }: NumberBounds, text: string, story: string): void {
  const value = Number(JSON.parse(text))
  assert.ok(Number.isFinite(value) && least <= value && value <= most, `${story} gave ${text}`)
  assert.ok(!whole || Number.isInteger(value), `${story} gave ${text}`)
}

describe('whole numbers within bounds', () => {
  test('are all taken, and no others, for every pair of bounds within a range', () => {
    const numbers = Array.from({ length: 251 }, (_, index) => index - 125)
    const bounds = [-125, -101, -100, -99, -11, -10, -9, -1, 0, 1, 2, 8, 9, 10, 11, 19, 20, 99, 100, 101, 110, 125]
    for (const least of bounds) {
      for (const most of bounds.filter((bound) => bound >= least)) {
        const grammar = taker({ whole: true, least, most })
        for (const number of numbers) {
          assert.equal(grammar.takes(String(number)), least <= number && number <= most, `${least} ${number} ${most}`)
        }
      }
    }
  })

  test('have neither leading zeros nor a point, and there is no zero below zero', () => {
    const grammar = taker({ whole: true, least: -5, most: 500 })
    for (const text of ['-0', '00', '01', '1.0', '1e1', '+1', '', '-']) assert.ok(!grammar.takes(text), text)
  })

  test('may have the digits of 64 bits where there is no bound', () => {
    for (const least of [-Infinity, 0, 5]) {
      const grammar = taker({ whole: true, least, most: Infinity })
      assert.ok(grammar.takes('9223372036854775807') && !grammar.takes('1'.repeat(20)))
    }
  })

  test('are none between two fractions', () => {
    assert.equal(numberGrammar({ whole: true, least: 0.2, most: 0.8 }), undefined)
    assert.equal(numberGrammar({ whole: true, least: -0.8, most: -0.2 }), undefined)
  })
})

describe('numbers within bounds', () => {
  test('are taken up to the last digit of a bound, with fractions on either side', () => {
    const grammar = taker({ whole: false, least: -1.5, most: 12.25 })
    for (const text of [
      '-1.5',
      '-1.49',
      '-0.1',
      '0',
      '0.0',
      '9.99',
      '10',
      '12',
      '12.0',
      '12.25',
      '12.2499',
      '11.999',
    ]) {
      assert.ok(grammar.takes(text), text)
    }
    for (const text of ['-1.51', '-1.500001', '-2', '12.26', '12.250001', '13', '100', '1.', '-.5', '1e0']) {
      assert.ok(!grammar.takes(text), text)
    }
  })

  test('may be as large and as small as a double, and are then themselves', () => {
    const tiny = taker({ whole: false, least: 1e-300, most: 2e-300 })
    assert.ok(tiny.takes('1e-300') && tiny.takes('2e-300') && !tiny.takes('0'))
    const large = taker({ whole: false, least: 1e300, most: Infinity })
    assert.ok(large.takes(String(BigInt(1e300))) && large.takes('9'.repeat(301)))
    assert.ok(!large.takes('9'.repeat(300)))
    const largest = taker({ whole: false, least: 1e308, most: Infinity })
    assert.ok(largest.takes(String(BigInt(Number.MAX_VALUE))) && !largest.takes('9'.repeat(309)))
  })

  test('fit whatever is chosen, and are taken when they fit, for random bounds', () => {
    for (let seed = 1; seed <= 1500; seed += 1) {
      const random = seededRandom(seed)
      const [least, most] = [randomBound(random, -1), randomBound(random, 1)].toSorted((one, other) => one - other)
      assert.ok(least !== undefined && most !== undefined)
      const bounds = { whole: random() < 0.4, least, most }
      const expression = numberGrammar(bounds)
      const story = `seed ${seed}, ${bounds.whole ? 'whole' : 'any'} from ${least} to ${most}`
      if (expression === undefined) {
        assert.ok(bounds.whole && Math.ceil(least) > Math.floor(most), story)
        continue
      }
      const grammar = new Gbnf(`root ::= ${expression}\n`)
      for (let round = 0; round < 8; round += 1) assertFits(bounds, grammar.text(random, 400), story)
      for (const bound of [least, most, 0]) {
        for (const step of [0, 1, -1, 0.1, -0.1, 0.01, -0.01, 0.25, 10, -10]) {
          const near = bounds.whole ? Math.round(bound + step) : Math.round((bound + step) * 1e6) / 1e6
          const text = String(near)
          if (Math.abs(near) > 1e15 || text.includes('e')) continue
          assert.equal(grammar.takes(text), least <= near && near <= most, `${story}: ${text}`)
        }
      }
    }
  })
})

function randomBound(random: () => number, sign: 1 | -1): number {
  const kind = random()
  if (kind < 0.1) return sign * Infinity
  if (kind < 0.5) return Math.floor(random() * 300) - 150
  if (kind < 0.7) return Math.round((random() - 0.5) * 10 ** Math.ceil(random() * 6)) / 10 ** Math.ceil(random() * 3)
  if (kind < 0.85) return (random() - 0.5) * 10 ** Math.floor(random() * 40 - 20)
  return (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300)
}
