/**
 * `npm run agents`: eight coding agents, headless, each given a file to read and to edit and a command to run, against the offline
 * engine; then with an upstream that is cut, busy or full once. Prints what came of it, and fails where that is not as expected.
 *
 * `--only claude-code,pi --trouble cut,429 --keep`; `npm run agents:install` first.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Agent } from './agent.ts'
import { AGENTS } from './agents.ts'
import { versionOf, whyMissing } from './installed.ts'
import { enterOwnNetwork } from './own-network.ts'
import { type Played, play } from './play.ts'
import { type Row, isAsExpected, remarksOf, tableOf } from './report.ts'
import { TROUBLES } from './troubles.ts'

const { values: given } = parseArgs({
  options: { only: { type: 'string' }, trouble: { type: 'string' }, keep: { type: 'boolean', default: false } },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

const place = await enterOwnNetwork([fileURLToPath(import.meta.url), ...process.argv.slice(2)])
if (typeof place === 'number') process.exitCode = place
else {
  say(place === 'own network' ? 'only loopback is reachable' : `proxies alone keep agents on loopback: ${place.why}`)
  await main()
}

async function main(): Promise<void> {
  const agents = chosen(AGENTS, given.only)
  const troubles = chosen(TROUBLES, given.trouble)
  const rows: Row[] = []
  for (const agent of agents) rows.push(await rowOf(agent))
  say(`\n${tableOf(rows, troubles)}\n`)
  for (const remark of remarksOf(rows)) say(`- ${remark}`)
  if (!rows.every(isAsExpected)) process.exitCode = 1

  async function rowOf(agent: Agent): Promise<Row> {
    const missing = whyMissing(agent)
    if (missing !== false) return { agent, version: '', missing, played: new Map() }
    const played = new Map<string, Played>()
    for (const trouble of troubles) {
      const one = await play(agent, trouble, given.keep)
      played.set(trouble.id, one)
      say(`${agent.id} ${trouble.id}: ${one.outcome}, ${one.seconds.toFixed(1)} s ${one.why.join('; ')}`.trimEnd())
    }
    return { agent, version: versionOf(agent), played }
  }
}

/** @throws Error for a name that nobody has: nothing would be run, and nothing would fail */
function chosen<Named extends { readonly id: string }>(all: readonly Named[], names: string | undefined): Named[] {
  if (names === undefined) return [...all]
  return names.split(',').map((name) => {
    const found = all.find(({ id }) => id === name)
    if (found === undefined) throw new Error(`${name} is none of ${all.map(({ id }) => id).join(', ')}`)
    return found
  })
}
