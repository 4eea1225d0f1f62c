/** What stands behind options of the operator's commands, as the API takes it. */

import { InvalidArgumentError } from 'commander'

/** The API's `null`: commander makes an empty text of a `null`. */
export const NULL = Symbol('null')

const LIMIT_NAMES = ['concurrency', 'rpm', 'tpm', 'tpd'] as const

/** `concurrency=5,rpm=20`: what is left out has no limit. `none`: no limits of its own. */
export function limits(text: string): Record<string, number | null> | typeof NULL {
  if (text === 'none') return NULL
  const given = pairs(text, LIMIT_NAMES)
  return Object.fromEntries(
    LIMIT_NAMES.map((name) => {
      const limit = given.get(name)
      if (limit !== undefined && !/^\d{1,15}$/.test(limit)) {
        throw new InvalidArgumentError(`${name} must be a whole number.`)
      }
      return [name, limit === undefined ? null : Number(limit)]
    }),
  )
}

/** `50/month`, `50/total`, or `none`. The server checks the amount. */
export function budget(text: string): { amount: string; period: string } | typeof NULL {
  if (text === 'none') return NULL
  const [, amount, period] = /^([^/]+)\/(month|total)$/.exec(text) ?? []
  if (amount === undefined || period === undefined) {
    throw new InvalidArgumentError('Write 50/month, 50/total, or none.')
  }
  return { amount, period }
}

/** `USD=10,CNY=70`: what is left out cannot be recharged for. */
export function thresholds(text: string): Record<string, string | null> {
  const given = pairs(text, ['USD', 'CNY'])
  return { USD: given.get('USD') ?? null, CNY: given.get('CNY') ?? null }
}

export function list(text: string): string[] {
  return text.split(',').map((one) => one.trim())
}

/** A list, or `any`. */
export function listOrAny(text: string): string[] | typeof NULL {
  return text === 'any' ? NULL : list(text)
}

/** A list, or `none`. */
export function listOrNone(text: string): string[] {
  return text === 'none' ? [] : list(text)
}

export function timeOrNever(text: string): string | typeof NULL {
  return text === 'never' ? NULL : text
}

export function nameOrAny(text: string): string | typeof NULL {
  return text === 'any' ? NULL : text
}

export function tierOrAuto(text: string): string | typeof NULL {
  return text === 'auto' ? NULL : text
}

/** A number of days, or `none`. The server knows how many. */
export function daysOrNone(text: string): number | typeof NULL {
  if (text === 'none') return NULL
  if (!/^\d{1,4}$/.test(text)) throw new InvalidArgumentError('Write a number of days, such as 7, or none.')
  return Number(text)
}

export function percent(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new InvalidArgumentError('Write a whole number, such as 60.')
  return Number(text)
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 }

/** `30s` in milliseconds. */
export function duration(text: string): number {
  const [, count, unit = ''] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('Write 500ms, 30s or 2m.')
  return Number(count) * (UNITS[unit] ?? 1)
}

function pairs(text: string, names: readonly string[]): Map<string, string> {
  const found = new Map<string, string>()
  for (const pair of text.split(',')) {
    const [name = '', value] = pair.split('=').map((part) => part.trim())
    if (!names.includes(name) || value === undefined || value === '' || found.has(name)) {
      throw new InvalidArgumentError(`Write ${names.map((one) => `${one}=…`).join(',')}; each may be left out.`)
    }
    found.set(name, value)
  }
  return found
}
