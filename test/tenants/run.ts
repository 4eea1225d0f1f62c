/**
 * `npm run tenants`: two tenants, one of them hostile. For each resource that all share a server of its own, with 512 MB of old
 * space and 1,024 descriptors, and the times of the other tenant alone and beside the attack. Fails when a median is more than
 * three times what it was alone, when anything the other one asks is refused, or when too much memory is resident.
 *
 * `--rounds 40 --only "video bombs,estimates"`
 */

import { availableParallelism, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { ATTACKS, type AttackName } from './attacks.ts'
import { play } from './play.ts'
import { SERVER_NICE, takeRank } from './rank.ts'
import { MOST_PEAK_MB, MOST_RATIO, isFine, tableOf } from './report.ts'

const { values: given } = parseArgs({
  options: { rounds: { type: 'string', default: '40' }, only: { type: 'string' } },
})
const isAttack = (name: string): name is AttackName => name in ATTACKS
const names = (given.only?.split(',') ?? Object.keys(ATTACKS)).filter(isAttack)
const say = (line: string): void => void process.stdout.write(`${line}\n`)

say(
  `${availableParallelism()} cores, load ${loadavg()
    .map((load) => load.toFixed(2))
    .join(' ')}`,
)
if (!takeRank(SERVER_NICE))
  say('without a rank of its own (only root may give one): what else runs here is measured too')
const rows = []
for (const name of names) {
  const row = await play(name, Number(given.rounds))
  rows.push(row)
  say(`${isFine(row) ? '✔' : '✖'} ${name}`)
}
say(`\n${tableOf(rows)}`)
say(`\nat most ${MOST_RATIO} times as long as alone, and ${MOST_PEAK_MB} MB`)
if (names.length === 0 || !rows.every(isFine)) process.exitCode = 1
