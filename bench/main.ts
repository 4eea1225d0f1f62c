/** `npm run bench`: one command, one run, one report. See README.md for what is measured and how to read it. */

import { parseArgs } from 'node:util'
import { runCampaign } from './campaign.ts'
import { endChildrenWithUs, stopAll } from './child.ts'
import { describeMachine, placeOnCores } from './machine.ts'
import { PLANS } from './plan.ts'
import { figuresOf } from './report/figures.ts'
import { reportTables } from './report/tables.ts'
import { describeRun, writePage, writeResults, type BenchRun } from './report/write.ts'
import { Rig } from './rig.ts'
import { direct } from './subjects/direct.ts'
import { moonbase, moonbaseAlone, type MoonbaseOptions } from './subjects/moonbase.ts'
import { nginx } from './subjects/nginx.ts'
import { portkey } from './subjects/portkey.ts'
import type { Subject } from './subjects/subject.ts'

const HELP = `npm run bench -- [options]

  --quick                 one short round, under a minute: to see whether something broke
  --full                  seven long rounds: for figures to publish
  --subjects a,b          only these, of direct, moonbase, no-accounts, nginx, portkey (direct is always measured)
  --write                 put the report into docs/performance.md
  --moonbase <file>       start this command instead of the repository's own
  --node-options=<text>   options of Node for moonbase alone, such as --node-options=--cpu-prof
`

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    subjects: { type: 'string' },
    write: { type: 'boolean', default: false },
    moonbase: { type: 'string' },
    'node-options': { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) console.log(HELP)
else if (process.platform !== 'linux') console.error('The bench reads /proc and therefore runs on Linux only.')
else await bench()

async function bench(): Promise<void> {
  endChildrenWithUs()
  const subjects = chosenSubjects()
  const plan = PLANS[values.full ? 'full' : values.quick ? 'quick' : 'default']
  const placement = placeOnCores()
  const machine = describeMachine(placement)
  const begun = performance.now()
  try {
    const rig = await Rig.start(placement)
    const records = await runCampaign(plan, subjects, rig, placement, (line) => console.error(line))
    const figures = records.filter(({ absence }) => absence === undefined).map(figuresOf)
    const date = new Date().toISOString()
    const run: BenchRun = { date, machine, plan, othersBusyCores: rig.othersBusyCores, records, figures }
    const report = `${describeRun(run)}\n\n${reportTables(figures)}`
    console.log(`\n${report}\n`)
    console.error(`written to ${writeResults(run)}, after ${Math.round((performance.now() - begun) / 1000)} s`)
    if (values.write) console.error(`written to ${writePage(report)}`)
    const ours = figures.find(({ name }) => name === 'moonbase')
    if (Object.keys(ours?.faults ?? {}).length > 0) process.exitCode = 1
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    await stopAll()
  }
}

function chosenSubjects(): Subject[] {
  const options: MoonbaseOptions = {
    ...(values.moonbase === undefined ? {} : { command: values.moonbase }),
    ...(values['node-options'] === undefined ? {} : { nodeOptions: values['node-options'] }),
  }
  const all = [direct, moonbase(options), moonbaseAlone(options), nginx, portkey]
  const chosen = values.subjects?.split(',')
  if (chosen === undefined) return all
  const unknown = chosen.filter((name) => !all.some((subject) => subject.name === name))
  if (unknown.length > 0) throw new Error(`no such subject: ${unknown.join(', ')}`)
  return all.filter(({ name }) => name === 'direct' || chosen.includes(name))
}
