/** The operator's commands, which talk to a running server. */

import type { Command } from 'commander'
import { addAdminKeys, addKeys } from './key-commands.ts'
import { addMoney } from './money-commands.ts'
import { addOrganisations, addProjects } from './organisation-commands.ts'
import { addPrices, addTiers } from './tariff-commands.ts'
import type { Terminal } from './terminal.ts'
import { addUsage } from './usage-commands.ts'

export function addAdminCommands(moonbase: Command, terminal: Terminal): void {
  moonbase.commandsGroup('Of the operator, asking a running server:')
  for (const add of [addOrganisations, addProjects, addKeys, addAdminKeys, addTiers, addPrices, addMoney, addUsage]) {
    add(moonbase, terminal)
  }
}
