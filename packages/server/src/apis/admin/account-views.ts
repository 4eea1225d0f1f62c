/** Accounts as operators see them: amounts and times as text, and never a digest. */

import type {
  AdminKeyRecord,
  ApiKeyRecord,
  OrganisationRecord,
  PriceRecord,
  ProjectRecord,
  RateLimits,
  TierRecord,
} from '../../records/account-records.ts'
import type { OrganisationAccount } from '../../accounts/accounts.ts'
import type { Budget } from '../../records/budget.ts'
import { unitsText } from '../../records/money.ts'
import { priceText, timeText } from './formats.ts'
import type { AdminReply } from './operation.ts'

export function organisationView(
  { id, name, currency, status, tier, createdAt }: OrganisationRecord,
  account: OrganisationAccount,
): AdminReply {
  return {
    id,
    name,
    currency,
    status,
    tier: account.tier,
    tier_fixed: tier !== null,
    limits: limitsView(account.limits),
    recharged: unitsText(account.recharged),
    created_at: timeText(createdAt),
  }
}

export function projectView(project: ProjectRecord): AdminReply {
  const { id, organisation, name, status, limits, budget, contentRetentionDays, createdAt } = project
  return {
    id,
    organisation,
    name,
    status,
    limits: limits === null ? null : limitsView(limits),
    budget: budgetView(budget),
    content_retention_days: contentRetentionDays,
    created_at: timeText(createdAt),
  }
}

export function apiKeyView(key: ApiKeyRecord): AdminReply {
  return {
    id: key.id,
    organisation: key.organisation,
    project: key.project,
    name: key.name,
    prefix: key.prefix,
    status: key.status,
    created_at: timeText(key.createdAt),
    expires_at: timeOrNull(key.expiresAt),
    models: key.models,
    addresses: key.addresses,
    limits: key.limits === null ? null : limitsView(key.limits),
    budget: budgetView(key.budget),
    lenient: key.lenient,
    queue_ms: key.queueMs,
  }
}

export function adminKeyView(key: AdminKeyRecord): AdminReply {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    status: key.status,
    scopes: key.scopes,
    organisation: key.organisation,
    created_at: timeText(key.createdAt),
    expires_at: timeOrNull(key.expiresAt),
  }
}

export function tierView({ name, recharge, ...rates }: TierRecord): AdminReply {
  const { USD, CNY } = recharge
  return { name, ...limitsView(rates), recharge: { USD: amountOrNull(USD), CNY: amountOrNull(CNY) } }
}

export function priceView(price: PriceRecord): AdminReply {
  return {
    id: price.id,
    source: 'set',
    model: price.model,
    engine: price.engine,
    currency: price.currency,
    from: timeText(price.from),
    to: timeOrNull(price.to),
    hit: price.hit === null ? null : priceText(price.hit),
    miss: priceText(price.miss),
    output: priceText(price.output),
    batch_percent: price.batchPercent,
    web_search: unitsText(price.webSearch),
  }
}

/** Field by field: what else a record may have is not for others. */
function limitsView({ concurrency, rpm, tpm, tpd }: RateLimits): AdminReply {
  return { concurrency, rpm, tpm, tpd }
}

function budgetView(budget: Budget | null): AdminReply | null {
  return budget === null ? null : { amount: unitsText(budget.amount), period: budget.period }
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : timeText(ms)
}

function amountOrNull(nano: number | null): string | null {
  return nano === null ? null : unitsText(nano)
}
