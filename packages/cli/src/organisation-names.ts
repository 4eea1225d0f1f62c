/** Organisations as people name them: by id, or by a name that only one of them has. */

import { type Path, pathOf, toldPlainly } from './admin-command.ts'
import { AdminFailure, type ConnectionFlags, REFUSED, askServer, field, plain } from './admin-connection.ts'
import type { Terminal } from './terminal.ts'

interface NamedOrganisation {
  readonly id: string
  readonly name: string
  readonly status: string
}

/** What begins so is an id, and costs no question. An organisation that is named so is found by its id alone. */
const ID_BEGINS = 'org-'
/** As many as the server gives at once. */
const PAGE = '1000'
const MOST_PAGES = 100
const MOST_SHOWN = 20

/** `/organisations/org-1/projects` of an organisation that is given by its id or name. */
export function pathOfOrganisation(given: string, ...parts: readonly string[]): Path {
  return async (flags, terminal) => pathOf('organisations', await organisationIdOf(given, flags, terminal), ...parts)
}

/** Does the work with the id of an organisation that may be given by its name, or not at all. */
export function withOrganisation(
  given: string | undefined,
  flags: ConnectionFlags,
  terminal: Terminal,
  work: (id: string | undefined) => Promise<void>,
): Promise<void> {
  return toldPlainly(terminal, async () =>
    work(given === undefined ? undefined : await organisationIdOf(given, flags, terminal)),
  )
}

/** Names are compared as they are: money goes where it was sent, not to whatever sounds like it. @throws AdminFailure */
export async function organisationIdOf(given: string, flags: ConnectionFlags, terminal: Terminal): Promise<string> {
  if (given.startsWith(ID_BEGINS)) return given
  const all = await listAll(flags, terminal).catch((error: unknown) => {
    if (!(error instanceof AdminFailure) || error.exitCode !== REFUSED) throw error
    const hint = `It was asked which organisation is named ${quoted(given)}; an id (${ID_BEGINS}…) needs no look-up.`
    throw new AdminFailure([...error.lines, hint], REFUSED, error)
  })
  const found = all.filter(({ name }) => name === given)
  const [one] = found
  if (one === undefined) throw unknown(given, all, await closeTo(given, all))
  if (found.length > 1) {
    throw new AdminFailure(
      [`${found.length} organisations are named ${quoted(given)}; say which by its id:`, ...linesOf(found)],
      REFUSED,
    )
  }
  return one.id
}

async function listAll(flags: ConnectionFlags, terminal: Terminal): Promise<NamedOrganisation[]> {
  const all: NamedOrganisation[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: PAGE, after: all.at(-1)?.id }
    const { json } = await askServer({ method: 'GET', path: '/organisations', query }, flags, terminal)
    const data = field(json, 'data')
    const entries: unknown[] = Array.isArray(data) ? data : []
    for (const entry of entries) {
      const [id, name, status] = [field(entry, 'id'), field(entry, 'name'), field(entry, 'status')]
      if (typeof id === 'string' && typeof name === 'string') all.push({ id, name, status: String(status) })
    }
    if (field(json, 'has_more') !== true || entries.length === 0) return all
  }
  throw new AdminFailure([`there are more than ${all.length} organisations: say which by its id`], REFUSED)
}

/** Only a mistake loads what knows which names are close. */
async function closeTo(given: string, all: readonly NamedOrganisation[]): Promise<NamedOrganisation[]> {
  const { closeNames } = await import('@moonbase/server/configuration')
  const close = new Set(
    closeNames(
      given,
      all.map(({ name }) => name),
      MOST_SHOWN,
    ),
  )
  return all.filter(({ name }) => close.has(name))
}

function unknown(given: string, all: readonly NamedOrganisation[], close: readonly NamedOrganisation[]): AdminFailure {
  const none = `no organisation is named ${quoted(given)}`
  if (all.length === 0) return new AdminFailure([`${none}, and there is no other`], REFUSED)
  if (close.length > 0) return new AdminFailure([`${none}; close to it:`, ...linesOf(close)], REFUSED)
  return new AdminFailure([`${none}; there are:`, ...linesOf(all)], REFUSED)
}

function linesOf(organisations: readonly NamedOrganisation[]): string[] {
  const lines = organisations
    .slice(0, MOST_SHOWN)
    .map(({ id, name, status }) => plain(`  ${id}  ${name}${status === 'active' ? '' : ` (${status})`}`))
  const more = organisations.length - lines.length
  return more > 0 ? [...lines, `  and ${more} more: moonbase org list`] : lines
}

function quoted(name: string): string {
  return plain(`"${name}"`)
}
