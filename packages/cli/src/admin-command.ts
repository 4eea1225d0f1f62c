/** What all commands that ask a server have in common: their options, and how they end. */

import { Command } from 'commander'
import { AdminFailure, type AdminQuestion, type ConnectionFlags, askServer } from './admin-connection.ts'
import { type Columns, type OutputFlags, printList, printOne } from './admin-output.ts'
import { NULL } from './admin-values.ts'
import type { Terminal } from './terminal.ts'

export interface AdminFlags extends ConnectionFlags, OutputFlags {
  readonly limit?: string
  readonly after?: string
}

/** Where on the server: said at once, or found out by asking it. */
export type Path = string | ((flags: ConnectionFlags, terminal: Terminal) => Promise<string>)

const CONNECTION_HELP = `
The server is the one at --url (or MOONBASE_URL). The admin key is that of MOONBASE_ADMIN_KEY, or the one that a
server on this machine keeps in its data folder. Exit codes: 0 done, 1 refused, 69 no server.`

const ORGANISATION_HELP = `
<org> is the id of an organisation (org-…), or its name where only one has it.`

export interface AdminCommandWords {
  readonly name: string
  /** `<org> [name]`, as commander writes them. */
  readonly arguments?: string
  readonly description: string
  /** Whole command lines, without `moonbase`. */
  readonly examples?: readonly string[]
}

/** A command below `parent` that can be told where the server is. */
export function adminCommand(parent: Command, words: AdminCommandWords): Command {
  const command = parent
    .command(words.name)
    .description(words.description)
    .option('--url <url>', 'the server (default: http://127.0.0.1:2500)')
    .option('--data <folder>', 'the data folder of the server, for its admin key (default: ./data)')
    .option('-c, --config <file>', 'the configuration file that names the data folder')
    .option('--json', 'print JSON, as the server gives it')
  if (words.arguments !== undefined) command.arguments(words.arguments)
  const names = words.arguments?.includes('<org>') === true ? ORGANISATION_HELP : ''
  const examples = (words.examples ?? []).map((example) => `\n  moonbase ${example}`).join('')
  return command.addHelpText('after', `${examples === '' ? '' : `\nExamples:${examples}\n`}${names}${CONNECTION_HELP}`)
}

/** A command that prints a list. */
export function listCommand(parent: Command, words: AdminCommandWords): Command {
  return adminCommand(parent, words)
    .option('--limit <number>', 'entries at most (default: 100)')
    .option('--after <id>', 'go on behind this entry')
}

/** Runs what a command does. A failure that the operator can mend is told in plain lines, with its exit code. */
export async function toldPlainly(terminal: Terminal, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof AdminFailure)) throw error
    for (const line of error.lines) terminal.writeErr(`${line}\n`)
    terminal.exitCode(error.exitCode)
  }
}

export function showList(
  path: Path,
  columns: Columns,
  flags: AdminFlags,
  terminal: Terminal,
  query: AdminQuestion['query'] = {},
): Promise<void> {
  return toldPlainly(terminal, async () => {
    const { limit, after, csv } = flags
    const question = {
      method: 'GET',
      path: await placed(path, flags, terminal),
      query: { ...query, limit, after },
      csv: csv === true,
    } as const
    printList(await askServer(question, flags, terminal), columns, flags, terminal)
  })
}

export function showOne(path: Path, flags: AdminFlags, terminal: Terminal): Promise<void> {
  return toldPlainly(terminal, async () => {
    const { json } = await askServer({ method: 'GET', path: await placed(path, flags, terminal) }, flags, terminal)
    printOne(json, flags, terminal)
  })
}

/** Changes something and shows how it is then. */
export function change(path: Path, body: unknown, flags: AdminFlags, terminal: Terminal): Promise<void> {
  return toldPlainly(terminal, async () => {
    const where = await placed(path, flags, terminal)
    const question = { method: 'POST', path: where, ...(body === undefined ? {} : { body }) } as const
    const { json } = await askServer(question, flags, terminal)
    printOne(json, flags, terminal)
  })
}

export async function placed(path: Path, flags: ConnectionFlags, terminal: Terminal): Promise<string> {
  return typeof path === 'string' ? path : path(flags, terminal)
}

/** Without what was not said, and with `null` where it was. */
export function said(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, value === NULL ? null : value]))
}

/** `/organisations/org-1/projects`: parts of a path, each encoded. */
export function pathOf(...parts: readonly string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join('')
}
