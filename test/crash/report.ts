/** The table that the rounds end with. */

import type { Tally } from './rounds.ts'

export interface Circumstances {
  readonly store: string
  readonly seed: number
  readonly seconds: number
}

export function tableOf(tally: Tally, { store, seed, seconds }: Circumstances): string {
  const { server, database, both } = tally.crashes
  const rows: readonly (readonly [name: string, value: string | number])[] = [
    ['store', store],
    ['seed', seed],
    ['rounds', tally.rounds],
    ['killed: server / database / both', `${server} / ${database} / ${both}`],
    ['requests', tally.requests],
    ['seen complete, each paid once', tally.complete],
    ['begun and not complete', tally.cut],
    ['refused', tally.refused],
    ['sent, and nothing heard', tally.unseen],
    ['recovered: settled / released', `${tally.settled} / ${tally.released}`],
    ['of them streams of more than five seconds, settled', tally.lasting],
    ['made and paid, and lost on the way', tally.lost],
    ['payments, each repeated', tally.payments],
    ['problems', tally.problems.length],
    ['seconds', seconds.toFixed(1)],
  ]
  const lines = ['| | |', '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)]
  if (tally.problems.length > 0) lines.push('\nProblems:', ...tally.problems.map((problem) => `- ${problem}`))
  return lines.join('\n')
}
