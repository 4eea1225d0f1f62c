/** Admin keys: what may be made and revoked. */

import { digestOf } from '../keys/key-ring.ts'
import { generateAdminKey, shownPrefix } from '../keys/key-text.ts'
import type { AdminKeyRecord } from '../records/account-records.ts'
import { checkExpiry, checkName, checkScopes, checkUnused } from './account-rules.ts'
import { AccountError, type NewKey } from './accounts.ts'
import { type Plan, type PlanParts, newId, notFound, tableOf } from './plan.ts'

/** Far more than people and programs that operate one server; each is held in memory by every gateway. */
const MOST_ADMIN_KEYS = 1_000

export function createAdminKey(
  parts: PlanParts,
  { name, scopes, organisation, expiresAt }: Pick<AdminKeyRecord, 'name' | 'scopes' | 'organisation' | 'expiresAt'>,
): Plan<NewKey<AdminKeyRecord>> {
  const now = parts.now()
  checkName(name)
  checkScopes(scopes)
  checkExpiry(expiresAt, now)
  if (organisation !== null) tableOf(parts, organisation)
  const living = parts.table
    .adminKeys()
    .filter((other) => other.status === 'active' && (other.expiresAt === null || other.expiresAt > now))
  checkUnused(name, living, 'admin key')
  if (living.length >= MOST_ADMIN_KEYS)
    throw new AccountError('limit', `there are ${MOST_ADMIN_KEYS} admin keys already`)
  const key = generateAdminKey(parts.random)
  const record: AdminKeyRecord = {
    id: newId('adm', parts.random),
    name,
    prefix: shownPrefix(key),
    digest: digestOf(key).toString('hex'),
    status: 'active',
    scopes: [...new Set(scopes)],
    organisation,
    createdAt: now,
    expiresAt,
  }
  return { changed: { adminKeys: [record] }, result: { key, record } }
}

export function revokeAdminKey({ table }: PlanParts, id: string): Plan<AdminKeyRecord> {
  const record = table.adminKey(id)
  if (record === undefined) throw notFound('admin key', id)
  if (table.isConfigured(id)) {
    throw new AccountError('conflict', `the admin key ${id} comes from outside the accounts, and is removed there`)
  }
  if (record.status === 'revoked') return { changed: {}, result: record }
  const revoked: AdminKeyRecord = { ...record, status: 'revoked' }
  return { changed: { adminKeys: [revoked] }, result: revoked }
}
