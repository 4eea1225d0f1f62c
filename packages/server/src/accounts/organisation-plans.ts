/** Organisations and their projects: what may be made and changed. */

import type { OrganisationRecord, ProjectRecord } from '../records/account-records.ts'
import {
  checkBudget,
  checkContentRetention,
  checkCurrency,
  checkLimits,
  checkName,
  checkStatus,
  checkUnused,
} from './account-rules.ts'
import { AccountError, type OrganisationChange, type ProjectChange, type ProjectSettings } from './accounts.ts'
import type { OrganisationTable } from './organisation-table.ts'
import { type Plan, type PlanParts, newId, notFound, tableOf } from './plan.ts'
import { LOWEST_TIER } from './tier-table.ts'

export function createOrganisation(
  { table, now, random }: PlanParts,
  { name, currency, tier }: Pick<OrganisationRecord, 'name' | 'currency' | 'tier'>,
): Plan<OrganisationRecord> {
  checkName(name)
  checkUnused(name, table.organisations(), 'organisation')
  checkCurrency(currency)
  checkTierName(table, tier)
  return organisationPlan({ id: newId('org', random), name, currency, status: 'active', tier, createdAt: now() })
}

export function changeOrganisation(
  { table }: PlanParts,
  id: string,
  change: OrganisationChange,
): Plan<OrganisationRecord> {
  const entry = tableOf({ table }, id).entry
  if (entry === undefined) throw notFound('organisation', id)
  const { account: _, ...record } = entry
  const { name = record.name, status = record.status, tier = record.tier } = change
  if (name !== record.name) {
    checkName(name)
    checkUnused(name, table.organisations(), 'organisation')
  }
  checkStatus(status, ['active', 'suspended'])
  if (tier !== record.tier) checkTierName(table, tier)
  return organisationPlan({ ...record, name, status, tier })
}

export function createProject(
  parts: PlanParts,
  organisation: string,
  { name, limits, budget, contentRetentionDays }: ProjectSettings & { readonly name: string },
): Plan<ProjectRecord> {
  const own = tableOf(parts, organisation)
  checkName(name)
  checkLimits(limits)
  checkBudget(budget)
  checkContentRetention(contentRetentionDays)
  checkLives(parts, own, name)
  const id = newId('proj', parts.random)
  const settings = { limits, budget, contentRetentionDays }
  return projectPlan({ id, organisation, name, status: 'active', ...settings, createdAt: parts.now() })
}

export function changeProject(
  parts: PlanParts,
  organisation: string,
  id: string,
  change: ProjectChange,
): Plan<ProjectRecord> {
  const own = tableOf(parts, organisation)
  const record = own.projects.get(id)
  if (record === undefined) throw notFound('project', id)
  const { name = record.name, status = record.status, limits = record.limits, budget = record.budget } = change
  const { contentRetentionDays = record.contentRetentionDays } = change
  if (name !== record.name) checkName(name)
  checkStatus(status, ['active', 'archived'])
  checkLimits(limits)
  checkBudget(budget)
  checkContentRetention(contentRetentionDays)
  const livesAnew = record.status !== 'active' || name !== record.name
  if (status === 'active' && livesAnew) checkLives(parts, own, name, record)
  return projectPlan({ ...record, name, status, limits, budget, contentRetentionDays })
}

/** Whether a project may live under this name; `itself`: where it is there already. */
function checkLives(parts: PlanParts, own: OrganisationTable, name: string, itself?: ProjectRecord): void {
  const living = [...own.projects.values()].filter((other) => other.status === 'active' && other.id !== itself?.id)
  checkUnused(name, living, 'project of this organisation')
  const most = quotaOf(parts, own).projects
  if (itself?.status === 'active' || living.length < most) return
  throw new AccountError('limit', `this organisation has ${most} projects already, the most that it may have`)
}

export function quotaOf(
  { quotas }: Pick<PlanParts, 'quotas'>,
  { entry }: OrganisationTable,
): PlanParts['quotas']['lowest'] {
  return entry?.account.tier === LOWEST_TIER ? quotas.lowest : quotas.others
}

function checkTierName(table: PlanParts['table'], tier: string | null): void {
  if (tier === null || table.tiers.has(tier)) return
  throw new AccountError('invalid', `there is no tier ${JSON.stringify(tier)}`)
}

function organisationPlan(record: OrganisationRecord): Plan<OrganisationRecord> {
  return { changed: { organisations: [record] }, result: record }
}

function projectPlan(record: ProjectRecord): Plan<ProjectRecord> {
  return { changed: { projects: [record] }, result: record }
}
