import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findModel } from '@moonbase/protocol'
import type { ModelRoute } from '@moonbase/core/routing'
import { PriceBook } from './price-book.ts'
import { RecentQuotes } from './recent-quotes.ts'

const route = { model: findModel('kimi-k2.5'), targets: [{ name: 'e' }] } as unknown as ModelRoute

test('a quote is found again for a second, and each class and currency has its own', () => {
  const quotes = new RecentQuotes()
  const book = new PriceBook([])
  const quote = quotes.of(route, 'USD', book, 0)
  assert.equal(quotes.of(route, 'USD', book, 999), quote)
  assert.equal(quotes.of(route, 'USD', book, 999, 'interactive'), quote)
  const batch = quotes.of(route, 'USD', book, 999, 'batch')
  assert.deepEqual([quote?.upperBound(10, 0), batch?.upperBound(10, 0)], [6_000, 3_600])
  assert.equal(quotes.of(route, 'USD', book, 999, 'batch'), batch)
  assert.equal(quotes.of(route, 'CNY', book, 999)?.upperBound(10, 0), 40_000)
  assert.notEqual(quotes.of(route, 'USD', book, 1_000), quote)
  assert.notEqual(quotes.of(route, 'USD', new PriceBook([]), 1_000), quotes.of(route, 'USD', book, 1_000))
})
