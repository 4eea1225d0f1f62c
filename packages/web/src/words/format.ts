/** Numbers, durations, sizes, money and dates as a language writes them; money is a text of decimals from end to end. */

export type Language = 'en' | 'zh'

export interface Format {
  readonly language: Language
  /** 2871 → `2,871` */
  readonly count: (value: number) => string
  /** Milliseconds → `0.38 s`, `14.1 s`, `4 min 12 s`. */
  readonly duration: (ms: number) => string
  /** Bytes → `388 KB`. */
  readonly size: (bytes: number) => string
  /** A decimal text, as `0.004829`, with its currency: six decimals below a cent, four below one, two above. */
  readonly money: (amount: string, currency?: string) => string
  /** The same with every digit it has. */
  readonly wholeMoney: (amount: string, currency?: string) => string
  /** `9:41` today, `Mon` this week, `3 Nov` before. */
  readonly when: (at: number, now: number) => string
  /** With the second, in local time and in UTC, for tooltips. */
  readonly exactly: (at: number) => string
  readonly time: (at: number) => string
  /** `one` or `other` as the language counts. */
  readonly plural: (value: number, one: string, other: string) => string
  readonly list: (items: readonly string[]) => string
}

const SIGNS: Readonly<Record<string, string>> = { USD: '$', CNY: '¥' }

/** Units of 1e-9 of a decimal text; null where it is none. */
export function nanos(amount: string): bigint | null {
  const found = /^(-?)(\d+)(?:\.(\d{1,9})\d*)?$/.exec(amount)
  if (found === null) return null
  const value = BigInt(found[2] ?? '0') * 1_000_000_000n + BigInt((found[3] ?? '').padEnd(9, '0'))
  return found[1] === '-' ? -value : value
}

/** A decimal text of units of 1e-9, without needless zeros at its end. */
export function decimal(value: bigint): string {
  const absolute = value < 0n ? -value : value
  const whole = (absolute / 1_000_000_000n).toString()
  const rest = (absolute % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  return `${value < 0n ? '-' : ''}${whole}${rest === '' ? '' : `.${rest}`}`
}

/** Rounded half up to so many decimals, in integers. */
function rounded(value: bigint, decimals: number): string {
  const unit = 10n ** BigInt(9 - decimals)
  const units = (value + unit / 2n) / unit
  const digits = units.toString().padStart(decimals + 1, '0')
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`
}

const grouped = (text: string): string => text.replace(/^\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','))

function money(amount: string, currency = 'USD'): string {
  const value = nanos(amount)
  const sign = SIGNS[currency] ?? `${currency} `
  if (value === null) return `${sign}${amount}`
  const absolute = value < 0n ? -value : value
  let decimals = 2
  if (absolute < 10_000_000n && absolute > 0n) decimals = 6
  else if (absolute < 1_000_000_000n && absolute > 0n) decimals = 4
  else if (absolute % 1_000_000_000n === 0n && absolute >= 1_000_000_000_000n) decimals = 0
  return `${value < 0n ? '-' : ''}${sign}${grouped(rounded(absolute, decimals))}`
}

function wholeMoney(amount: string, currency = 'USD'): string {
  const value = nanos(amount)
  const sign = SIGNS[currency] ?? `${currency} `
  return value === null ? `${sign}${amount}` : `${sign}${grouped(rounded(value, 9))}`
}

function sizeOf(bytes: number, count: (value: number) => string): string {
  if (bytes < 1000) return `${count(bytes)} B`
  if (bytes < 1_000_000) return `${(bytes / 1000).toFixed(bytes < 10_000 ? 1 : 0)} KB`
  return `${(bytes / 1_000_000).toFixed(bytes < 10_000_000 ? 1 : 0)} MB`
}

function durationOf(ms: number, language: Language): string {
  const [second, minute, hour] = language === 'zh' ? ['秒', '分', '小时'] : ['s', 'min', 'h']
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 10) {
    const text = seconds < 1 ? seconds.toFixed(2) : seconds.toFixed(1)
    return `${text} ${second}`
  }
  if (seconds < 60) return `${seconds.toFixed(1)} ${second}`
  const whole = Math.floor(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} ${minute} ${whole % 60} ${second}`
  return `${Math.floor(whole / 3600)} ${hour} ${Math.floor((whole % 3600) / 60)} ${minute}`
}

const made = new Map<Language, Format>()

/** The format of a language; the `Intl` parts behind it are made once. */
export function formatOf(language: Language): Format {
  const before = made.get(language)
  if (before !== undefined) return before
  const locale = language === 'zh' ? 'zh-CN' : 'en'
  const numbers = new Intl.NumberFormat(locale)
  const plurals = new Intl.PluralRules(locale)
  const lists = new Intl.ListFormat(locale, { type: 'conjunction', style: 'narrow' })
  const clock = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { hour: 'numeric', minute: '2-digit' })
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short' })
  const day = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { day: 'numeric', month: 'short' })
  const exact = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, { dateStyle: 'medium', timeStyle: 'long' })
  const count = (value: number): string => numbers.format(value)
  const format: Format = {
    language,
    count,
    duration: (ms) => durationOf(ms, language),
    size: (bytes) => sizeOf(bytes, count),
    money,
    wholeMoney,
    time: (at) => clock.format(at),
    when: (at, now) => {
      if (new Date(at).toDateString() === new Date(now).toDateString()) return clock.format(at)
      return now - at < 6 * 86_400_000 && at <= now ? weekday.format(at) : day.format(at)
    },
    exactly: (at) => `${exact.format(at)} · ${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    plural: (value, one, other) => (plurals.select(value) === 'one' ? one : other),
    list: (items) => lists.format(items),
  }
  made.set(language, format)
  return format
}
