/** Money: integers of a billionth of a currency's unit, and never anything else. */

export const CURRENCIES = ['USD', 'CNY'] as const
export type Currency = (typeof CURRENCIES)[number]

/** Nano-dollars or nano-yuan (1e-9), by the currency of the organisation. A safe integer, at most 9 million units. */
export type Nano = number

export const NANO_PER_UNIT = 1_000_000_000

/** `12.5` for 12,500,000,000: every digit that counts, and no more. */
export function unitsText(amount: Nano): string {
  const sign = amount < 0 ? '-' : ''
  const digits = String(Math.abs(amount)).padStart(10, '0')
  const fraction = digits.slice(-9).replace(/0+$/, '')
  return `${sign}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}`
}

/** The amount that a decimal text names, such as `49.58894`; `undefined` for what is no amount, or finer than a nano. */
export function amountFrom(text: string): Nano | undefined {
  const [, sign, whole, fraction = ''] = /^(-?)(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text) ?? []
  if (whole === undefined) return undefined
  const amount = Number(whole) * NANO_PER_UNIT + Number(fraction.padEnd(9, '0'))
  return sign === '-' ? -amount : amount
}
