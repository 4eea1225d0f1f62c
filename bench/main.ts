/** `npm run bench`: one command, one run, one report. See README.md for what is measured and how to read it. */

import { runCampaign } from './campaign.ts'
import { endChildrenWithUs, stopAll } from './child.ts'
import { describeMachine, placeOnCores } from './machine.ts'
import { HELP, readOptions } from './options.ts'
import { choosePlan } from './plan.ts'
import { figuresOf } from './report/figures.ts'
import { reportTables } from './report/tables.ts'
import { describeRun, writePage, writeResults, type BenchRun } from './report/write.ts'
import { Rig } from './rig.ts'
import { direct } from './subjects/direct.ts'
import { buildOf, moonbase, moonbaseAlone, moonbaseExact, ownBuild } from './subjects/moonbase.ts'
import { nginx } from './subjects/nginx.ts'
import { portkey } from './subjects/portkey.ts'
import type { Subject } from './subjects/subject.ts'

const options = readOptions(process.argv.slice(2))

if (options.help) console.log(HELP)
else if (process.platform !== 'linux') console.error('The bench reads /proc and therefore runs on Linux only.')
else await bench()

async function bench(): Promise<void> {
  endChildrenWithUs()
  const subjects = chosenSubjects()
  const plan = choosePlan(options.plan)
  const placement = placeOnCores()
  const machine = describeMachine(placement)
  const begun = performance.now()
  try {
    const rig = await Rig.start(placement)
    const records = await runCampaign(plan, subjects, rig, placement, (line) => console.error(line))
    const figures = records.filter(({ absence }) => absence === undefined).map(figuresOf)
    const date = new Date().toISOString()
    const run: BenchRun = { date, machine, plan, othersBusyCores: rig.othersBusyCores, records, figures }
    const report = `${describeRun(run)}\n\n${reportTables(records, plan, rig.othersBusyCores)}`
    console.log(`\n${report}\n`)
    console.error(`written to ${writeResults(run)}, after ${Math.round((performance.now() - begun) / 1000)} s`)
    if (options.write) console.error(`written to ${writePage(report)}`)
    const ours = figures.find(({ name }) => name === 'moonbase')
    if (Object.keys(ours?.faults ?? {}).length > 0) process.exitCode = 1
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  } finally {
    await stopAll()
  }
}

/** Each checkout stands beside its own kind, so that the two meet the same moments of the machine. */
function chosenSubjects(): Subject[] {
  const builds = [ownBuild(options.moonbase, options.nodeOptions), ...options.beside.map(buildOf)]
  const all = [
    direct,
    ...builds.map(moonbase),
    ...builds.map(moonbaseExact),
    ...builds.map(moonbaseAlone),
    nginx,
    portkey,
  ]
  const chosen = options.subjects
  if (chosen === undefined) return all
  const unknown = chosen.filter((name) => !all.some(({ kind }) => kind === name))
  if (unknown.length > 0) throw new Error(`no such subject: ${unknown.join(', ')}`)
  return all.filter(({ kind }) => kind === 'direct' || chosen.includes(kind))
}
