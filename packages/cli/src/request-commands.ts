/** `moonbase requests show` and `requests forget`: one request, and what was kept of its contents. */

import type { Command } from 'commander'
import { type AdminFlags, type Path, adminCommand, pathOf, placed, showOne, toldPlainly } from './admin-command.ts'
import { AdminFailure, REFUSED, askServer, field, plain } from './admin-connection.ts'
import { printOne } from './admin-output.ts'
import { pathOfOrganisation } from './organisation-names.ts'
import type { Terminal } from './terminal.ts'

interface ShowFlags extends AdminFlags {
  readonly content?: true
  readonly timeline?: true
}

interface ForgetFlags extends AdminFlags {
  readonly org?: string
  readonly project?: string
}

export function addOneRequest(requests: Command, terminal: Terminal): void {
  // What stands behind `show` is for it, and not for the list.
  requests.enablePositionalOptions()
  adminCommand(requests, {
    name: 'show',
    arguments: '<id>',
    description:
      'show one request; with --content what it asked and was answered, where that is kept; with --timeline who was asked and when',
    examples: ['requests show 5e2f8c --content', 'requests show 5e2f8c --timeline'],
  })
    .option('--content', 'what was asked and answered, which needs the scope contents:read')
    .option('--timeline', 'attempts, seams, phases and transfers, as JSON')
    .action((id: string, flags: ShowFlags) => {
      if (flags.content === true) return showContent(id, flags, terminal)
      // It is lists within lists: no table would hold it.
      if (flags.timeline === true)
        return showOne(pathOf('requests', id, 'timeline'), { ...flags, json: true }, terminal)
      return showOne(pathOf('requests', id), flags, terminal)
    })
  adminCommand(requests, {
    name: 'forget',
    arguments: '[id]',
    description: 'delete what was kept of the contents of one request, or of all of a project',
    examples: ['requests forget 5e2f8c', 'requests forget --org org-1a2b --project proj-3c4d'],
  })
    .option('--org <org>', 'the organisation of the project: its id, or its name where only one has it')
    .option('--project <id>', 'all requests of this project')
    .action((id: string | undefined, flags: ForgetFlags) => forget(id, flags, terminal))
}

function showContent(id: string, flags: AdminFlags, terminal: Terminal): Promise<void> {
  return toldPlainly(terminal, async () => {
    const { json } = await askServer({ method: 'GET', path: pathOf('requests', id, 'content') }, flags, terminal)
    if (flags.json === true) return printOne(json, flags, terminal)
    const told = Object.entries(Object(json)).filter(([name]) => name !== 'asked' && name !== 'answered')
    printOne(Object.fromEntries(told), flags, terminal)
    for (const side of ['asked', 'answered'] as const) {
      const lines = JSON.stringify(field(json, side), null, 2).split('\n')
      terminal.writeOut(`\n${side}:\n${lines.map(plain).join('\n')}\n`)
    }
  })
}

function forget(id: string | undefined, { org, project, ...flags }: ForgetFlags, terminal: Terminal): Promise<void> {
  return toldPlainly(terminal, async () => {
    const path = forgottenPath(id, org, project)
    if (path === undefined) {
      throw new AdminFailure(['name the id of one request, or --org and --project for all of a project'], REFUSED)
    }
    const question = { method: 'DELETE', path: await placed(path, flags, terminal) } as const
    const { json } = await askServer(question, flags, terminal)
    printOne(json, flags, terminal)
  })
}

/** `undefined` for what names neither, or both. */
function forgottenPath(id: string | undefined, org: string | undefined, project: string | undefined): Path | undefined {
  if (id !== undefined) {
    return org === undefined && project === undefined ? pathOf('requests', id, 'content') : undefined
  }
  if (org === undefined || project === undefined) return undefined
  return pathOfOrganisation(org, 'projects', project, 'contents')
}
