/** When an upstream wants to be asked again, from the three headers that say so. */

/** Longer waits are not believed: nobody is sent away for years by a host's word, and limits of a day pass within one. */
const MAXIMUM_MS = 24 * 60 * 60 * 1000

/**
 * Milliseconds from now, at most a day, or `undefined` where nothing readable is said, or more than that. `retry-after-ms` is OpenAI's,
 * `retry-after` holds seconds or an HTTP date, `x-retry-after` is sent by Moonshot beside it.
 *
 * @param now milliseconds since the epoch, for dates
 */
export function readRetryAfter(headers: Readonly<Record<string, string>>, now: number): number | undefined {
  return (
    bounded(decimal(headers['retry-after-ms'])) ??
    bounded(secondsOrDate(headers['retry-after'], now)) ??
    bounded(secondsOrDate(headers['x-retry-after'], now))
  )
}

function secondsOrDate(value: string | undefined, now: number): number | undefined {
  const seconds = decimal(value)
  if (seconds !== undefined) return seconds * 1000
  // An HTTP date names its month; without that check `Date.parse` would read a year into almost any number.
  if (value === undefined || !/[a-z]{3}/i.test(value)) return undefined
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : date - now
}

function decimal(value: string | undefined): number | undefined {
  return value !== undefined && /^\s*\d{1,12}(?:\.\d{1,9})?\s*$/.test(value) ? Number(value) : undefined
}

function bounded(ms: number | undefined): number | undefined {
  return ms === undefined || ms > MAXIMUM_MS ? undefined : Math.ceil(Math.max(ms, 0))
}
