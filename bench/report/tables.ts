/** All tables of one run, as Markdown. */

import type { SubjectRecord } from '../campaign.ts'
import type { Plan } from '../plan.ts'
import { CHUNKS } from '../script.ts'
import { besidePairs, besideTable } from './beside.ts'
import { budgetTable } from './budget.ts'
import { figuresOf, loadOf, type Figures } from './figures.ts'
import {
  ABSENT,
  addedCells,
  cpu,
  figure,
  rate,
  spreadCells,
  table,
  times,
  whole,
  type Row,
  type Table,
} from './table.ts'
import { growthTable, sharedTable, turnTable } from './turn-tables.ts'
import { wireTable } from './wire-table.ts'

const ADDED = ['added p50', 'added p99']

/** `othersBusyCores`: what everything else on the machine took meanwhile; not a number where nothing was timed. */
export function reportTables(records: readonly SubjectRecord[], plan: Plan, othersBusyCores: number): string {
  const all = records.filter(({ absence }) => absence === undefined).map(figuresOf)
  const direct = all.find(({ kind }) => kind === 'direct')
  const parts = [
    section('Targets', budgetTable(records, othersBusyCores)),
    section('moonbase against the others (above 1 is better than they)', ratioTable(all)),
    ...besidePairs(records).map(([ours, theirs]) =>
      section(`${ours.name} beside ${theirs.name}`, besideTable(ours, theirs, plan)),
    ),
    section("An agent's turn (177 KB asked: 200 messages, 30 tools)", turnTable(all, direct)),
    section('Growth with size and history', growthTable(all)),
    section('A light client beside a heavy one', sharedTable(all)),
    section('Whole replies (1 KB asked, 2 KB answered)', wholeTable(all, direct)),
    section('One at a time', aloneTable(all, direct)),
    section(`Streams of ${CHUNKS} chunks that come in one burst`, burstTable(all, direct)),
    section('The same, 300 a second, of an engine that reads for 20 ms', laterTable(all, direct)),
    section('50 streams at a time, a chunk every 5 ms in each', pacedTable(all, direct)),
    section('The wires that clients speak (the same question and answer on each)', wireTable(all)),
    section('Start and memory', memoryTable(all)),
    faultLines(all),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function wholeTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = [
    'subject',
    'requests/s',
    'CPU µs/request',
    'requests per CPU s',
    '8 at a time: CPU µs',
    '500/s: p50 µs',
    'p99',
  ]
  const rows = all.map((one): Row => {
    const [made, { whole: steady }] = [loadOf(one, 'whole'), loadOf(one, 'whole-steady')]
    return [
      one.name,
      rate(made, one.hasProcess),
      cpu(made.cpuUs, one.hasProcess),
      cpu(1e6 / made.cpuUs, one.hasProcess),
      cpu(loadOf(one, 'whole-eight').cpuUs, one.hasProcess),
      ...spreadCells(steady),
      ...addedCells(steady, one.hasProcess ? loadOf(direct, 'whole-steady').whole : undefined),
    ]
  })
  return { head: [...head, ...ADDED], rows }
}

function aloneTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const rows = all.map((one): Row => {
    const { cpuUs, whole: spread } = loadOf(one, 'whole-alone')
    return [
      one.name,
      cpu(cpuUs, one.hasProcess),
      cpu(1e6 / cpuUs, one.hasProcess),
      ...spreadCells(spread),
      ...addedCells(spread, one.hasProcess ? loadOf(direct, 'whole-alone').whole : undefined),
    ]
  })
  return { head: ['subject', 'CPU µs/request', 'requests per CPU s', 'p50 µs', 'p99', ...ADDED], rows }
}

function burstTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const head = ['subject', 'streams/s', 'CPU µs/stream', 'CPU µs/chunk beyond the request']
  const rows = all.map((one): Row => {
    const [burst, { first }] = [loadOf(one, 'burst'), loadOf(one, 'burst-steady')]
    return [
      one.name,
      rate(burst, one.hasProcess),
      cpu(burst.cpuUs, one.hasProcess),
      cpu((burst.cpuUs - loadOf(one, 'whole').cpuUs) / CHUNKS, one.hasProcess),
      ...spreadCells(first),
      ...addedCells(first, one.hasProcess ? loadOf(direct, 'burst-steady').first : undefined),
    ]
  })
  return { head: [...head, '300/s: first chunk p50 µs', 'p99', ...ADDED], rows }
}

function laterTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const rows = all.map((one): Row => {
    const { first } = loadOf(one, 'later')
    return [
      one.name,
      ...spreadCells(first),
      ...addedCells(first, one.hasProcess ? loadOf(direct, 'later').first : undefined),
    ]
  })
  return { head: ['subject', 'first chunk p50 µs', 'p99', ...ADDED], rows }
}

function pacedTable(all: readonly Figures[], direct: Figures | undefined): Table {
  const rows = all.map((one): Row => {
    const { cpuUsPerPiece, piece, first } = loadOf(one, 'paced')
    return [
      one.name,
      cpu(cpuUsPerPiece, one.hasProcess),
      ...spreadCells(piece),
      ...addedCells(piece, one.hasProcess ? loadOf(direct, 'paced').piece : undefined),
      ...spreadCells(first),
    ]
  })
  return { head: ['subject', 'CPU µs/chunk', 'chunk p50 µs', 'p99', ...ADDED, 'first chunk p50 µs', 'p99'], rows }
}

function memoryTable(all: readonly Figures[]): Table {
  const head = [
    'subject',
    'start ms',
    'fresh MB',
    'idle streams',
    'live KB each',
    'outside the heap',
    'resident KB each',
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
      figure(idle?.liveKb ?? Number.NaN),
      figure(idle?.liveOutsideKb ?? Number.NaN),
      figure(idle?.residentKb ?? Number.NaN),
      figure((idle?.pssAfterKb ?? Number.NaN) / 1024),
      whole(idle?.upstreamLeft ?? Number.NaN),
      figure(loadedPssKb / 1024),
    ])
  return { head, rows }
}

const GATEWAYS: ReadonlySet<string> = new Set(['no-accounts', 'nginx', 'portkey'])

/** Against each other gateway, moonbase without accounts among them, and against moonbase of other checkouts. */
function ratioTable(all: readonly Figures[]): Table {
  const ours = all.find(({ name }) => name === 'moonbase')
  const others = all.filter((one) => one !== ours && (one.kind === 'moonbase' || GATEWAYS.has(one.name)))
  const measures: [string, (figures: Figures) => number][] = [
    ['requests per CPU second', (one) => loadOf(one, 'whole').cpuUs],
    ['the same, 8 at a time', (one) => loadOf(one, 'whole-eight').cpuUs],
    ['the same, one at a time', (one) => loadOf(one, 'whole-alone').cpuUs],
    ["agents' turns per CPU second", (one) => loadOf(one, 'agent-whole').cpuUs],
    ['the same streamed', (one) => loadOf(one, 'agent-stream').cpuUs],
    ["first chunk of an agent's turn alone, p50", (one) => loadOf(one, 'agent-alone').first.p50],
    ['burst streams per CPU second', (one) => loadOf(one, 'burst').cpuUs],
    ['paced chunks per CPU second', (one) => loadOf(one, 'paced').cpuUsPerPiece],
    ['whole reply alone, p50', (one) => loadOf(one, 'whole-alone').whole.p50],
    ['first chunk at 300 streams/s, p99', (one) => loadOf(one, 'burst-steady').first.p99],
    ['idle streams per live MB', ({ idle }) => idle?.liveKb ?? Number.NaN],
    ['the same per resident MB', ({ idle }) => idle?.residentKb ?? Number.NaN],
    ['start', ({ startMs }) => startMs],
  ]
  const rows =
    ours === undefined
      ? []
      : measures.map(([title, cost]) => [title].concat(others.map((other) => times(cost(other) / cost(ours)))))
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
