/** What configured keys need among the accounts: an organisation and a project each, and a text that no other key has. */

import { StartError } from '../records/start-error.ts'
import type { ConfiguredKeys } from './configured-keys.ts'
import type { OrganisationRecord, ProjectRecord } from '../records/account-records.ts'
import type { AccountTable } from './account-table.ts'
import { DEVELOPMENT_TIER } from './tier-table.ts'

export interface MissingAccounts {
  readonly organisations: readonly OrganisationRecord[]
  readonly projects: readonly ProjectRecord[]
}

/** Those that are not there yet. Names are as they were configured, also where another one has the same: ids differ. */
export function missingAccounts({ apiKeys }: ConfiguredKeys, table: AccountTable, now: number): MissingAccounts {
  const organisations = new Map<string, OrganisationRecord>()
  const projects = new Map<string, ProjectRecord>()
  for (const { organisation, project } of apiKeys) {
    const entry = table.find(organisation.id)
    if (entry === undefined) {
      const usual = { currency: 'USD', status: 'active', tier: DEVELOPMENT_TIER } as const
      organisations.set(organisation.id, { ...organisation, ...usual, createdAt: now })
    }
    if (entry?.projects.has(project.id) !== true) {
      const usual = { status: 'active', limits: null, budget: null, contentRetentionDays: null } as const
      projects.set(project.id, { ...project, organisation: organisation.id, ...usual, createdAt: now })
    }
  }
  return { organisations: [...organisations.values()], projects: [...projects.values()] }
}

/** @throws StartError for a configured key that is kept with the accounts already, be it revoked there */
export function assertApart({ apiKeys, adminKey }: ConfiguredKeys, table: AccountTable): void {
  const kept = table.keptDigests()
  for (const { digest, source } of [...apiKeys, adminKey]) {
    const id = kept.get(digest)
    if (id !== undefined)
      throw new StartError(`${source} is the same key as ${id} of the accounts; each must have its own`)
  }
}
