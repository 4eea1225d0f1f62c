/** Numbers, durations, sizes, money and dates as a language writes them; money is a text of decimals from end to end. */

import { exactMoney, shownMoney } from '../money.ts'

export type Language = 'en' | 'zh'

export interface Format {
  readonly language: Language
  /** 2871 → `2,871` */
  readonly count: (value: number) => string
  /** Milliseconds → `0.38 s`, `14.1 s`, `4 min 12 s`. */
  readonly duration: (ms: number) => string
  /** Tokens a second: `62.7`, `1,310`. */
  readonly rate: (value: number) => string
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

const grouped = (text: string): string => text.replace(/\d+/, (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ','))

/** Whole thousands and more need no cents. */
function money(amount: string, currency = 'USD'): string {
  const text = grouped(shownMoney(amount, currency))
  return /,\d{3}\.00$/.test(text) ? text.slice(0, -3) : text
}

const wholeMoney = (amount: string, currency = 'USD'): string => grouped(exactMoney(amount, currency))

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
    return `${text === '0.00' ? '<0.01' : text} ${second}`
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
    rate: (value) => (value < 1000 ? value.toFixed(1) : count(Math.round(value))),
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
