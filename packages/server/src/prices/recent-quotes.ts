/** Quotes of the last moment: a request finds one, and makes none. */

import type { ModelRoute } from '@moonbase/core/routing'
import type { Currency } from '../records/money.ts'
import type { PriceBook, Quote } from './price-book.ts'

/** A price that begins or ends is followed within this; one that is set, at once. */
const FRESH_MS = 1_000

interface Recent {
  readonly book: PriceBook
  readonly at: number
  readonly quote: Quote | undefined
}

export class RecentQuotes {
  /** By route: a change of engines makes another one. */
  readonly #recent: Readonly<Record<Currency, WeakMap<ModelRoute, Recent>>> = { USD: new WeakMap(), CNY: new WeakMap() }

  /** `undefined` for a model that has no price. */
  of(route: ModelRoute, currency: Currency, book: PriceBook, now: number): Quote | undefined {
    const known = this.#recent[currency].get(route)
    if (known !== undefined && known.book === book && now - known.at < FRESH_MS && now >= known.at) return known.quote
    const engines = route.targets.map(({ name }) => name)
    const quote = book.quote(route.model.id, engines, currency, now)
    this.#recent[currency].set(route, { book, at: now, quote })
    return quote
  }
}
