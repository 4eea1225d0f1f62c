/** One engine of a running server: what routing sees of it, and how its list of replicas changes. */

import {
  type Balance,
  Replica,
  type RoutingPolicy,
  type Target,
  leastLoad,
  prefixAffinity,
} from '@moonbase/core/routing'
import type { EngineSpec, OpenEngine } from './engine-specs.ts'

type BreakerPolicy = RoutingPolicy['breaker']

/** One replica and the engine behind it. */
export interface OpenReplica {
  /** Of the outline's places. */
  readonly place: string
  readonly engine: OpenEngine
  readonly replica: Replica
}

/** A change of the list that is ready and not made. Whoever does not make it closes what was opened for it. */
export interface ListChange {
  readonly opened: readonly OpenReplica[]
  /** All at once. @returns who does not belong to the engine any more; still to be drained and closed */
  commit(): readonly OpenReplica[]
}

export class RegisteredEngine {
  /** The same as long as the engine is: requests that are under way see its replicas come and go. */
  readonly target: Target
  readonly #random: () => number
  readonly #target: { -readonly [Name in keyof Target]: Target[Name] }
  /** The breakers hold it and look at it anew each time. */
  readonly #breaker: { -readonly [Name in keyof BreakerPolicy]: BreakerPolicy[Name] }
  #members: readonly OpenReplica[]
  #spec: EngineSpec

  /** Opens its replicas. When one can not be opened, none stays open. @throws StartError */
  static async open(
    name: string,
    spec: EngineSpec,
    breaker: BreakerPolicy,
    random: () => number,
  ): Promise<RegisteredEngine> {
    const own = { ...breaker }
    const names = namesFor(name, spec.places, [])
    const members = await openReplicas(spec, spec.places, names, own)
    return new RegisteredEngine(name, spec, members, own, random)
  }

  private constructor(
    name: string,
    spec: EngineSpec,
    members: readonly OpenReplica[],
    breaker: BreakerPolicy,
    random: () => number,
  ) {
    const [first] = members
    if (first === undefined) throw new RangeError(`the engine ${name} has no replica`)
    this.#spec = spec
    this.#members = members
    this.#breaker = breaker
    this.#random = random
    // All replicas of an engine are set up alike.
    const { can } = first.engine
    const { askAhead } = spec
    this.#target = { name, can, askAhead, replicas: replicasOf(members), balance: balanceOf(spec, random) }
    this.target = this.#target
  }

  get members(): readonly OpenReplica[] {
    return this.#members
  }

  get scripted(): boolean {
    return this.#spec.scripted
  }

  get byPrefix(): boolean {
    return this.#spec.byPrefix
  }

  /** Catalogue ids of the only models that it can answer for, where that depends on more than the configuration. */
  get recorded(): ReadonlySet<string> | undefined {
    return this.#members[0]?.engine.recorded
  }

  /** Breakers keep what they have seen, and judge it by this from now on. */
  judgeBy(breaker: BreakerPolicy): void {
    Object.assign(this.#breaker, breaker)
  }

  /** Whether it becomes the one that is outlined by a change of its list alone, if of anything. */
  canBecome({ identity }: EngineSpec): boolean {
    return this.#spec.identity === identity
  }

  /** Opens the replicas that are new. When that fails, none of them stays open. @throws StartError */
  async prepare(spec: EngineSpec): Promise<ListChange> {
    const leaving = [...this.#members]
    const kept: (OpenReplica | undefined)[] = spec.places.map((place) => {
      const at = leaving.findIndex((member) => member.place === place)
      return at === -1 ? undefined : leaving.splice(at, 1)[0]
    })
    const missing = spec.places.filter((_, index) => kept[index] === undefined)
    const names = namesFor(this.target.name, spec.places, this.#members, kept)
    const opened = await openReplicas(spec, missing, names, this.#breaker)
    const waiting = [...opened]
    const members = kept.flatMap((member) => member ?? waiting.shift() ?? [])
    return {
      opened,
      commit: () => {
        if (spec.byPrefix !== this.#spec.byPrefix) this.#target.balance = balanceOf(spec, this.#random)
        this.#spec = spec
        this.#members = members
        this.#target.askAhead = spec.askAhead
        this.#target.replicas = replicasOf(members)
        return leaving
      },
    }
  }
}

async function openReplicas(
  spec: EngineSpec,
  places: readonly string[],
  names: readonly string[],
  breaker: BreakerPolicy,
): Promise<OpenReplica[]> {
  const members: OpenReplica[] = []
  try {
    for (const [index, place] of places.entries()) {
      const engine = await spec.open(names[index] ?? place, place)
      members.push({ place, engine, replica: new Replica(engine, 1, breaker) })
    }
  } catch (error) {
    await Promise.all(members.map(({ engine }) => engine.close()))
    throw error
  }
  return members
}

/**
 * Names for the places that have no replica yet, in their order. Logs tell replicas apart by a number; with one there is
 * nothing to tell. A replica keeps its name for its whole life; a new one gets the number of its place, or the first that
 * nobody has.
 */
function namesFor(
  name: string,
  places: readonly string[],
  present: readonly OpenReplica[],
  kept: readonly (OpenReplica | undefined)[] = [],
): string[] {
  if (places.length === 1) return [name]
  const taken = new Set(present.map(({ engine }) => engine.name))
  // The only one there was counts as the first.
  if (taken.has(name)) taken.add(`${name}/1`)
  const names: string[] = []
  for (const index of places.keys()) {
    if (kept[index] !== undefined) continue
    let own = `${name}/${index + 1}`
    for (let number = 1; taken.has(own); number += 1) own = `${name}/${number}`
    taken.add(own)
    names.push(own)
  }
  return names
}

function replicasOf(members: readonly OpenReplica[]): Replica[] {
  return members.map(({ replica }) => replica)
}

function balanceOf({ byPrefix }: EngineSpec, random: () => number): Balance {
  return byPrefix ? prefixAffinity({ random }) : leastLoad(random)
}
