/** What one run of the bench does: which loads, how long, how often. Bounded in count and in time. */

import { LOADS, type Load } from './loads.ts'

/** All that can be asked for by `--only`: the loads, and what is measured of a process that has none. */
export const ROW_NAMES: readonly string[] = [...LOADS.map(({ key }) => key), 'idle', 'start']

export const PLAN_NAMES = ['quick', 'default', 'full'] as const

export interface PlanChoice {
  readonly name: (typeof PLAN_NAMES)[number]
  /** Names of rows, or what they begin with. */
  readonly only?: readonly string[]
  readonly rounds?: number
}

export interface Plan {
  readonly name: (typeof PLAN_NAMES)[number]
  /** Each round runs every load on every subject, A B C, then C B A; figures are medians over rounds. */
  readonly rounds: number
  readonly loads: readonly Load[]
  /** Makes every window longer or shorter. */
  readonly windowScale: number
  readonly settleMs: number
  /** For each kind of load at full rate. A server of many small functions is compiled for seconds before it is fast. */
  readonly warmUpMs: number
  readonly starts: number
  /** Each in a process of its own: what V8 has made of its heap until then differs from one to the next. */
  readonly idleRounds: number
  readonly idleStreams: number
  /** Time for memory to come to rest before it is read. */
  readonly restMs: number
}

export function choosePlan({ name, only, rounds }: PlanChoice): Plan {
  const plan = PLANS[name]
  const chosen = only === undefined ? undefined : new Set(only.flatMap(rowsNamed))
  const times = (row: 'idle' | 'start', usual: number) =>
    chosen === undefined || chosen.has(row) ? (rounds ?? usual) : 0
  return {
    ...plan,
    rounds: rounds ?? plan.rounds,
    loads: plan.loads.filter(({ key }) => chosen?.has(key) ?? true),
    starts: times('start', plan.starts),
    idleRounds: times('idle', plan.idleRounds),
  }
}

/** The row of this name, with the one that it is read against, or all whose names begin with it. */
function rowsNamed(name: string): readonly string[] {
  const load = LOADS.find(({ key }) => key === name)
  if (load?.alone !== undefined) return [load.alone, name]
  if (ROW_NAMES.some((row) => row === name)) return [name]
  const found = ROW_NAMES.filter((row) => row.startsWith(`${name}-`))
  if (found.length === 0) throw new Error(`no such row: ${name}; there are ${ROW_NAMES.join(', ')}`)
  return found
}

const PLANS: Readonly<Record<Plan['name'], Plan>> = {
  quick: {
    name: 'quick',
    rounds: 1,
    loads: LOADS,
    windowScale: 0.4,
    settleMs: 200,
    warmUpMs: 800,
    starts: 1,
    idleRounds: 1,
    idleStreams: 500,
    restMs: 300,
  },
  default: {
    name: 'default',
    rounds: 3,
    loads: LOADS,
    windowScale: 1,
    settleMs: 300,
    warmUpMs: 4000,
    starts: 3,
    idleRounds: 3,
    idleStreams: 1000,
    restMs: 800,
  },
  full: {
    name: 'full',
    rounds: 7,
    loads: LOADS,
    windowScale: 2,
    settleMs: 500,
    warmUpMs: 8000,
    starts: 7,
    idleRounds: 5,
    idleStreams: 1000,
    restMs: 3000,
  },
}
