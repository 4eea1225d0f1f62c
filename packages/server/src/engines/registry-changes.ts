/** What a change of the configuration changed of engines and models, in lines for people. Holds no secret. */

import { isDeepStrictEqual } from 'node:util'
import type { Configuration, ModelConfiguration } from '../configuration/index.ts'
import type { EngineSpec } from './engine-specs.ts'
import type { RegisteredEngine, OpenReplica } from './registered-engine.ts'

interface Planned {
  readonly engine: RegisteredEngine
  readonly spec: EngineSpec
  /** Absent for an engine that was opened anew. */
  readonly change: { readonly opened: readonly OpenReplica[] } | undefined
}

/** To be asked before the change is made. */
export function engineChanges(present: ReadonlyMap<string, RegisteredEngine>, plans: readonly Planned[]): string[] {
  const lines: string[] = []
  const planned = new Set(plans.map(({ engine }) => engine.target.name))
  for (const { engine, spec, change } of plans) {
    const { name } = engine.target
    if (change !== undefined) lines.push(...listChanges(engine, spec, change.opened))
    else {
      const before = present.get(name)
      lines.push(
        before === undefined ? `engine ${name}: new` : `engine ${name}: opened anew${stillRunning(before.members)}`,
      )
    }
  }
  for (const [name, { members }] of present) {
    if (!planned.has(name)) lines.push(`engine ${name}: gone${stillRunning(members)}`)
  }
  return lines
}

function listChanges(
  engine: RegisteredEngine,
  { places, byPrefix }: EngineSpec,
  opened: readonly OpenReplica[],
): string[] {
  const { name } = engine.target
  const lines = opened.map(({ place }) => `engine ${name}: ${place} is new`)
  const kept = [...places]
  for (const member of engine.members) {
    const at = kept.indexOf(member.place)
    if (at === -1) lines.push(`engine ${name}: ${member.place} is gone${stillRunning([member])}`)
    else kept.splice(at, 1)
  }
  if (byPrefix !== engine.byPrefix) lines.push(`engine ${name}: balanced by ${byPrefix ? 'prefix' : 'load'}`)
  return lines
}

function stillRunning(members: readonly OpenReplica[]): string {
  const running = members.reduce((sum, { replica }) => sum + replica.running, 0)
  return running === 0
    ? ''
    : `, when ${running === 1 ? 'its running answer has' : `its ${running} running answers have`} ended`
}

export function modelChanges(before: Configuration | undefined, after: Configuration): string[] {
  const lines: string[] = []
  for (const [id, model] of Object.entries(after.models)) {
    const earlier = before?.models[id]
    if (isDeepStrictEqual(earlier, model)) continue
    lines.push(`model ${id}: ${aboutModel(model)}`)
  }
  for (const id of Object.keys(before?.models ?? {})) {
    if (after.models[id] === undefined) lines.push(`model ${id}: not served any more`)
  }
  const { routing } = after
  if (before !== undefined && !isDeepStrictEqual(before.routing, routing))
    lines.push('routing: changed, for new requests')
  return lines
}

function aboutModel({ engines, continuation, standIn }: ModelConfiguration): string {
  const instead = standIn === undefined ? '' : `, with ${standIn} in its place`
  return `served by ${engines.join(', ')}${instead}${continuation ? '' : ', without continuation'}`
}
