/** One load on one subject, with whoever is to be there beside it. */

import type { LoadResult } from './load/order.ts'
import type { Load } from './loads.ts'
import type { Plan } from './plan.ts'
import type { Rig } from './rig.ts'
import type { RunningSubject } from './subjects/subject.ts'

export async function measureLoad(load: Load, running: RunningSubject, rig: Rig, plan: Plan): Promise<LoadResult> {
  const { scene, prompt, wire, connections, perSecond, windowMs, beside } = load
  const { target, neighbour } = running
  const pids = running.pids()
  const order = {
    scene,
    ...(prompt === undefined ? {} : { prompt }),
    ...(wire === undefined ? {} : { wire }),
    connections,
    ...(perSecond === undefined ? {} : { perSecond }),
    windowMs: windowMs * plan.windowScale,
    settleMs: plan.settleMs,
    pids,
  }
  if (beside === undefined) return await rig.load({ ...order, target })
  await rig.press({ ...beside, target })
  const result = await rig.load({ ...order, target: neighbour ?? target, settleMs: 0, countsAsked: true })
  return { ...result, heavy: await rig.relax(pids) }
}

export function inShort({ answers, seconds, cpuSeconds, faults, firstBadAnswer, heavy }: LoadResult): string {
  const busy = Math.round((cpuSeconds / seconds) * 100)
  const beside = heavy === undefined ? [] : [`beside ${perSecondOf(heavy)}`, ...faultsOf(heavy.faults)]
  const samples = [firstBadAnswer, heavy?.firstBadAnswer].filter((sample) => sample !== undefined)
  return [
    perSecondOf({ answers, seconds }),
    `${busy} % of a core`,
    ...faultsOf(faults),
    ...beside,
    ...samples.map((sample) => JSON.stringify(sample)),
  ].join(', ')
}

function perSecondOf({ answers, seconds }: { readonly answers: number; readonly seconds: number }): string {
  const rate = answers / seconds
  return `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`
}

function faultsOf(faults: LoadResult['faults']): string[] {
  return Object.entries(faults).map(([name, count]) => `${count}× ${name}`)
}
