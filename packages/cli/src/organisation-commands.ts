/** `moonbase org` and `moonbase project`. */

import type { Command } from 'commander'
import { type AdminFlags, adminCommand, change, listCommand, said, showList, showOne } from './admin-command.ts'
import { budget, daysOrNone, limits, tierOrAuto } from './admin-values.ts'
import { pathOfOrganisation } from './organisation-names.ts'
import type { Terminal } from './terminal.ts'

interface OrganisationFlags extends AdminFlags {
  readonly name?: string
  readonly currency?: string
  readonly tier?: unknown
}

interface ProjectFlags extends AdminFlags {
  readonly name?: string
  readonly limits?: unknown
  readonly budget?: unknown
  readonly contentRetention?: unknown
}

const LIMITS = ['--limits <limits>', 'concurrency=5,rpm=20,tpm=…,tpd=… (left out: no limit), or none', limits] as const
const BUDGET = ['--budget <budget>', 'what it may spend: 50/month, 50/total, or none', budget] as const
const CONTENTS = [
  '--content-retention <days>',
  'how long what is asked and answered is kept: 7, or none',
  daysOrNone,
] as const

export function addOrganisations(moonbase: Command, terminal: Terminal): void {
  const org = moonbase.command('org').description('organisations: who may call at all')
  listCommand(org, { name: 'list', description: 'list organisations' }).action((flags: AdminFlags) =>
    showList('/organisations', COLUMNS, flags, terminal),
  )
  adminCommand(org, { name: 'show', arguments: '<org>', description: 'show one' }).action(
    (given: string, flags: AdminFlags) => showOne(pathOfOrganisation(given), flags, terminal),
  )
  adminCommand(org, {
    name: 'create',
    arguments: '<name>',
    description: 'create an organisation',
    examples: ['org create acme --currency USD', 'org create acme --currency CNY --tier 3'],
  })
    .requiredOption('--currency <currency>', 'USD or CNY, for good')
    .option('--tier <name>', 'a fixed tier, or auto: by what is recharged (default)', tierOrAuto)
    .action((name: string, { currency, tier, ...flags }: OrganisationFlags) =>
      change('/organisations', said({ name, currency, tier }), flags, terminal),
    )
  adminCommand(org, {
    name: 'set',
    arguments: '<org>',
    description: 'rename it, or give it a tier',
    examples: ['org set org-1a2b --tier 5', 'org set acme --tier auto'],
  })
    .option('--name <name>', 'another name')
    .option('--tier <name>', 'a fixed tier, or auto: by what is recharged', tierOrAuto)
    .action((given: string, { name, tier, ...flags }: OrganisationFlags) =>
      change(pathOfOrganisation(given), said({ name, tier }), flags, terminal),
    )
  for (const [name, status, description] of [
    ['suspend', 'suspended', 'refuse its requests from now on'],
    ['resume', 'active', 'answer its requests again'],
  ] as const) {
    adminCommand(org, { name, arguments: '<org>', description }).action((given: string, flags: AdminFlags) =>
      change(pathOfOrganisation(given), { status }, flags, terminal),
    )
  }
}

export function addProjects(moonbase: Command, terminal: Terminal): void {
  const project = moonbase
    .command('project')
    .description('projects: parts of an organisation, with budgets of their own')
  listCommand(project, { name: 'list', arguments: '<org>', description: 'list those of an organisation' }).action(
    (org: string, flags: AdminFlags) => showList(pathOfOrganisation(org, 'projects'), PROJECT_COLUMNS, flags, terminal),
  )
  adminCommand(project, {
    name: 'create',
    arguments: '<org> <name>',
    description: 'create a project',
    examples: ['project create org-1a2b chatbot --budget 50/month --limits rpm=100'],
  })
    .option(...LIMITS)
    .option(...BUDGET)
    .option(...CONTENTS)
    .action((org: string, name: string, flags: ProjectFlags) =>
      change(pathOfOrganisation(org, 'projects'), said({ name, ...settings(flags) }), flags, terminal),
    )
  adminCommand(project, {
    name: 'set',
    arguments: '<org> <project>',
    description: 'change a project',
    examples: ['project set org-1a2b proj-3c4d --budget none', 'project set org-1a2b proj-3c4d --content-retention 7'],
  })
    .option('--name <name>', 'another name')
    .option(...LIMITS)
    .option(...BUDGET)
    .option(...CONTENTS)
    .action((org: string, one: string, flags: ProjectFlags) =>
      change(pathOfOrganisation(org, 'projects', one), said({ name: flags.name, ...settings(flags) }), flags, terminal),
    )
  for (const [name, status, description] of [
    ['archive', 'archived', 'close it: its keys open nothing any more'],
    ['restore', 'active', 'take it up again'],
  ] as const) {
    adminCommand(project, { name, arguments: '<org> <project>', description }).action(
      (org: string, one: string, flags: AdminFlags) =>
        change(pathOfOrganisation(org, 'projects', one), { status }, flags, terminal),
    )
  }
}

function settings({ limits: rates, budget: money, contentRetention }: ProjectFlags): Record<string, unknown> {
  return { limits: rates, budget: money, content_retention_days: contentRetention }
}

const COLUMNS = {
  id: 'id',
  name: 'name',
  currency: 'currency',
  status: 'status',
  tier: 'tier',
  recharged: 'recharged',
  created: 'created_at',
}

const PROJECT_COLUMNS = {
  id: 'id',
  name: 'name',
  status: 'status',
  budget: 'budget.amount',
  per: 'budget.period',
  rpm: 'limits.rpm',
  'contents (days)': 'content_retention_days',
  created: 'created_at',
}
