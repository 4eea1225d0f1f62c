/** Where the figures of a run are kept: a file for machines, and the table of a page for people. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { SubjectRecord } from '../campaign.ts'
import type { Machine } from '../machine.ts'
import type { Plan } from '../plan.ts'
import type { Figures } from './figures.ts'

export interface BenchRun {
  /** ISO 8601. */
  readonly date: string
  readonly machine: Machine
  readonly plan: Plan
  /** Cores that processes of others kept busy meanwhile. */
  readonly othersBusyCores: number
  readonly records: readonly SubjectRecord[]
  readonly figures: readonly Figures[]
}

const RESULTS = new URL('../results/', import.meta.url)
const PAGE = new URL('../../docs/performance.md', import.meta.url)
const BEGIN = '<!-- written by npm run bench -- --write -->'
const END = '<!-- end of what is written -->'

/** The path of the file. */
export function writeResults(run: BenchRun): string {
  mkdirSync(RESULTS, { recursive: true })
  const file = new URL(`${run.date.replaceAll(':', '-')}.json`, RESULTS)
  writeFileSync(file, `${JSON.stringify(run, null, 2)}\n`)
  return fileURLToPath(file)
}

export function describeRun({ date, machine, plan, records, othersBusyCores }: BenchRun): string {
  const subjects = records.map(
    ({ name, about, absence }) => `- ${name}: ${absence === undefined ? about : `absent, ${absence}`}`,
  )
  return [
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGb} GB, Linux ${machine.kernel},`,
    `Node ${machine.node}, data on ${machine.dataFolder}; ${machine.placement}; ${plan.name} run, medians of ${plan.rounds} interleaved rounds;`,
    Number.isFinite(othersBusyCores)
      ? `meanwhile everything else on the machine took ${Math.round(othersBusyCores * 100)} % of a core.`
      : 'what else ran on the machine is only looked at while there is load.',
    '',
    ...subjects,
  ].join('\n')
}

/** Puts the report between the two marks of docs/performance.md and leaves the rest of the page as it is. */
export function writePage(report: string): string {
  const page = readFileSync(PAGE, 'utf8')
  const begin = page.indexOf(BEGIN)
  const end = page.indexOf(END)
  if (begin === -1 || end < begin) throw new Error(`docs/performance.md has no "${BEGIN}" before "${END}"`)
  writeFileSync(PAGE, `${page.slice(0, begin + BEGIN.length)}\n\n${report}\n\n${page.slice(end)}`)
  return fileURLToPath(PAGE)
}
