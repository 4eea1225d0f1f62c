/** The table that a play ends with. */

import type { Tally } from './play.ts'

export interface Circumstances {
  readonly seed: number
  readonly concurrency: number
  readonly kills: number
  readonly stalls: number
  readonly running: number
  readonly strays: readonly string[]
  readonly seconds: number
}

/** An outage that is said to every client in words is no proof of anything: nearly all have to be served. */
const LEAST_COMPLETE = 0.98

export function isClean(tally: Tally, { running, strays }: Circumstances, streams: number): boolean {
  return (
    tally.streams >= streams &&
    tally.count('complete') + tally.count('explicit error') === tally.streams &&
    tally.count('complete') >= tally.streams * LEAST_COMPLETE &&
    tally.billed === tally.cost &&
    running === 0 &&
    strays.length === 0
  )
}

export function tableOf(tally: Tally, played: Circumstances): string {
  const rows: [name: string, value: string | number][] = [
    ['seed', played.seed],
    ['streams at a time', played.concurrency],
    ['streams', tally.streams],
    ['complete', tally.count('complete')],
    ['of all, with seams', tally.seamed],
    ['seams (most in one stream)', `${tally.seams} (${tally.mostSeams})`],
    ['explicit errors', tally.count('explicit error')],
    ['silent truncations', tally.count('truncated')],
    ['duplicated, missing or foreign characters', tally.count('wrong')],
    ['hangs', tally.count('hang')],
    ['wrong bills', tally.count('wrong bill')],
    ['tokens billed / cost undisturbed', `${tally.billed} / ${tally.cost}`],
    ['clients that left', tally.count('left')],
    ['replicas killed / stalled', `${played.kills} / ${played.stalls}`],
    ['asked to go on from what was never said', played.strays.length],
    ['upstream requests left running', played.running],
    ['chunks received', tally.chunks],
    ['seconds', played.seconds.toFixed(1)],
  ]
  const lines = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)]
  const told = [
    ['Failures', tally.failures],
    ['Explicit errors', tally.errors],
    ['Strays', played.strays],
  ] as const
  for (const [name, stories] of told) {
    if (stories.length > 0) lines.push(`\n${name}, the first ones:`, ...stories.slice(0, 20).map((one) => `- ${one}`))
  }
  return lines.join('\n')
}
