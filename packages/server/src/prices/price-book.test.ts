import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { MODELS } from '@moonbase/protocol'
import type { PriceRecord } from '../records/account-records.ts'
import { CURRENCIES } from '../records/money.ts'
import { REQUEST_CLASSES } from '../records/request-record.ts'
import { PriceBook } from './price-book.ts'

const START = Date.UTC(2026, 2, 1)

let made = 0
function record(more: Partial<PriceRecord> = {}): PriceRecord {
  return {
    id: `price-${made++}`,
    model: 'kimi-k2.5',
    engine: null,
    currency: 'USD',
    from: START,
    to: null,
    hit: 1,
    miss: 10,
    output: 100,
    batchPercent: 60,
    webSearch: 0,
    ...more,
  }
}

/** What each token of a prompt costs at most. */
function missOf(book: PriceBook, engines: readonly string[], at = START): number | undefined {
  return book.quote('kimi-k2.5', engines, 'USD', at)?.upperBound(1, 0)
}

test('without records every model has the price of the catalogue, in the currencies that it has', () => {
  const book = new PriceBook([])
  const usage = { prompt: 1_000_000, cached: 400_000, completion: 1_000_000, reasoning: 0 }
  // 0.10 for a million hits, 0.60 for misses, 3.00 for output.
  assert.equal(book.quote('kimi-k2.5', ['e'], 'USD', START)?.cost('e', usage), 40_000_000 + 360_000_000 + 3_000_000_000)
  assert.equal(
    book.quote('kimi-k2.5', ['e'], 'CNY', START)?.cost('e', usage),
    280_000_000 + 2_400_000_000 + 21_000_000_000,
  )
  // No cache price: as one that was not found there.
  assert.equal(book.quote('moonshot-v1-8k', ['e'], 'USD', START)?.cost('e', usage), 200_000_000 + 2_000_000_000)
  for (const { id, pricesCny } of MODELS) {
    assert.ok(book.quote(id, ['e'], 'USD', START), id)
    assert.equal(book.quote(id, ['e'], 'CNY', START) === undefined, pricesCny === null, id)
  }
})

test('what has no price is not free', () => {
  const book = new PriceBook([record({ model: 'mine', engine: 'own' })])
  assert.equal(book.quote('unknown', ['e'], 'USD', START), undefined)
  assert.equal(book.quote('kimi-k2.5', [], 'USD', START), undefined)
  assert.ok(book.quote('mine', ['own'], 'USD', START))
  assert.equal(book.quote('mine', ['own', 'other'], 'USD', START), undefined)
  assert.equal(book.quote('mine', ['own'], 'CNY', START), undefined)
  assert.equal(book.quote('mine', ['own'], 'USD', START - 1), undefined)
  for (const name of ['__proto__', 'constructor', '']) assert.equal(book.quote(name, ['e'], 'USD', START), undefined)
})

test('a price of nothing is a price', () => {
  const quote = new PriceBook([record({ hit: 0, miss: 0, output: 0 })]).quote('kimi-k2.5', ['e'], 'USD', START)
  assert.equal(quote?.upperBound(1_000, 1_000), 0)
})

test('records beat the catalogue, those of an engine beat those for all, and later ones beat earlier ones', () => {
  const book = new PriceBook([
    record({ miss: 10 }),
    record({ miss: 20, from: START + 100 }),
    record({ miss: 5, engine: 'own', from: START + 50 }),
    record({ miss: 7, engine: 'own', from: START + 200 }),
  ])
  assert.deepEqual(
    [START - 1, START, START + 99, START + 100].map((at) => missOf(book, ['any'], at)),
    [600, 10, 10, 20],
  )
  // Its own price holds although the one for all is newer.
  assert.deepEqual(
    [START + 49, START + 50, START + 100, START + 200].map((at) => missOf(book, ['own'], at)),
    [10, 5, 5, 7],
  )
})

test('a price that has ended gives way to what held beside it', () => {
  const book = new PriceBook([
    record({ miss: 10, to: START + 100 }),
    record({ miss: 5, engine: 'own', from: START + 10, to: START + 20 }),
  ])
  assert.deepEqual(
    [START + 9, START + 10, START + 19, START + 20, START + 99, START + 100].map((at) => missOf(book, ['own'], at)),
    [10, 5, 5, 10, 10, 600],
  )
})

test('the upper bound is that of the dearest engine, the cost that of the one which answered', () => {
  const book = new PriceBook([
    record({ engine: 'cheap', hit: 1, miss: 2, output: 30 }),
    record({ engine: 'dear', hit: null, miss: 20, output: 3 }),
  ])
  const quote = book.quote('kimi-k2.5', ['cheap', 'dear'], 'USD', START)
  assert.equal(quote?.upperBound(10, 10), 200 + 300)
  const usage = { prompt: 10, cached: 4, completion: 5, reasoning: 5 }
  assert.equal(quote.cost('cheap', usage), 4 + 12 + 150)
  assert.equal(quote.cost('dear', usage), 200 + 15)
  // One that nobody asked for a price: a reload may bring it in between.
  assert.equal(quote.cost('unknown', usage), 200 + 150)
})

test('a batch costs a part of the tokens, rounded up once for each amount', () => {
  const book = new PriceBook([record({ hit: 1, miss: 3, output: 7, batchPercent: 33 })])
  const quote = book.quote('kimi-k2.5', ['e'], 'USD', START, 'batch')
  const usage = { prompt: 2, cached: 1, completion: 1, reasoning: 0 }
  // 33 % of 11 is 3.63.
  assert.equal(quote?.cost('e', usage), 4)
  assert.equal(quote.upperBound(2, 1), 5)
  assert.equal(quote.cost('e', { prompt: 0, cached: 0, completion: 0, reasoning: 0 }), 0)
  assert.equal(book.quote('kimi-k2.5', ['e'], 'USD', START, 'interactive')?.cost('e', usage), 11)
  // 60 % of the catalogue's prices: 0.36 for a million misses.
  assert.equal(
    new PriceBook([]).quote('kimi-k2.5', ['e'], 'USD', START, 'batch')?.upperBound(1_000_000, 0),
    360_000_000,
  )
})

test('a batch may be answered by the engine whose percent is the highest', () => {
  const engines = [
    record({ engine: 'a', miss: 100, batchPercent: 10 }),
    record({ engine: 'b', miss: 20, batchPercent: 90 }),
  ]
  const quote = new PriceBook(engines).quote('kimi-k2.5', ['a', 'b'], 'USD', START, 'batch')
  assert.equal(quote?.upperBound(10, 0), 900)
  const usage = { prompt: 10, cached: 0, completion: 0, reasoning: 0 }
  assert.deepEqual([quote.cost('a', usage), quote.cost('b', usage), quote.cost('c', usage)], [100, 180, 900])
})

test('a fee is what the record for all engines says, else the catalogue, else the dearest engine', () => {
  const at = (book: PriceBook, model: string, currency: 'USD' | 'CNY' = 'USD', now = START): number | undefined =>
    book.fee('web_search', model, currency, now)
  const none = new PriceBook([])
  assert.deepEqual([at(none, 'kimi-k2.5'), at(none, 'kimi-k2.5', 'CNY')], [5_000_000, 30_000_000])
  assert.deepEqual([at(none, 'mine'), at(none, 'kimi-k2-thinking', 'CNY')], [undefined, undefined])
  const book = new PriceBook([
    record({ webSearch: 7 }),
    record({ webSearch: 0, from: START + 10, to: START + 20 }),
    record({ webSearch: 9, engine: 'own' }),
    record({ model: 'mine', engine: 'own', webSearch: 3 }),
    record({ model: 'mine', engine: 'other', webSearch: 4 }),
    record({ model: 'kimi-k2.6', engine: 'own', webSearch: 3 }),
  ])
  assert.deepEqual(
    [START - 1, START, START + 10, START + 20].map((now) => at(book, 'kimi-k2.5', 'USD', now)),
    [5_000_000, 7, 0, 7],
  )
  assert.deepEqual([at(book, 'mine'), at(book, 'kimi-k2.6')], [4, 5_000_000])
})

test('no answer within its tokens costs more than the upper bound, and all amounts are whole', () => {
  const price = fc.integer({ min: 0, max: 9_000_000 })
  const engine = fc.constantFrom('a', 'b', null)
  const records = fc.array(
    fc.record({
      engine,
      miss: price,
      output: price,
      hit: fc.option(price),
      batchPercent: fc.integer({ min: 1, max: 100 }),
      currency: fc.constantFrom(...CURRENCIES),
      from: fc.integer({ min: 0, max: 9 }),
      to: fc.option(fc.integer({ min: 0, max: 12 })),
    }),
    { maxLength: 12 },
  )
  const tokens = fc.integer({ min: 0, max: 1_048_576 })
  const moments = Array.from({ length: 13 }, (_, now) => now).flatMap((now) =>
    REQUEST_CLASSES.map((ofClass) => [now, ofClass] as const),
  )
  fc.assert(
    fc.property(
      records,
      tokens,
      tokens,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (rows, prompt, completion, part) => {
        const book = new PriceBook(rows.map((row) => record(row)))
        const cached = Math.floor(prompt * part)
        for (const currency of CURRENCIES) {
          for (const [now, ofClass] of moments) {
            const quote = book.quote('kimi-k2.5', ['a', 'b'], currency, now, ofClass)
            const most = quote?.upperBound(prompt, completion) ?? Number.NaN
            assert.ok(Number.isSafeInteger(most))
            for (const name of ['a', 'b', 'c']) {
              const cost = quote?.cost(name, { prompt, cached, completion, reasoning: 0 }) ?? Number.NaN
              assert.ok(Number.isSafeInteger(cost) && cost >= 0 && cost <= most, `${cost} of ${most}`)
              // A token more never costs less.
              const more = quote?.cost(name, { prompt: prompt + 1, cached, completion, reasoning: 0 }) ?? Number.NaN
              assert.ok(more >= cost)
            }
          }
        }
      },
    ),
    { numRuns: 50 },
  )
})

test('the order in which records come does not matter', () => {
  const all = [
    record({ miss: 1 }),
    record({ miss: 2 }),
    record({ miss: 3, from: START + 1 }),
    record({ miss: 4, engine: 'own' }),
  ]
  const quoted = (records: readonly PriceRecord[]): (number | undefined)[] => {
    const book = new PriceBook(records)
    return [START, START + 1].flatMap((at) => [missOf(book, ['any'], at), missOf(book, ['own'], at)])
  }
  fc.assert(
    fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (records) => {
      assert.deepEqual(quoted(records), quoted(all))
    }),
  )
})
