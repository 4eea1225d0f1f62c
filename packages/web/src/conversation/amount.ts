/**
 * Money as integers of 1e-9. It is decimals in text from end to end; a float would lose the last digits of a bill.
 */

const DIGITS = 9
const UNIT = 10n ** BigInt(DIGITS)
const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?$/

/** Of `"0.004829"`. `undefined`: no decimal, or one with digits behind the ninth that are not zero. */
export function nanosOf(text: string): bigint | undefined {
  const [, sign, whole = '', fraction = ''] = DECIMAL.exec(text) ?? []
  if (sign === undefined || /[1-9]/.test(fraction.slice(DIGITS))) return undefined
  const nanos = BigInt(whole) * UNIT + BigInt(fraction.slice(0, DIGITS).padEnd(DIGITS, '0'))
  return sign === '-' ? -nanos : nanos
}

/** The shortest decimal: `4829000n` is `"0.004829"`. */
export function amountOf(nanos: bigint): string {
  const size = nanos < 0n ? -nanos : nanos
  const fraction = String(size % UNIT)
    .padStart(DIGITS, '0')
    .replace(/0+$/, '')
  return `${nanos < 0n ? '-' : ''}${size / UNIT}${fraction === '' ? '' : `.${fraction}`}`
}

/** `undefined` where one of them is no amount. */
export function sumOf(amounts: Iterable<string>): string | undefined {
  let sum = 0n
  for (const amount of amounts) {
    const nanos = nanosOf(amount)
    if (nanos === undefined) return undefined
    sum += nanos
  }
  return amountOf(sum)
}
