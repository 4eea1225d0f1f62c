/** `moonbase balance`, `recharge`, `voucher`, `refund`, `adjust` and `transfers`. */

import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import {
  type AdminFlags,
  adminCommand,
  listCommand,
  pathOf,
  said,
  showList,
  showOne,
  toldPlainly,
} from './admin-command.ts'
import { AdminFailure, UNAVAILABLE, askServer, field } from './admin-connection.ts'
import { printOne } from './admin-output.ts'
import { organisationIdOf, pathOfOrganisation } from './organisation-names.ts'
import type { Terminal } from './terminal.ts'

interface CreditFlags extends AdminFlags {
  readonly note?: string
  readonly idempotencyKey?: string
}

const CREDITS = [
  ['recharge', 'recharges', 'add money that was paid; the tier goes by it', '50'],
  ['voucher', 'vouchers', 'give a voucher, which is used before cash', '5'],
  ['refund', 'refunds', 'give money back, to cash', '1.25'],
  ['adjust', 'adjustments', 'correct the cash by a positive or negative amount', '-1.25'],
] as const

export function addMoney(moonbase: Command, terminal: Terminal): void {
  adminCommand(moonbase, { name: 'balance', arguments: '<org>', description: 'show what an organisation has' }).action(
    (org: string, flags: AdminFlags) => showOne(pathOfOrganisation(org, 'balance'), flags, terminal),
  )
  for (const [name, path, description, amount] of CREDITS) {
    adminCommand(moonbase, {
      name,
      arguments: '<org> <amount>',
      description,
      examples: [`${name} org-1a2b ${amount} --note "invoice 2026-0815"`],
    })
      .option('--note <text>', 'for people; kept with the transfer')
      .option('--idempotency-key <key>', 'that of a try before: nothing is done twice (default: a new one)')
      .action((org: string, money: string, flags: CreditFlags) => credit(org, path, money, flags, terminal))
  }
  listCommand(moonbase, {
    name: 'transfers',
    arguments: '<org>',
    description: 'list the transfers of an organisation, newest first',
    examples: ['transfers org-1a2b --csv > transfers.csv'],
  })
    .option('--csv', 'print a table for spreadsheets')
    .action((org: string, flags: AdminFlags) =>
      showList(pathOfOrganisation(org, 'transfers'), COLUMNS, flags, terminal),
    )
}

function credit(org: string, kind: string, amount: string, flags: CreditFlags, terminal: Terminal): Promise<void> {
  const { note, idempotencyKey = randomUUID() } = flags
  return toldPlainly(terminal, async () => {
    const id = await organisationIdOf(org, flags, terminal)
    const path = pathOf('organisations', id, kind)
    terminal.writeErr(`idempotency key: ${idempotencyKey}\n`)
    const question = { method: 'POST', path, body: said({ amount, note }), idempotencyKey } as const
    const { json } = await askServer(question, flags, terminal).catch((error: unknown) => {
      throw error instanceof AdminFailure && error.exitCode === UNAVAILABLE
        ? withRepetition(error, id, idempotencyKey)
        : error
    })
    if (field(json, 'repeated') === true) terminal.writeErr('this was done before, and was not done again\n')
    printOne(json, flags, terminal)
  })
}

/** Whether the money was given is not known then; and a name may be another's by the next try. */
function withRepetition({ lines, exitCode, cause }: AdminFailure, id: string, key: string): AdminFailure {
  return new AdminFailure(
    [...lines, `To try it again: the same command, for ${id}, with --idempotency-key ${key}`],
    exitCode,
    cause,
  )
}

const COLUMNS = {
  at: 'at',
  kind: 'kind',
  cash: 'cash',
  voucher: 'voucher',
  request: 'request',
  by: 'by',
  note: 'note',
  id: 'id',
}
