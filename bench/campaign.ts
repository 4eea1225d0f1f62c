/** One run of the whole bench: start times, then rounds of load over all subjects in turn, then idle streams. */

import type { LoadResult } from './load/order.ts'
import type { Placement } from './machine.ts'
import type { Load, LoadKey } from './loads.ts'
import {
  idleKb,
  liveKb,
  liveOutsideKb,
  measureIdle,
  measureLive,
  type IdleRecord,
  type LiveRecord,
} from './measure-idle.ts'
import { inShort, measureLoad } from './measure-load.ts'
import type { Plan } from './plan.ts'
import { AGENT_TURN } from './prompts/prompt.ts'
import { memoryOf } from './process-usage.ts'
import { figure } from './report/table.ts'
import type { Rig } from './rig.ts'
import type { RunningSubject, Subject, SubjectKind } from './subjects/subject.ts'

export interface SubjectRecord {
  readonly kind: SubjectKind
  readonly name: string
  readonly about: string
  readonly absence?: string
  /** Milliseconds from spawn to ready, of each start; empty where there is no process. */
  readonly startMs: number[]
  /** Not counted as figures; what went wrong in it is. */
  readonly warmUp: LoadResult[]
  /** One result for each round. */
  readonly loads: Partial<Record<LoadKey, LoadResult[]>>
  /** After all rounds of load, in KB. */
  loadedPssKb?: number
  /** One record for each round, each of a fresh process. */
  readonly idle: IdleRecord[]
  /** The same of processes that can be looked into; none where the subject is no Node. */
  readonly live: LiveRecord[]
}

export type Say = (line: string) => void

export async function runCampaign(plan: Plan, subjects: readonly Subject[], rig: Rig, at: Placement, say: Say) {
  const records: SubjectRecord[] = []
  const present: { subject: Subject; record: SubjectRecord }[] = []
  for (const subject of subjects) {
    const absence = subject.absence()
    const { kind, name, about } = subject
    const record: SubjectRecord = {
      kind,
      name,
      about,
      startMs: [],
      warmUp: [],
      loads: {},
      idle: [],
      live: [],
      ...(absence === undefined ? {} : { absence }),
    }
    records.push(record)
    if (absence === undefined) present.push({ subject, record })
    else say(`${name}: absent (${absence})`)
  }
  const processes = present.filter(({ subject: { kind } }) => kind !== 'direct' && kind !== 'exact-counts')
  await inTurn(plan.starts, processes, ({ subject, record }) => measureStart(subject, record, rig, at, say))
  await runRounds(plan, present, rig, at, say)
  await inTurn(plan.idleRounds, processes, (one) => holdIdle(plan, one, rig, at, say))
  return records
}

type Present = { readonly subject: Subject; readonly record: SubjectRecord }
type Started = Present & { readonly running: RunningSubject }

/** Who begins changes from round to round, so that nobody always finds the machine as the same other one left it. */
async function inTurn<One>(rounds: number, all: readonly One[], step: (one: One) => Promise<void>) {
  for (let round = 1; round <= rounds; round++) {
    for (const one of inOrder(round, all)) await step(one)
  }
}

function inOrder<One>(round: number, all: readonly One[]): readonly One[] {
  return round % 2 === 1 ? all : all.toReversed()
}

async function measureStart(subject: Subject, record: SubjectRecord, rig: Rig, at: Placement, say: Say) {
  const running = await subject.start(rig.upstreamPort, at.subject)
  await running.stop()
  if (running.startMs === undefined) return
  record.startMs.push(running.startMs)
  say(`${record.name}: starts in ${Math.round(running.startMs)} ms`)
}

async function runRounds(plan: Plan, present: readonly Present[], rig: Rig, at: Placement, say: Say) {
  const started: Started[] = []
  for (const one of present) {
    if (!plan.loads.some(({ of }) => of.includes(one.record.kind))) continue
    started.push({ ...one, running: await one.subject.start(rig.upstreamPort, at.subject) })
  }
  for (const { record, running } of started) {
    say(`${record.name}: warming up`)
    record.warmUp.push(...(await warmUp(plan, record.kind, running, rig)))
  }
  await runLoads(plan, (load) => !disturbs(load), started, rig, say)
  for (const { record, running } of started) record.loadedPssKb = memoryOf(running.pids()).pssKb
  await runLoads(plan, disturbs, started, rig, say)
  for (const { running } of started) await running.stop()
}

async function runLoads(plan: Plan, isOne: (load: Load) => boolean, all: readonly Started[], rig: Rig, say: Say) {
  for (let round = 1; round <= plan.rounds; round++) {
    for (const load of plan.loads.filter(isOne)) {
      const measured = all.filter(({ record }) => load.of.includes(record.kind))
      for (const { record, running } of inOrder(round, measured)) {
        const result = await measureLoad(load, running, rig, plan)
        ;(record.loads[load.key] ??= []).push(result)
        say(`round ${round}/${plan.rounds}  ${load.title.padEnd(38)} ${record.name.padEnd(20)} ${inShort(result)}`)
      }
    }
  }
}

/** A text of 90 MB leaves a heap behind that nothing else is to be measured in. */
function disturbs({ beside }: Load): boolean {
  return beside?.tooLong === true
}

/** All kinds of load that are to come, streams first, as a server meets them in any order. */
async function warmUp(plan: Plan, kind: SubjectKind, running: RunningSubject, rig: Rig): Promise<LoadResult[]> {
  const order = { target: running.target, settleMs: 0, windowMs: plan.warmUpMs, pids: running.pids() }
  const results: LoadResult[] = []
  const mine = plan.loads.filter(({ of }) => of.includes(kind))
  for (const { wire, scene } of mine) {
    if (wire !== undefined)
      results.push(await rig.load({ ...order, scene, wire, connections: 32, windowMs: plan.warmUpMs / 4 }))
  }
  if (mine.some(({ prompt, wire }) => prompt === undefined && wire === undefined)) {
    results.push(
      await rig.load({ ...order, scene: 'paced', connections: 50, windowMs: plan.warmUpMs / 4 }),
      await rig.load({ ...order, scene: 'burst', connections: 32 }),
      await rig.load({ ...order, scene: 'whole', connections: 32 }),
    )
  }
  if (mine.some(({ prompt }) => prompt !== undefined)) {
    const turns = { ...order, prompt: AGENT_TURN, connections: 8, windowMs: plan.warmUpMs / 2 }
    results.push(await rig.load({ ...turns, scene: 'burst' }), await rig.load({ ...turns, scene: 'whole' }))
  }
  return results
}

/** Twice: an inspector, and the collections that it is asked for, would change what is resident. */
async function holdIdle(plan: Plan, { subject, record }: Present, rig: Rig, at: Placement, say: Say) {
  const running = await subject.start(rig.upstreamPort, at.subject)
  const idle = await measureIdle(plan, running, rig)
  record.idle.push(idle)
  await running.stop()
  const resident = `${idle.ready} idle streams, ${figure(idleKb(idle))} KB each resident`
  if (!subject.isNode) return say(`${record.name}: ${resident}`)

  const inspected = await subject.start(rig.upstreamPort, at.subject, { isInspected: true })
  if (inspected.inspector === undefined) throw new Error(`${record.name} did not say where its inspector is`)
  const live = await measureLive(plan, inspected, inspected.inspector, rig)
  record.live.push(live)
  await inspected.stop()
  say(`${record.name}: ${resident}, ${figure(liveKb(live))} live (${figure(liveOutsideKb(live))} outside the heap)`)
}
