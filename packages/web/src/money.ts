/** Money as it is shown (design §5.3): decimals in text from end to end, cut for the eye and never for the sum. */

import { amountOf, nanosOf } from './conversation/index.ts'

export { amountOf, nanosOf, sumOf } from './conversation/index.ts'

const CENT = 10_000_000n
const UNIT = 1_000_000_000n
const SIGNS: Readonly<Record<string, string>> = { USD: '$', CNY: '¥' }

/**
 * Six decimals below one cent, four below a dollar, two above, and zero is zero. Rounded half up; an amount that would be shown as
 * nothing is shown whole. No amount: the text as it came.
 */
export function shownMoney(amount: string, currency: string): string {
  const nanos = nanosOf(amount)
  if (nanos === undefined) return `${amount} ${currency}`
  const size = nanos < 0n ? -nanos : nanos
  const digits = size < CENT ? 6 : size < UNIT ? 4 : 2
  const rounded = roundedTo(size, digits)
  const isGone = size > 0n && rounded === 0n
  const text = isGone ? amountOf(size) : fixed(rounded, digits)
  return `${nanos < 0n ? '−' : ''}${SIGNS[currency] ?? `${currency} `}${text}`
}

/** All nine decimals, for tooltips and copies. */
export function exactMoney(amount: string, currency: string): string {
  const nanos = nanosOf(amount)
  if (nanos === undefined) return `${amount} ${currency}`
  const size = nanos < 0n ? -nanos : nanos
  return `${nanos < 0n ? '−' : ''}${SIGNS[currency] ?? `${currency} `}${fixed(size, 9)}`
}

/** −1, 0 or 1, as a sort wants it. No amount stands first. */
export function compareMoney(one: string, other: string): number {
  const [left, right] = [nanosOf(one), nanosOf(other)]
  if (left === undefined || right === undefined) return Number(left !== undefined) - Number(right !== undefined)
  return left < right ? -1 : Number(left > right)
}

function roundedTo(nanos: bigint, digits: number): bigint {
  const step = 10n ** BigInt(9 - digits)
  return ((nanos + step / 2n) / step) * step
}

function fixed(nanos: bigint, digits: number): string {
  const fraction = String(nanos % UNIT)
    .padStart(9, '0')
    .slice(0, digits)
  return `${nanos / UNIT}.${fraction}`
}
