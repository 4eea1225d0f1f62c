/** `moonbase key`, `moonbase admin-key` and `moonbase whoami`. */

import type { Command } from 'commander'
import { type AdminFlags, adminCommand, change, listCommand, pathOf, said, showList, showOne } from './admin-command.ts'
import { budget, duration, limits, list, listOrAny, listOrNone, timeOrNever } from './admin-values.ts'
import { pathOfOrganisation, withOrganisation } from './organisation-names.ts'
import type { Terminal } from './terminal.ts'

interface KeyFlags extends AdminFlags {
  readonly name?: string
  readonly project?: string
  readonly expires?: unknown
  readonly models?: unknown
  readonly addresses?: unknown
  readonly limits?: unknown
  readonly budget?: unknown
  readonly lenient?: unknown
  readonly queue?: unknown
}

interface AdminKeyFlags extends AdminFlags {
  readonly scopes: string[]
  readonly organisation?: string
  readonly expires?: unknown
}

export function addKeys(moonbase: Command, terminal: Terminal): void {
  const key = moonbase.command('key').description('API keys: what clients come with')
  listCommand(key, { name: 'list', arguments: '<org>', description: 'list those of an organisation' })
    .option('--project <id>', 'of this project alone')
    .action((org: string, { project, ...flags }: KeyFlags) =>
      showList(pathOfOrganisation(org, 'api-keys'), KEY_COLUMNS, flags, terminal, { project }),
    )
  addSettings(
    adminCommand(key, {
      name: 'create',
      arguments: '<org> <name>',
      description: 'create an API key and show it, this once',
      examples: [
        'key create org-1a2b laptop --project proj-3c4d',
        'key create org-1a2b ci --project proj-3c4d --models kimi-k2.5 --budget 5/month --expires 2027-01-01',
      ],
    }).requiredOption('--project <id>', 'its project'),
  ).action((org: string, name: string, flags: KeyFlags) =>
    change(
      pathOfOrganisation(org, 'api-keys'),
      said({ project: flags.project, name, ...settings(flags) }),
      flags,
      terminal,
    ),
  )
  addSettings(
    adminCommand(key, {
      name: 'set',
      arguments: '<org> <key>',
      description: 'change what an API key may do',
      examples: ['key set org-1a2b ak-5e6f --models any --queue 30s'],
    }).option('--name <name>', 'another name'),
  ).action((org: string, one: string, flags: KeyFlags) =>
    change(pathOfOrganisation(org, 'api-keys', one), said({ name: flags.name, ...settings(flags) }), flags, terminal),
  )
  adminCommand(key, {
    name: 'revoke',
    arguments: '<org> <key>',
    description: 'close an API key at once and for good',
  }).action((org: string, one: string, flags: AdminFlags) =>
    change(pathOfOrganisation(org, 'api-keys', one, 'revoke'), undefined, flags, terminal),
  )
}

export function addAdminKeys(moonbase: Command, terminal: Terminal): void {
  const key = moonbase.command('admin-key').description('admin keys: what operators come with')
  listCommand(key, { name: 'list', description: 'list admin keys' }).action((flags: AdminFlags) =>
    showList('/admin-keys', ADMIN_KEY_COLUMNS, flags, terminal),
  )
  adminCommand(key, {
    name: 'create',
    arguments: '<name>',
    description: 'create an admin key and show it, this once',
    examples: [
      'admin-key create prometheus --scopes metrics',
      'admin-key create acme-admin --scopes accounts:read,accounts:write,usage:read --organisation org-1a2b',
    ],
  })
    .requiredOption(
      '--scopes <scopes>',
      'accounts:read, accounts:write, money:read, money:write, usage:read, contents:read, audit, metrics; with commas',
      list,
    )
    .option('--organisation <org>', 'only for this one, by its id or name (default: an operator, for all of them)')
    .option('--expires <time>', '2027-01-01, or a time with its zone')
    .action((name: string, { scopes, organisation, expires, ...flags }: AdminKeyFlags) =>
      withOrganisation(organisation, flags, terminal, (id) =>
        change('/admin-keys', said({ name, scopes, organisation: id, expires_at: expires }), flags, terminal),
      ),
    )
  adminCommand(key, {
    name: 'revoke',
    arguments: '<id>',
    description: 'close an admin key at once and for good',
  }).action((id: string, flags: AdminFlags) => change(pathOf('admin-keys', id, 'revoke'), undefined, flags, terminal))
  adminCommand(moonbase, { name: 'whoami', description: 'show the admin key that the commands come with' }).action(
    (flags: AdminFlags) => showOne('/me', flags, terminal),
  )
}

function addSettings(command: Command): Command {
  return command
    .option('--expires <time>', '2027-01-01, a time with its zone, or never', timeOrNever)
    .option('--models <ids>', 'what it may ask, with commas, or any', listOrAny)
    .option('--addresses <networks>', 'where it may come from: 10.0.0.0/8,::1, or any', listOrAny)
    .option('--limits <limits>', 'concurrency=5,rpm=20,tpm=…,tpd=… (left out: no limit), or none', limits)
    .option('--budget <budget>', 'what it may spend: 50/month, 50/total, or none', budget)
    .option('--lenient <switches>', 'lenient switches, with commas, or none', listOrNone)
    .option('--queue <time>', 'how long its requests may wait for a limit: 30s', duration)
}

function settings(flags: KeyFlags): Record<string, unknown> {
  const { expires, models, addresses, limits: rates, budget: money, lenient, queue } = flags
  return { expires_at: expires, models, addresses, limits: rates, budget: money, lenient, queue_ms: queue }
}

const KEY_COLUMNS = {
  id: 'id',
  name: 'name',
  project: 'project',
  key: 'prefix',
  status: 'status',
  models: 'models',
  budget: 'budget.amount',
  per: 'budget.period',
  expires: 'expires_at',
}

const ADMIN_KEY_COLUMNS = {
  id: 'id',
  name: 'name',
  key: 'prefix',
  status: 'status',
  organisation: 'organisation',
  scopes: 'scopes',
  expires: 'expires_at',
}
