/** What the mutants have come to: a table by folder, the score with its interval, and who survived. */

import { FOLDERS } from './ground.ts'
import type { Mutant } from './make-mutants.ts'
import { intervalOf } from './sample.ts'

export interface Tried {
  readonly mutant: Mutant
  readonly killed: boolean
  /** Nobody reaches it: no test was run. */
  readonly unreached: boolean
  /** By which test. */
  readonly by: string
}

export function tableOf(tried: readonly Tried[], linesOf: ReadonlyMap<string, number>): string {
  const rows = FOLDERS.map((folder) => {
    const here = tried.filter(({ mutant }) => mutant.folder === folder)
    return `| \`${folder.replace('packages/', '').replace('/src', '')}\` | ${linesOf.get(folder) ?? 0} | ${figuresOf(here)} |`
  })
  const lines = [...linesOf.values()].reduce((sum, count) => sum + count, 0)
  return [
    '| folder | lines | mutants | killed | survived | reached by no test | score |',
    '|---|---:|---:|---:|---:|---:|---:|',
    ...rows,
    `| all | ${lines} | ${figuresOf(tried)} |`,
  ].join('\n')
}

function figuresOf(tried: readonly Tried[]): string {
  const killed = tried.filter((each) => each.killed).length
  const unreached = tried.filter((each) => each.unreached).length
  const { low, high } = intervalOf(killed, tried.length)
  const score = tried.length === 0 ? '–' : `${percent(killed / tried.length)} (${percent(low)}–${percent(high)})`
  return [tried.length, killed, tried.length - killed - unreached, unreached, score].join(' | ')
}

export function survivorsOf(tried: readonly Tried[]): string[] {
  return tried
    .filter(({ killed }) => !killed)
    .toSorted((a, b) =>
      a.mutant.file === b.mutant.file ? a.mutant.line - b.mutant.line : a.mutant.file < b.mutant.file ? -1 : 1,
    )
    .map(({ mutant: { file, line, mutator, original, replacement }, unreached }) => {
      const how = unreached ? ' (reached by no test)' : ''
      return `${file}:${line} ${mutator}${how}\n      - ${original}\n      + ${replacement}`
    })
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}
