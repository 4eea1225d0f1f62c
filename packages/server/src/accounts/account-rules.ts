/** What an account may be like, whoever asks for it. */

import { MODELS, isLenientSwitch } from '@moonbase/protocol'
import { checkNetwork } from '../configuration/addresses.ts'
import type { Budget } from '../records/budget.ts'
import { CURRENCIES, type Currency } from '../records/money.ts'
import {
  ADMIN_SCOPES,
  type AdminScope,
  type PriceRecord,
  type RateLimits,
  type TierRecord,
} from '../records/account-records.ts'
import { AccountError, type ApiKeySettings } from './accounts.ts'

const NAME_CHARACTERS = 64
const LIST_ENTRIES = 100
/** Ten minutes: longer than any client waits. */
const LONGEST_QUEUE_MS = 600_000
/** A quarter: long enough to look into what went wrong, and no archive of what people said. */
export const MOST_RETENTION_DAYS = 90
/** 9000 units for a million tokens: so the dearest request is still a safe integer. */
const MOST_PER_TOKEN = 9_000_000

/** Control and format characters, lone surrogates, ends of lines: what does not show, or shows otherwise than it reads. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u

/** @throws AccountError as all of these */
export function checkName(name: string): void {
  const length = Array.from(name).length
  const isFine = length >= 1 && length <= NAME_CHARACTERS && !UNPRINTABLE.test(name) && name.trim() === name
  if (!isFine) throw invalid(`name must have 1 to ${NAME_CHARACTERS} printable characters, and no blanks at its ends`)
}

/** Among those that are living; `what` calls the kind of thing by name. */
export function checkUnused(name: string, others: Iterable<{ readonly name: string }>, what: string): void {
  for (const other of others) {
    if (other.name === name) throw new AccountError('conflict', `another ${what} has the name ${JSON.stringify(name)}`)
  }
}

export function checkCurrency(currency: Currency): void {
  if (!CURRENCIES.includes(currency)) throw invalid(`currency must be one of ${CURRENCIES.join(', ')}`)
}

export function checkStatus<Status extends string>(status: Status, known: readonly Status[]): void {
  if (!known.includes(status)) throw invalid(`status must be ${known.join(' or ')}`)
}

export function checkLimits(limits: RateLimits | null): void {
  if (limits === null) return
  for (const name of ['concurrency', 'rpm', 'tpm', 'tpd'] as const) {
    const limit = limits[name]
    if (limit !== null && !(Number.isSafeInteger(limit) && limit > 0)) {
      throw invalid(`${name} must be a whole number above 0, or null for no limit`)
    }
  }
}

export function checkBudget(budget: Budget | null): void {
  if (budget === null) return
  checkAmount(budget.amount, 'the amount of a budget')
  if (budget.period !== 'month' && budget.period !== 'total') throw invalid('a budget is for a month or in total')
}

export function checkContentRetention(days: number | null): void {
  if (days === null || (Number.isInteger(days) && days >= 1 && days <= MOST_RETENTION_DAYS)) return
  throw invalid(`content_retention_days must be a whole number from 1 to ${MOST_RETENTION_DAYS}, or null`)
}

export function checkExpiry(expiresAt: number | null, now: number): void {
  if (expiresAt === null) return
  if (!Number.isSafeInteger(expiresAt)) throw invalid('expires_at must be a time')
  if (expiresAt <= now) throw invalid('expires_at must lie in the future; a key is closed at once by revoking it')
}

export function checkScopes(scopes: readonly AdminScope[]): void {
  if (scopes.length === 0) throw invalid('an admin key needs a scope')
  const unknown = scopes.find((scope) => !ADMIN_SCOPES.includes(scope))
  if (unknown !== undefined) throw invalid(`there is no scope ${JSON.stringify(unknown)}`)
}

/** All settings but the time of expiry, which is looked at only when it is new. */
export function checkSettings({ models, addresses, limits, budget, lenient, queueMs }: ApiKeySettings): void {
  checkList(models, 'models')
  for (const model of models ?? []) checkModel(model)
  checkList(addresses, 'addresses')
  for (const address of addresses ?? []) {
    // The zone of a link-local address is a matter of one machine.
    const checked = address.includes('%') ? { wrong: 'must be without a zone' } : checkNetwork(address)
    if ('wrong' in checked) throw invalid(`${JSON.stringify(address)} among the addresses ${checked.wrong}`)
  }
  checkLimits(limits)
  checkBudget(budget)
  const unknown = lenient.find((name) => !isLenientSwitch(name))
  if (unknown !== undefined) throw invalid(`there is no lenient switch ${JSON.stringify(unknown)}`)
  if (!Number.isInteger(queueMs) || queueMs < 0 || queueMs > LONGEST_QUEUE_MS) {
    throw invalid(`queue_ms must be a whole number from 0 to ${LONGEST_QUEUE_MS}`)
  }
}

export function checkTier(tier: TierRecord): void {
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(tier.name)) {
    throw invalid('the name of a tier must have 1 to 64 letters, digits, ".", "-" and "_"')
  }
  checkLimits(tier)
  for (const currency of CURRENCIES) {
    const threshold = tier.recharge[currency]
    if (threshold !== null) checkAmount(threshold, `the recharge in ${currency}`)
  }
}

export function checkPrice(price: Omit<PriceRecord, 'id' | 'to'>): void {
  checkModel(price.model)
  checkCurrency(price.currency)
  if (price.engine === '') throw invalid('engine must be a name, or null for all engines')
  if (!Number.isSafeInteger(price.from)) throw invalid('from must be a time')
  for (const name of ['hit', 'miss', 'output'] as const) {
    const perToken = price[name]
    if (perToken === null && name === 'hit') continue
    if (!Number.isInteger(perToken) || (perToken ?? -1) < 0 || (perToken ?? 0) > MOST_PER_TOKEN) {
      throw invalid(`${name} must be a whole number of nano-units per token, at most ${MOST_PER_TOKEN}`)
    }
  }
  checkAmount(price.webSearch, 'web_search')
  const { batchPercent } = price
  if (!Number.isInteger(batchPercent) || batchPercent < 1 || batchPercent > 100) {
    throw invalid('batch_percent must be a whole number from 1 to 100')
  }
}

function checkModel(model: string): void {
  if (!MODELS.some(({ id }) => id === model))
    throw invalid(`there is no model ${JSON.stringify(model)} in the catalogue`)
}

function checkList(list: readonly string[] | null, name: string): void {
  if (list === null) return
  if (list.length === 0) throw invalid(`${name} must name one at least; null stands for all`)
  if (list.length > LIST_ENTRIES) throw invalid(`${name} may have ${LIST_ENTRIES} entries at most`)
}

function checkAmount(amount: number, what: string): void {
  if (!Number.isSafeInteger(amount) || amount < 0)
    throw invalid(`${what} must be a whole number of nano-units, not below 0`)
}

function invalid(message: string): AccountError {
  return new AccountError('invalid', message)
}
