/** API keys: what may be made, changed and revoked. */

import { digestOf } from '../keys/key-ring.ts'
import { generateKey, shownPrefix } from '../keys/key-text.ts'
import type { ApiKeyRecord } from '../records/account-records.ts'
import { checkExpiry, checkName, checkSettings, checkUnused } from './account-rules.ts'
import { AccountError, type ApiKeySettings, type NewKey } from './accounts.ts'
import { quotaOf } from './organisation-plans.ts'
import type { OrganisationTable } from './organisation-table.ts'
import { type Plan, type PlanParts, newId, notFound, tableOf } from './plan.ts'

const USUAL: ApiKeySettings = {
  expiresAt: null,
  models: null,
  addresses: null,
  limits: null,
  budget: null,
  lenient: [],
  queueMs: 0,
}

export function createApiKey(
  parts: PlanParts,
  organisation: string,
  project: string,
  { name, ...asked }: Partial<ApiKeySettings> & { readonly name: string },
): Plan<NewKey<ApiKeyRecord>> {
  const entry = tableOf(parts, organisation)
  const home = entry.projects.get(project)
  if (home === undefined) throw notFound('project', project)
  if (home.status !== 'active') throw new AccountError('conflict', `the project ${project} is archived`)
  const settings = settingsOf(USUAL, asked)
  const now = parts.now()
  checkName(name)
  checkSettings(settings)
  checkExpiry(settings.expiresAt, now)
  checkLives(parts, entry, name)
  const key = generateKey(parts.random)
  const id = newId('ak', parts.random)
  const made = { prefix: shownPrefix(key), digest: digestOf(key).toString('hex'), createdAt: now }
  const record: ApiKeyRecord = { id, organisation, project, name, ...made, status: 'active', ...settings }
  return { changed: { apiKeys: [record] }, result: { key, record } }
}

export function changeApiKey(
  parts: PlanParts,
  organisation: string,
  id: string,
  { name: newName, ...asked }: Partial<ApiKeySettings> & { readonly name?: string },
): Plan<ApiKeyRecord> {
  const entry = tableOf(parts, organisation)
  const record = keptKey(parts, entry, id)
  if (record.status === 'revoked') throw new AccountError('conflict', `the API key ${id} is revoked, which is for good`)
  const name = newName ?? record.name
  const settings = settingsOf(record, asked)
  if (name !== record.name) checkName(name)
  checkSettings(settings)
  const now = parts.now()
  if (settings.expiresAt !== record.expiresAt) checkExpiry(settings.expiresAt, now)
  const changed: ApiKeyRecord = { ...record, name, ...settings }
  const livesAnew = !isLiving(record, now) || name !== record.name
  if (isLiving(changed, now) && livesAnew) checkLives(parts, entry, name, record)
  return { changed: { apiKeys: [changed] }, result: changed }
}

export function revokeApiKey(parts: PlanParts, organisation: string, id: string): Plan<ApiKeyRecord> {
  const record = keptKey(parts, tableOf(parts, organisation), id)
  if (record.status === 'revoked') return { changed: {}, result: record }
  const revoked: ApiKeyRecord = { ...record, status: 'revoked' }
  return { changed: { apiKeys: [revoked] }, result: revoked }
}

function keptKey({ table }: PlanParts, entry: OrganisationTable, id: string): ApiKeyRecord {
  const record = entry.keys.get(id)?.record
  if (record === undefined) throw notFound('API key', id)
  if (!table.isConfigured(id)) return record
  throw new AccountError('conflict', `the API key ${id} comes from the configuration, and is changed or removed there`)
}

/** Field by field: nothing else that was asked for gets into a record. */
function settingsOf(base: ApiKeySettings, asked: Partial<ApiKeySettings>): ApiKeySettings {
  const { expiresAt, models, addresses, limits, budget, lenient, queueMs } = { ...base, ...asked }
  return { expiresAt, models, addresses, limits, budget, lenient: [...new Set(lenient)], queueMs }
}

/** Expired ones have made room, and may be called up again by another time of expiry. */
function isLiving({ status, expiresAt }: ApiKeyRecord, now: number): boolean {
  return status === 'active' && (expiresAt === null || expiresAt > now)
}

/** Whether a key may live under this name; `itself`: where it is there already. Configured ones take no room. */
function checkLives(parts: PlanParts, entry: OrganisationTable, name: string, itself?: ApiKeyRecord): void {
  const now = parts.now()
  const living = [...entry.keys.values()]
    .map(({ record }) => record)
    .filter((other) => isLiving(other, now) && other.id !== itself?.id)
  checkUnused(name, living, 'API key of this organisation')
  const most = quotaOf(parts, entry).keys
  if (itself !== undefined && isLiving(itself, now)) return
  if (living.filter(({ id }) => !parts.table.isConfigured(id)).length < most) return
  throw new AccountError('limit', `this organisation has ${most} API keys already, the most that it may have`)
}
