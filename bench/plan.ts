/** What one run of the bench does: which loads, how long, how often. Bounded in count and in time. */

import type { Scene } from './script.ts'

interface Load {
  readonly key: LoadKey
  readonly title: string
  readonly scene: Scene
  readonly connections: number
  readonly perSecond?: number
  readonly windowMs: number
}

export type LoadKey = 'whole' | 'whole-alone' | 'whole-steady' | 'burst' | 'burst-steady' | 'paced'

export interface Plan {
  readonly name: 'quick' | 'default' | 'full'
  /** Each round runs every load on every subject, A B C, A B C; figures are medians over rounds. */
  readonly rounds: number
  readonly loads: readonly Load[]
  readonly settleMs: number
  /** For each kind of load at full rate. A server of many small functions is compiled for seconds before it is fast. */
  readonly warmUpMs: number
  readonly starts: number
  readonly idleStreams: number
  /** Time for memory to come to rest before it is read. */
  readonly restMs: number
}

/** Below what the slowest subject can do, so that what is seen is time and not a queue. */
const STEADY_PER_SECOND = 500
const STEADY_STREAMS_PER_SECOND = 300

export const PLANS: Readonly<Record<Plan['name'], Plan>> = {
  quick: {
    name: 'quick',
    rounds: 1,
    loads: loads(0.3),
    settleMs: 200,
    warmUpMs: 800,
    starts: 1,
    idleStreams: 500,
    restMs: 300,
  },
  default: {
    name: 'default',
    rounds: 3,
    loads: loads(1),
    settleMs: 300,
    warmUpMs: 4000,
    starts: 3,
    idleStreams: 1000,
    restMs: 800,
  },
  full: {
    name: 'full',
    rounds: 7,
    loads: loads(2),
    settleMs: 500,
    warmUpMs: 8000,
    starts: 7,
    idleStreams: 1000,
    restMs: 3000,
  },
}

/** `scale` makes each window longer or shorter. */
function loads(scale: number): Load[] {
  return [
    { key: 'whole', title: 'whole replies, 32 at a time', scene: 'whole', connections: 32, windowMs: 2000 * scale },
    {
      key: 'whole-alone',
      title: 'whole replies, one at a time',
      scene: 'whole',
      connections: 1,
      windowMs: 1500 * scale,
    },
    {
      key: 'whole-steady',
      title: `whole replies, ${STEADY_PER_SECOND} a second`,
      scene: 'whole',
      connections: 256,
      perSecond: STEADY_PER_SECOND,
      windowMs: 1200 * scale,
    },
    { key: 'burst', title: 'burst streams, 32 at a time', scene: 'burst', connections: 32, windowMs: 2000 * scale },
    {
      key: 'burst-steady',
      title: `burst streams, ${STEADY_STREAMS_PER_SECOND} a second`,
      scene: 'burst',
      connections: 256,
      perSecond: STEADY_STREAMS_PER_SECOND,
      windowMs: 2000 * scale,
    },
    { key: 'paced', title: '50 paced streams', scene: 'paced', connections: 50, windowMs: 2400 * scale },
  ]
}
