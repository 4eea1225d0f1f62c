/** The texts that mean something: amounts, prices, times, networks. How each is told from others, read, and written. */

import { checkNetwork } from '../../configuration/addresses.ts'
import { type Nano, amountFrom, unitsText } from '../../records/money.ts'

/** Nine million units: what a ledger can hold. */
export const MOST_NANO: Nano = 9_000_000_000_000_000

/** A price of one nano-unit a token, in nano-units for a million tokens. */
const MILLION = 1_000_000
const MOST_PRICE: Nano = 9_000_000_000_000

export interface Format {
  /** What it must be, for whoever has written something else. */
  readonly words: string
  fits(text: string): boolean
}

export const FORMATS = {
  amount: {
    words: 'an amount as text, such as "12.5": at most nine decimals and 9000000 units, not below 0',
    fits: (text) => (readAmount(text) ?? -1) >= 0,
  },
  'signed-amount': {
    words: 'an amount as text, such as "-12.5": at most nine decimals and 9000000 units',
    fits: (text) => readAmount(text) !== undefined,
  },
  price: {
    words: 'a price per million tokens as text, such as "0.6": at most three decimals and 9000 units, not below 0',
    fits: (text) => readPrice(text) !== undefined,
  },
  time: {
    words: 'a time such as "2026-03-01T12:00:00Z", with its zone, or a day such as "2026-03-01", which is in UTC',
    fits: (text) => readTime(text) !== undefined,
  },
  name: {
    words: 'a name of printable characters, without blanks at its ends',
    fits: (text) => isPlain(text) && text.trim() === text,
  },
  note: {
    words: 'text of printable characters',
    fits: isPlain,
  },
  'tier-name': {
    words: 'a name of letters, digits, ".", "-" and "_", 64 at most',
    fits: (text) => /^[A-Za-z0-9._-]{1,64}$/.test(text),
  },
  'engine-name': {
    words: 'a name of letters, digits, "-" and "_", 64 at most, that starts with a letter',
    fits: (text) => /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(text),
  },
  network: {
    words: 'an address or a network such as "10.0.0.0/8"',
    fits: (text) => 'value' in checkNetwork(text),
  },
} as const satisfies Readonly<Record<string, Format>>

/** Nothing that does not show, or shows otherwise than it reads: names stand in tables, logs and spreadsheets. */
function isPlain(text: string): boolean {
  return !/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u.test(text)
}

/** `undefined` for what is no amount, or is more than a ledger holds. */
export function readAmount(amount: string): Nano | undefined {
  const nano = amountFrom(amount)
  if (nano === undefined || Math.abs(nano) > MOST_NANO) return undefined
  return nano === 0 ? 0 : nano
}

/** Nano-units per token, of a text in units per million tokens. */
export function readPrice(price: string): Nano | undefined {
  const perMillion = readAmount(price)
  if (perMillion === undefined || perMillion < 0 || perMillion > MOST_PRICE) return undefined
  return perMillion % MILLION === 0 ? perMillion / MILLION : undefined
}

export function priceText(perToken: Nano): string {
  return unitsText(perToken * MILLION)
}

const TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d))?$/

/** Milliseconds since the Unix epoch. A day of the calendar that does not exist is no time. */
export function readTime(time: string): number | undefined {
  const [, year, month, day] = TIME.exec(time) ?? []
  if (year === undefined) return undefined
  const midnight = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)))
  if (midnight.getUTCMonth() !== Number(month) - 1 || midnight.getUTCDate() !== Number(day)) return undefined
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? undefined : ms
}

export function timeText(ms: number): string {
  return new Date(ms).toISOString()
}
