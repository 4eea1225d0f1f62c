/** Streams that have begun and wait: what each of them takes of the subject's memory, and whether anything is left of them. */

import { sleep } from './clock.ts'
import { Inspector } from './inspector.ts'
import { liveMemoryOf, sumKb, type LiveMemory } from './live-memory.ts'
import type { Plan } from './plan.ts'
import { memoryOf } from './process-usage.ts'
import type { Rig } from './rig.ts'
import type { RunningSubject } from './subjects/subject.ts'

/** As the machine sees it: a process that nobody looks into. */
export interface IdleRecord {
  readonly asked: number
  readonly ready: number
  readonly faults: Readonly<Record<string, number>>
  readonly pssBeforeKb: number
  readonly pssHeldKb: number
  readonly pssAfterKb: number
  /** Streams that the upstream still serves after all clients have gone: each is a model working for nobody. */
  readonly upstreamLeft: number
}

/** As V8 sees it, behind full collections: a process of its own, which was started with an inspector. */
export interface LiveRecord {
  readonly ready: number
  readonly faults: Readonly<Record<string, number>>
  readonly before: LiveMemory
  readonly held: LiveMemory
}

/** Lets code that only idle streams run be loaded before memory is read. */
const IDLE_WARM_UP_STREAMS = 20
/** What a gateway needs at most to notice that its client is gone and to let go of the upstream. */
const RELEASE_LIMIT_MS = 3000
const UPSTREAM_POLL_MS = 50
/** What a stream does once it has begun, such as being looked at every second so that a crash finds it, is done by then. */
const REST_OF_A_STREAM_MS = 3000

export async function measureIdle({ idleStreams, restMs }: Plan, running: RunningSubject, rig: Rig) {
  const pss = () => memoryOf(running.pids()).pssKb
  await warmUp(running, rig)
  await sleep(restMs)
  const pssBeforeKb = pss()
  const { ready, faults } = await rig.hold({ target: running.target, streams: idleStreams })
  await sleep(restMs)
  const pssHeldKb = pss()
  await rig.release()
  const upstreamLeft = await untilReleased(rig)
  await sleep(restMs)
  const record: IdleRecord = {
    asked: idleStreams,
    ready,
    faults,
    pssBeforeKb,
    pssHeldKb,
    pssAfterKb: pss(),
    upstreamLeft,
  }
  return record
}

/** The difference is what the streams hold: no garbage, and nothing of what V8 had grown its heap to before. */
export async function measureLive(
  { idleStreams }: Pick<Plan, 'idleStreams'>,
  running: RunningSubject,
  address: string,
  rig: Rig,
): Promise<LiveRecord> {
  const inspector = await Inspector.open(address)
  await warmUp(running, rig)
  // They end when they are paid for, and the first that ends brings the memory that ended streams are kept in.
  await sleep(REST_OF_A_STREAM_MS)
  // A worker that begins later, to count prompts say, is the process's: no stream has brought its vocabulary along.
  const { threads } = inspector
  const before = await liveMemoryOf(inspector, threads)
  const { ready, faults } = await rig.hold({ target: running.target, streams: idleStreams })
  await sleep(REST_OF_A_STREAM_MS)
  const held = await liveMemoryOf(inspector, threads)
  await rig.release()
  inspector.close()
  return { ready, faults, before, held }
}

export function idleKb({ pssHeldKb, pssBeforeKb, ready }: IdleRecord): number {
  return (pssHeldKb - pssBeforeKb) / Math.max(1, ready)
}

export function liveKb({ before, held, ready }: LiveRecord): number {
  return (sumKb(held) - sumKb(before)) / Math.max(1, ready)
}

/** Of that, what is outside of V8's heap. */
export function liveOutsideKb({ before, held, ready }: LiveRecord): number {
  return (held.outsideKb - before.outsideKb) / Math.max(1, ready)
}

async function warmUp({ target }: RunningSubject, rig: Rig): Promise<void> {
  await rig.hold({ target, streams: IDLE_WARM_UP_STREAMS })
  await rig.release()
  await untilReleased(rig)
}

async function untilReleased(rig: Rig): Promise<number> {
  for (let waited = 0; waited < RELEASE_LIMIT_MS; waited += UPSTREAM_POLL_MS) {
    if ((await rig.openStreams()) === 0) return 0
    await sleep(UPSTREAM_POLL_MS)
  }
  return await rig.openStreams()
}
