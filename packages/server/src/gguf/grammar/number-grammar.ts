/** Numbers within bounds, digit by digit. */

import { grouped } from './gbnf.ts'

export interface NumberBounds {
  readonly whole: boolean
  readonly least: number
  readonly most: number
}

/**
 * Digits before the point where the schema sets no bound. The identifiers that programs write as numbers, up to 64 bits,
 * have nineteen; a grammar that ended them sooner would have the model write another number than it meant.
 */
const USUAL_DIGITS = 19
/** Digits behind the point: more than tell two doubles below 1 apart that anybody writes out. */
const MOST_FRACTION = 20

/** A decimal without its sign. The fraction has no zeros at its end. */
interface Decimal {
  readonly digits: string
  readonly fraction: string
}

/**
 * The numbers from `least` to `most`, as an expression; `undefined` when there are none.
 *
 * Sound, because a decimal no smaller than another never reads as a smaller double. Not complete: `1e3` and digits beyond
 * {@link MOST_FRACTION} are left out where there is a bound, whole numbers are written without point and exponent, and
 * without a bound there are at most {@link USUAL_DIGITS} digits before the point.
 */
export function numberGrammar({ whole, least, most }: NumberBounds): string | undefined {
  if (least === -Infinity && most === Infinity) return whole ? ANY_WHOLE : ANY_NUMBER
  const ways: string[] = []
  const step = whole ? 0 : MOST_FRACTION
  const low = least === -Infinity ? undefined : scaled(least, step, 'up')
  const high = most === Infinity ? undefined : scaled(most, step, 'down')
  if (low === undefined || low < 0n) {
    const from = high !== undefined && high < 0n ? -high : whole ? 1n : 0n
    const way = between(from, low === undefined ? undefined : -low, step)
    if (way !== undefined) ways.push(`"-" ${grouped(way)}`)
  }
  if (high === undefined || high >= 0n) {
    const way = between(low !== undefined && low > 0n ? low : 0n, high, step)
    if (way !== undefined) ways.push(way)
  }
  // Between two bounds that differ further behind the point there are still the bounds themselves.
  if (ways.length === 0 && !whole) ways.push(...new Set([`"${least}"`, `"${most}"`]))
  return ways.length === 0 ? undefined : ways.join(' | ')
}

const ANY_WHOLE = `"0" | "-"? [1-9] [0-9]{0,${USUAL_DIGITS - 1}}`
const ANY_NUMBER = `"-"? ("0" | [1-9] [0-9]{0,${USUAL_DIGITS - 1}}) ("." [0-9]{1,${MOST_FRACTION}})? ([eE] [-+]? [0-9]{1,2})?`

/** A double as it is usually written, times ten to the power of `step`, rounded to a whole number. */
function scaled(value: number, step: number, rounding: 'up' | 'down'): bigint {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e')
  const [before = '0', behind = ''] = mantissa.split('.')
  const shift = Number(exponent) - behind.length + step
  const digits = BigInt(before + behind)
  const sign = value < 0 ? -1n : 1n
  if (shift >= 0) return sign * digits * 10n ** BigInt(shift)
  const unit = 10n ** BigInt(-shift)
  const cut = digits / unit
  const away = digits % unit !== 0n && (rounding === 'up') === sign > 0n ? 1n : 0n
  return sign * (cut + away)
}

const LARGEST = BigInt(Number.MAX_VALUE)

/** Numbers that are not negative. `to` may be absent: as many digits as usual, or as `from` has. */
function between(from: bigint, to: bigint | undefined, step: number): string | undefined {
  const low = decimal(from, step)
  const open = Math.max(USUAL_DIGITS, low.digits.length)
  const capped = to ?? (open < String(LARGEST).length ? undefined : LARGEST * 10n ** BigInt(step))
  if (capped !== undefined && from > capped) return undefined
  const high = capped === undefined ? undefined : decimal(capped, step)
  const fewest = low.digits.length
  const most = high?.digits.length ?? open
  const fractions = step > 0
  const range: Range = { low, high, fractions }
  const ways = [digit(range, 0, fewest, true, most === fewest && high !== undefined)]
  const last = high === undefined ? most : most - 1
  if (last > fewest) ways.push(`[1-9] [0-9]{${fewest},${last - 1}}${anyFraction(fractions)}`)
  if (high !== undefined && most > fewest) ways.push(digit(range, 0, most, false, true))
  return ways.join(' | ')
}

interface Range {
  readonly low: Decimal
  readonly high: Decimal | undefined
  readonly fractions: boolean
}

function decimal(value: bigint, step: number): Decimal {
  const text = String(value).padStart(step + 1, '0')
  const point = text.length - step
  return { digits: text.slice(0, point), fraction: text.slice(point).replace(/0+$/, '') }
}

const anyFraction = (fractions: boolean): string => (fractions ? ` ("." [0-9]{1,${MOST_FRACTION}})?` : '')

/**
 * The digits from `place` on of numbers with `count` digits before the point. `onLow`, `onHigh`: so far they are those of
 * the bound, so the next may not be below, or above, its next.
 */
function digit(range: Range, place: number, count: number, onLow: boolean, onHigh: boolean): string {
  if (place === count) return afterDigits(range, onLow, onHigh)
  if (!onLow && !onHigh) return `[0-9]{${count - place}}${anyFraction(range.fractions)}`
  const from = onLow ? Number(range.low.digits[place]) : place === 0 && count > 1 ? 1 : 0
  const to = onHigh ? Number(range.high?.digits[place]) : 9
  return split(from, to, onLow, onHigh, (low, high) => digit(range, place + 1, count, low, high))
}

function afterDigits(range: Range, onLow: boolean, onHigh: boolean): string {
  const mayStop = !onLow || range.low.fraction === ''
  const mayGoOn = range.fractions && !(onHigh && range.high?.fraction === '')
  if (!mayGoOn) return ''
  const behind = `"." ${grouped(fraction(range, 0, onLow && !mayStop, onHigh))}`
  return mayStop ? `(${behind})?` : behind
}

function fraction(range: Range, place: number, onLow: boolean, onHigh: boolean): string {
  if (!onLow && !onHigh) return `[0-9]{1,${MOST_FRACTION}}`
  const low = range.low.fraction
  const high = range.high?.fraction ?? ''
  const from = onLow ? Number(low[place]) : 0
  const to = onHigh ? Number(high[place]) : 9
  return split(from, to, onLow, onHigh, (isLow, isHigh) => {
    const mustGoOn = isLow && place + 1 < low.length
    const mayGoOn = !isHigh || place + 1 < high.length
    if (!mayGoOn) return ''
    const rest = grouped(fraction(range, place + 1, mustGoOn, isHigh))
    return mustGoOn ? rest : `${rest}?`
  })
}

/** One digit, and what follows it: apart for the digit of each bound, together for those in between. */
function split(
  from: number,
  to: number,
  onLow: boolean,
  onHigh: boolean,
  next: (onLow: boolean, onHigh: boolean) => string,
): string {
  if (onLow && onHigh && from === to) return sequence(from, from, next(true, true))
  const ways: string[] = []
  if (onLow) ways.push(sequence(from, from, next(true, false)))
  const first = onLow ? from + 1 : from
  const last = onHigh ? to - 1 : to
  if (first <= last) ways.push(sequence(first, last, next(false, false)))
  if (onHigh) ways.push(sequence(to, to, next(false, true)))
  return ways.join(' | ')
}

function sequence(from: number, to: number, rest: string): string {
  const digits = from === to ? `"${from}"` : `[${from}-${to}]`
  return rest === '' ? digits : `${digits} ${grouped(rest)}`
}
