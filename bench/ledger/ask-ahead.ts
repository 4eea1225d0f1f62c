/**
 * How many times the amount must be there, by what was told last, for an engine to be asked while PostgreSQL still decides: how
 * often it is asked ahead with each factor, and how often in vain. Numbers for `docs/decisions/0022-asking-ahead.md`.
 *
 *     npm run bench:ask-ahead -- --gateways 4 --clients 12 --requests 6000 --seed 1
 */

import { parseArgs } from 'node:util'
import { startPostgres } from '../../test/support/postgres.ts'
import { type Row, figure, table, whole } from '../report/table.ts'
import { playOrganisation } from './organisation-at-gateways.ts'

const { values: given } = parseArgs({
  options: {
    gateways: { type: 'string', default: '4' },
    clients: { type: 'string', default: '12' },
    requests: { type: 'string', default: '6000' },
    seed: { type: 'string', default: '1' },
  },
})
const [gateways, clients, requests, seed] = [given.gateways, given.clients, given.requests, given.seed].map(Number)
if (!gateways || !clients || !requests || seed === undefined) throw new Error('these are no numbers')

const FACTORS = [1, 2, 4, 8]
/** What one payment is for, in average holds: of all clients together some have one each under way, and more. */
const PAYMENTS: readonly (readonly [name: string, holdsOfAClient: number])[] = [
  ['runs dry again and again', 3],
  ['pays for more at once', 20],
  ['well off', 10_000],
]
const HEAD: Row = [
  'the organisation',
  'factor',
  'asked ahead %',
  'of them in vain %',
  'in vain, of all %',
  'refused otherwise %',
]

const percent = (part: number, of: number): string => figure((100 * part) / Math.max(of, 1))
const postgres = await startPostgres()
console.log(`seed ${seed}: ${gateways} gateways, ${clients} clients each, ${whole(requests)} requests a row`)
const rows: Row[] = []
for (const [name, each] of PAYMENTS) {
  for (const factor of FACTORS) {
    const payment = each * gateways * clients
    const url = await postgres.database()
    const asked = await playOrganisation({ url, factor, seed, gateways, clients, requests, payment })
    rows.push([
      name,
      String(factor),
      percent(asked.ahead, asked.requests),
      percent(asked.inVain, asked.ahead),
      percent(asked.inVain, asked.requests),
      percent(asked.refused, asked.requests),
    ])
  }
}
console.log(`\n${table(HEAD, rows)}`)
await postgres[Symbol.asyncDispose]()
