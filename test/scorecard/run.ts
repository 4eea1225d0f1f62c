/** `npm run scorecard`: plays every scenario, prints the table, and fails below full marks. */

import { LyingHostStage, lyingHosts } from './lying-hosts.ts'
import { OWN_SCENARIOS } from './own-scenarios.ts'
import { PUBLIC_SCENARIOS } from './public-scenarios.ts'
import type { Outcome, Scenario } from './stage.ts'

async function playAll(title: string, scenarios: readonly Scenario[]): Promise<boolean> {
  const lines = [`\n${title}\n`, '| | scenario | verdict | seen |', '|---|---|---|---|']
  let passed = 0
  for (const { id, name, play } of scenarios) {
    const { verdict, seen } = await play().catch((error: unknown): Outcome => ({
      verdict: 'fail',
      seen: error instanceof Error ? error.message : String(error),
    }))
    if (verdict === 'pass') passed += 1
    lines.push(`| ${id} | ${name} | ${verdict} | ${seen} |`)
  }
  lines.push(`\n${passed}/${scenarios.length}`)
  process.stdout.write(`${lines.join('\n')}\n`)
  return passed === scenarios.length
}

/** What clients of hosts that lie get, what they pay, and what an operator reads. */
async function playLyingHosts(): Promise<boolean> {
  await using stage = await LyingHostStage.open()
  const lines = [
    '\nHosts that lie\n',
    '| | a host that | the client gets | billed, prompt + answer | the metrics |',
    '|---|---|---|---|---|',
  ]
  let right = 0
  let played = 0
  for (const { id } of lyingHosts()) {
    const { name, gets, billed, metrics, wrong, skipped } = await stage.play(id)
    if (skipped !== undefined) {
      lines.push(`| ${id} | ${name} | not played: ${skipped} | | |`)
      continue
    }
    played += 1
    if (wrong.length === 0) right += 1
    lines.push(`| ${id} | ${name} | ${gets}${wrong.map((what) => ` **${what}**`).join('')} | ${billed} | ${metrics} |`)
  }
  lines.push(`\n${right}/${played}`)
  process.stdout.write(`${lines.join('\n')}\n`)
  return right === played
}

const all = await playAll('The sixteen public scenarios', PUBLIC_SCENARIOS)
const own = await playAll('Our own', OWN_SCENARIOS)
const honest = await playLyingHosts()
process.exitCode = all && own && honest ? 0 : 1
