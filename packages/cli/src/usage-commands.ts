/** `moonbase usage`, `requests` and `audit`. */

import type { Command } from 'commander'
import { type AdminFlags, adminCommand, listCommand, showList, toldPlainly } from './admin-command.ts'
import { addOneRequest } from './request-commands.ts'
import { AdminFailure, REFUSED, askServer, field } from './admin-connection.ts'
import { printOne } from './admin-output.ts'
import { withOrganisation } from './organisation-names.ts'
import type { Terminal } from './terminal.ts'

interface FilterFlags extends AdminFlags {
  readonly org?: string
  readonly project?: string
  readonly key?: string
  readonly model?: string
  readonly engine?: string
  readonly from?: string
  readonly to?: string
}

interface UsageFlags extends FilterFlags {
  readonly by?: string
  readonly bucket?: string
}

interface RequestFlags extends FilterFlags {
  readonly error?: string
  readonly api?: string
  readonly parent?: string
  readonly run?: string
}

export function addUsage(moonbase: Command, terminal: Terminal): void {
  const usage = adminCommand(moonbase, {
    name: 'usage',
    description: 'sum up tokens, money, requests and errors',
    examples: [
      'usage --by organisation --bucket all --from 2026-03-01 --to 2026-04-01',
      'usage --org org-1a2b --by key,model --bucket day --csv > march.csv',
    ],
  })
    .option('--by <columns>', 'organisation, project, key, model, engine; with commas')
    .option('--bucket <bucket>', 'hour, day or all (default: day)')
    .option('--limit <number>', 'rows at most (default: 10000)')
  addFilters(usage, 'whole hours: 2026-03-01, 2026-03-01T12:00:00Z (default: 30 days ago)').action(
    ({ by, bucket, ...flags }: UsageFlags) => {
      const columns = Object.fromEntries((by ?? '').split(',').map((name) => [name, name]))
      const shown = { at: 'at', ...(by === undefined ? {} : columns), ...USAGE_COLUMNS }
      return withOrganisation(flags.org, flags, terminal, (organisation) =>
        showList('/usage', shown, flags, terminal, { by, bucket, ...filterOf(flags, organisation) }),
      )
    },
  )
  const requests = listCommand(moonbase, {
    name: 'requests',
    description: 'list requests, newest first, without their contents; or show one',
    examples: [
      'requests --org org-1a2b --error rpm_limit',
      'requests --run nightly-7 --from 2026-03-01',
      'requests --from 2026-03-01 --limit 1000 --csv',
    ],
  })
    .option('--error <code>', 'that ended with this code of the error table')
    .option('--api <name>', 'that came by this API')
    .option('--parent <id>', 'that are a part of this request, response or batch')
    .option('--run <name>', 'that belong to this work, as their callers name it')
  addFilters(requests, '2026-03-01, 2026-03-01T12:00:00Z (default: 24 hours ago)').action(
    ({ error, api, parent, run, ...flags }: RequestFlags) =>
      withOrganisation(flags.org, flags, terminal, (organisation) => {
        const filter = { error, api, parent, run, ...filterOf(flags, organisation) }
        return showList('/requests', REQUEST_COLUMNS, flags, terminal, filter)
      }),
  )
  addOneRequest(requests, terminal)
  adminCommand(moonbase, {
    name: 'audit',
    description: 'prove the books; ends with 1 when they are not right',
    examples: ['audit', 'audit --last'],
  })
    .option('--last', 'show the last nightly audit, and make none')
    .action(({ last, ...flags }: AdminFlags & { readonly last?: true }) => audit(last === true, flags, terminal))
}

function audit(last: boolean, flags: AdminFlags, terminal: Terminal): Promise<void> {
  return toldPlainly(terminal, async () => {
    const { json } = await askServer({ method: last ? 'GET' : 'POST', path: '/audit' }, flags, terminal)
    const report = field(json, 'report')
    if (report === null) throw new AdminFailure(['there was no nightly audit since the server started'], REFUSED)
    const problems = field(report, 'problems')
    const told = Object.entries(Object(report)).filter(([name]) => flags.json === true || name !== 'problems')
    printOne(Object.fromEntries(told), flags, terminal)
    if (field(report, 'clean') === true) return
    const lines = Array.isArray(problems) ? problems.map(String) : []
    throw new AdminFailure(['the books are not right:', ...lines], REFUSED)
  })
}

function addFilters(command: Command, from: string): Command {
  return command
    .option('--org <org>', 'of this organisation alone: its id, or its name where only one has it')
    .option('--project <id>', 'of this project alone')
    .option('--key <id>', 'of this API key alone')
    .option('--model <id>', 'of this model alone')
    .option('--engine <name>', 'answered by this engine alone')
    .option('--from <time>', from)
    .option('--to <time>', 'until then, exclusive (default: now)')
    .option('--csv', 'print a table for spreadsheets')
}

function filterOf(
  { project, key, model, engine, from, to }: FilterFlags,
  organisation: string | undefined,
): Record<string, string | undefined> {
  return { organisation, project, key, model, engine, from, to }
}

const USAGE_COLUMNS = {
  requests: 'requests',
  errors: 'errors',
  prompt: 'prompt_tokens',
  cached: 'cached_tokens',
  completion: 'completion_tokens',
  reasoning: 'reasoning_tokens',
  cost: 'cost',
  currency: 'currency',
}

const REQUEST_COLUMNS = {
  at: 'at',
  organisation: 'organisation',
  key: 'key',
  model: 'model',
  engine: 'engine',
  status: 'status',
  error: 'error',
  prompt: 'prompt_tokens',
  completion: 'completion_tokens',
  cost: 'cost',
  'first ms': 'first_token_ms',
  ms: 'total_ms',
  seams: 'seams',
  id: 'id',
}
