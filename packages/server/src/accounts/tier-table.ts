/** Tiers: how much at a time an organisation may ask, by what it has recharged or by what an operator gave it. */

import { type Currency, NANO_PER_UNIT } from '../records/money.ts'
import type { RateLimits, TierRecord } from '../records/account-records.ts'

/** Which holds for those that have recharged nothing, or less than any tier asks. */
export const LOWEST_TIER = '0'

/** Given by hand only: the organisations of configured keys have it. Not one limit of requests or tokens. */
export const DEVELOPMENT_TIER = 'development'

/** The platform's table; its limits by tier, recharges in units. The higher thresholds of CNY are not known. */
const PLATFORM: readonly TierRecord[] = [
  platformTier('0', [1, 3, 500_000, 1_500_000], 1, 0),
  platformTier('1', [50, 200, 2_000_000, null], 10, 50),
  platformTier('2', [100, 500, 3_000_000, null], 20, null),
  platformTier('3', [200, 5_000, 3_000_000, null], 100, null),
  platformTier('4', [400, 5_000, 4_000_000, null], 1_000, null),
  platformTier('5', [1_000, 10_000, 5_000_000, null], 3_000, null),
]

const DEVELOPMENT: TierRecord = {
  name: DEVELOPMENT_TIER,
  concurrency: 1_000,
  rpm: null,
  tpm: null,
  tpd: null,
  recharge: { USD: null, CNY: null },
}

/** A tier that holds, with its limits alone. */
export interface HoldingTier {
  readonly name: string
  readonly limits: RateLimits
}

interface Row extends HoldingTier {
  readonly record: TierRecord
}

export class TierTable {
  readonly #rows = new Map<string, Row>()

  constructor() {
    for (const tier of [...PLATFORM, DEVELOPMENT]) this.put(tier)
  }

  /** In place of the one with this name. */
  put(record: TierRecord): void {
    const { name, concurrency, rpm, tpm, tpd } = record
    this.#rows.set(name, { name, limits: { concurrency, rpm, tpm, tpd }, record })
  }

  has(name: string): boolean {
    return this.#rows.has(name)
  }

  /** In the order of their recharge, those that are only given by hand last; then by name. */
  list(): readonly TierRecord[] {
    return [...this.#rows.values()]
      .map(({ record }) => record)
      .toSorted((a, b) => compare(order(a), order(b)) || compare(a.name, b.name))
  }

  /** The fixed one, where there is one of this name; else the highest that is reached; else the lowest. */
  holding(fixed: string | null, currency: Currency, recharged: number): HoldingTier {
    const given = fixed === null ? undefined : this.#rows.get(fixed)
    if (given !== undefined) return given
    let found = this.#rowOf(LOWEST_TIER)
    let highest = Number.NEGATIVE_INFINITY
    for (const row of this.#rows.values()) {
      const threshold = row.record.recharge[currency]
      if (threshold === null || threshold > recharged || threshold <= highest) continue
      highest = threshold
      found = row
    }
    return found
  }

  #rowOf(name: string): Row {
    const row = this.#rows.get(name)
    if (row === undefined) throw new Error(`the platform has a tier ${name}`)
    return row
  }
}

function platformTier(
  name: string,
  [concurrency, rpm, tpm, tpd]: readonly [number, number, number, number | null],
  usd: number,
  cny: number | null,
): TierRecord {
  const recharge = { USD: usd * NANO_PER_UNIT, CNY: cny === null ? null : cny * NANO_PER_UNIT }
  return { name, concurrency, rpm, tpm, tpd, recharge }
}

function order({ recharge }: TierRecord): number {
  return recharge.USD ?? recharge.CNY ?? Number.POSITIVE_INFINITY
}

function compare<Value extends number | string>(a: Value, b: Value): number {
  return a === b ? 0 : a < b ? -1 : 1
}
