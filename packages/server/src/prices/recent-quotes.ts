/** Quotes of the last moment: a request finds one, and makes none. */

import type { ModelRoute } from '@moonbase/core/routing'
import type { Currency } from '../records/money.ts'
import type { RequestClass } from '../records/request-record.ts'
import type { PriceBook, Quote } from './price-book.ts'

/** A price that begins or ends is followed within this; one that is set, at once. */
const FRESH_MS = 1_000

interface Recent {
  readonly book: PriceBook
  readonly at: number
  readonly quote: Quote | undefined
}

/** By route: a change of engines makes another one. */
type ByRoute = WeakMap<ModelRoute, Recent>
type ByCurrency = Readonly<Record<Currency, ByRoute>>

export class RecentQuotes {
  readonly #recent: Readonly<Record<RequestClass, ByCurrency>> = {
    interactive: { USD: new WeakMap(), CNY: new WeakMap() },
    batch: { USD: new WeakMap(), CNY: new WeakMap() },
  }

  /** `undefined` for a model that has no price. */
  of(
    route: ModelRoute,
    currency: Currency,
    book: PriceBook,
    now: number,
    ofClass: RequestClass = 'interactive',
  ): Quote | undefined {
    const recent = this.#recent[ofClass][currency]
    const known = recent.get(route)
    if (known !== undefined && known.book === book && now - known.at < FRESH_MS && now >= known.at) return known.quote
    const engines = route.targets.map(({ name }) => name)
    const quote = book.quote(route.model.id, engines, currency, now, ofClass)
    recent.set(route, { book, at: now, quote })
    return quote
  }
}
