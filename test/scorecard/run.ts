/** `npm run scorecard`: plays every scenario, prints the table, and fails below full marks. */

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

const all = await playAll('The sixteen public scenarios', PUBLIC_SCENARIOS)
const own = await playAll('Our own', OWN_SCENARIOS)
process.exitCode = all && own ? 0 : 1
