/** All tables of one run, as Markdown. */

import type { SubjectRecord } from '../campaign.ts'
import type { Plan } from '../plan.ts'
import { CHUNKS } from '../script.ts'
import { besidePairs, besideTable } from './beside.ts'
import { budgetRows, budgetsOf } from './budget.ts'
import { type Figures, figuresOf, type Spread } from './figures.ts'
import { ABSENT, figure, table, times, whole, type Row, type Table } from './table.ts'

/** A subject that was less busy than this waited for the generator: its rate is a lower bound, its CPU figures hold. */
const BUSY_ENOUGH = 0.9

const ADDED = ['added p50', 'added p99']

export function reportTables(records: readonly SubjectRecord[], plan: Plan): string {
  const all = records.filter(({ absence }) => absence === undefined).map(figuresOf)
  const of = (name: string) => all.find((figures) => figures.name === name)
  const [direct, ours] = [of('direct'), of('moonbase')]
  const parts = [
    section('Whole replies (1 KB asked, 2 KB answered)', wholeTable(all, direct)),
    section(`Streams of ${CHUNKS} chunks that come in one burst`, burstTable(all, direct)),
    section('50 streams at a time, a chunk every 5 ms in each', pacedTable(all, direct)),
    section('Start and memory', memoryTable(all)),
  ]
  if (ours !== undefined) {
    const others = all.filter(
      (one) => one.hasProcess && one !== ours && (one.kind === 'moonbase' || one.name === one.kind),
    )
    parts.push(section('moonbase against the others (above 1 is better than they)', ratioTable(ours, others)))
  }
  for (const [one, other] of besidePairs(records))
    parts.push(section(`${one.name} beside ${other.name}`, besideTable(one, other, plan)))
  if (ours !== undefined) {
    const budgets = budgetRows(budgetsOf(ours, direct, of('portkey'), of('no-accounts')))
    parts.push(section('Budget', { head: ['what', 'budget', 'measured', 'met'], rows: budgets }))
  }
  parts.push(faultLines(all))
  return parts.filter((part) => part !== '').join('\n\n')
}

function wholeTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = ['subject', 'requests/s', 'CPU µs/request', 'requests per CPU s', 'alone p50 µs', '500/s: p50 µs', 'p99']
  return {
    head: [...head, ...ADDED],
    rows: all.map(({ name, hasProcess, whole: { perSecond, busy, cpuUs, alone, steady } }) => [
      name,
      rate(perSecond, busy, hasProcess),
      cpu(cpuUs, hasProcess),
      hasProcess ? whole(1e6 / cpuUs) : ABSENT,
      whole(alone.p50),
      ...spreadCells(steady),
      ...addedCells(steady, hasProcess ? direct?.whole.steady : undefined),
    ]),
  }
}

function burstTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = ['subject', 'streams/s', 'CPU µs/stream', 'CPU µs/chunk beyond the request']
  return {
    head: [...head, '300/s: first chunk p50 µs', 'p99', ...ADDED],
    rows: all.map(({ name, hasProcess, burst }) => [
      name,
      rate(burst.perSecond, burst.busy, hasProcess),
      cpu(burst.cpuUs, hasProcess),
      cpu(burst.cpuUsPerChunk, hasProcess),
      ...spreadCells(burst.steadyFirst),
      ...addedCells(burst.steadyFirst, hasProcess ? direct?.burst.steadyFirst : undefined),
    ]),
  }
}

function pacedTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = ['subject', 'CPU µs/chunk', 'chunk p50 µs', 'p99', ...ADDED, 'first chunk p50 µs', 'p99']
  return {
    head,
    rows: all.map(({ name, hasProcess, paced }) => [
      name,
      cpu(paced.cpuUsPerChunk, hasProcess),
      ...spreadCells(paced.piece),
      ...addedCells(paced.piece, hasProcess ? direct?.paced.piece : undefined),
      ...spreadCells(paced.first),
    ]),
  }
}

function memoryTable(all: readonly Figures[]): Table {
  const head = [
    'subject',
    'start ms',
    'fresh MB',
    'idle streams',
    'KB each',
    'MB after they left',
    'left upstream',
    'MB after all load',
  ]
  const rows = all
    .filter(({ hasProcess }) => hasProcess)
    .map(({ name, startMs, idle, loadedPssKb }) => [
      name,
      whole(startMs),
      figure((idle?.pssBeforeKb ?? Number.NaN) / 1024),
      idle === undefined ? ABSENT : `${idle.ready} of ${idle.asked}`,
      figure(idle?.kbPerStream ?? Number.NaN),
      figure((idle?.pssAfterKb ?? Number.NaN) / 1024),
      whole(idle?.upstreamLeft ?? Number.NaN),
      figure(loadedPssKb / 1024),
    ])
  return { head, rows }
}

function ratioTable(ours: Figures, others: readonly Figures[]): Table {
  const measures: [string, (figures: Figures) => number][] = [
    ['requests per CPU second', ({ whole: { cpuUs } }) => cpuUs],
    ['burst streams per CPU second', ({ burst: { cpuUs } }) => cpuUs],
    ['paced chunks per CPU second', ({ paced: { cpuUsPerChunk } }) => cpuUsPerChunk],
    ['whole reply alone, p50', ({ whole: { alone } }) => alone.p50],
    ['first chunk at 300 streams/s, p99', ({ burst: { steadyFirst } }) => steadyFirst.p99],
    ['idle streams per MB', ({ idle }) => idle?.kbPerStream ?? Number.NaN],
    ['start', ({ startMs }) => startMs],
  ]
  const rows: Row[] = measures.map(([title, cost]) =>
    [title].concat(others.map((other) => times(cost(other) / cost(ours)))),
  )
  return { head: ['moonbase', ...others.map(({ name }) => `against ${name}`)], rows }
}

/** What was wrong, for each subject: there is no table of speed without it. */
function faultLines(all: readonly Figures[]): string {
  const lines = all.map(({ name, faults }) => {
    const known = Object.entries(faults).map(([fault, count]) => `${count}× ${fault}`)
    return `- ${name}: ${known.length === 0 ? 'every answer was complete and right' : known.join(', ')}`
  })
  return `### Answers that were wrong or cut\n\n${lines.join('\n')}`
}

/** Rows without a figure were not measured in this run and are left out, and so is a section of nothing else. */
function section(title: string, { head, rows }: Table): string {
  const measured = rows.filter((row) => row.slice(1).some((cell) => cell !== ABSENT))
  return measured.length === 0 ? '' : `### ${title}\n\n${table(head, measured)}`
}

function rate(perSecond: number, busy: number, hasProcess: boolean): string {
  const waited = hasProcess && busy < BUSY_ENOUGH
  return `${waited ? '≥ ' : ''}${whole(perSecond)}`
}

function cpu(value: number, hasProcess: boolean): string {
  return hasProcess ? figure(value) : ABSENT
}

function spreadCells({ p50, p99 }: Spread): string[] {
  return [whole(p50), whole(p99)]
}

/** What stands over the baseline of the same run, each percentile from its own. */
function addedCells(spread: Spread, base: Spread | undefined): string[] {
  return base === undefined ? [ABSENT, ABSENT] : [whole(spread.p50 - base.p50), whole(spread.p99 - base.p99)]
}
