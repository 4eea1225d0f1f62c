/** What `npm run agents` prints: a table of agents and troubles, and under it why, whom else they asked for, and what they left. */

import type { Agent } from './agent.ts'
import type { Played } from './play.ts'
import type { Trouble } from './troubles.ts'

/** One agent, with the version that was driven; or why it was not. */
export interface Row {
  readonly agent: Pick<Agent, 'name' | 'wire' | 'lenient' | 'known'>
  readonly version: string
  readonly missing?: string
  /** By the id of the trouble. */
  readonly played: ReadonlyMap<string, Played>
}

/** Whether it ended as its driver has it: a failure that is known and does not come any more is to be taken out there. */
export function isAsExpected({ agent, missing, played }: Row): boolean {
  if (missing !== undefined) return false
  return [...played].every(
    ([trouble, { outcome }]) => (outcome === 'failed') === (agent.known?.[trouble] !== undefined),
  )
}

export function tableOf(rows: readonly Row[], troubles: readonly Trouble[]): string {
  const lines = rows.map(({ agent, version, missing, played }) => {
    const cells = troubles.map(({ id }) => (missing === undefined ? cellOf(played.get(id)) : 'not run'))
    const key = agent.lenient === undefined ? 'strict' : agent.lenient.join(', ')
    return `| ${[`${agent.name} ${version}`.trimEnd(), agent.wire, key, ...cells].join(' | ')} |`
  })
  const head = ['agent', 'wire', 'key', ...troubles.map(({ id }) => id)]
  return [`| ${head.join(' | ')} |`, `|${'---|'.repeat(head.length)}`, ...lines].join('\n')
}

function cellOf(played: Played | undefined): string {
  if (played === undefined) return ''
  const { outcome, requests, seconds } = played
  return `${outcome === 'failed' ? '**failed**' : outcome}, ${requests} requests, ${seconds.toFixed(0)} s`
}

/** What there is to say beside the table, a line each. */
export function remarksOf(rows: readonly Row[]): readonly string[] {
  return rows.flatMap(({ agent, missing, played }) => {
    const said: string[] = missing === undefined ? [] : [`${agent.name} was not run: ${missing}`]
    for (const [trouble, { outcome, why, kept }] of played) {
      const known = agent.known?.[trouble]
      const where = kept === undefined ? '' : ` (${kept})`
      if (outcome === 'failed') said.push(`${agent.name}, ${trouble}: ${why.join('; ')}${where}`)
      if (outcome === 'failed' && known !== undefined) said.push(`${agent.name}, ${trouble}: known: ${known}`)
      if (outcome !== 'failed' && known !== undefined) said.push(`${agent.name}, ${trouble}: no longer so: ${known}`)
    }
    const all = [...played.values()]
    const wanted = new Set(all.flatMap((one) => one.wanted))
    const left = new Set(all.flatMap((one) => one.left))
    if (wanted.size > 0) said.push(`${agent.name} asked for ${[...wanted].toSorted().join(', ')}, and got none`)
    if (left.size > 0) said.push(`${agent.name} left behind ${[...left].toSorted().join(', ')}, ended by pid`)
    return said
  })
}
