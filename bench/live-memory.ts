/** What a Node process holds: what of its memory is alive behind full collections. */

import { sleep } from './clock.ts'
import type { Inspector, Thread } from './inspector.ts'

/** KB, of some isolates of the process together. */
export interface LiveMemory {
  readonly heapKb: number
  /** What V8 knows of outside its heap: array buffers, and whatever else objects hold there. */
  readonly outsideKb: number
}

/** One collection frees the objects; what they held outside, and what waited for their end, may take until the next. */
const LEAST_COLLECTIONS = 3
const MOST_COLLECTIONS = 12
/** Two readings that differ by no more are of the same objects. */
const STEADY_KB = 32
/** For what runs behind a collection: finalizers, and a turn of the event loop. */
const REST_MS = 20

/** The least of several readings: what is garbage is never counted, whatever V8 had grown to before. */
export async function liveMemoryOf(inspector: Inspector, threads: readonly Thread[]): Promise<LiveMemory> {
  let least = await readCollected(inspector, threads)
  for (let collections = 1; collections < MOST_COLLECTIONS; collections++) {
    const next = await readCollected(inspector, threads)
    const freedKb = sumKb(least) - sumKb(next)
    if (freedKb > 0) least = next
    if (collections >= LEAST_COLLECTIONS && freedKb <= STEADY_KB) break
  }
  return least
}

export function sumKb({ heapKb, outsideKb }: LiveMemory): number {
  return heapKb + outsideKb
}

async function readCollected(inspector: Inspector, threads: readonly Thread[]): Promise<LiveMemory> {
  let [heapKb, outsideKb] = [0, 0]
  for (const thread of threads) {
    await inspector.call(thread, 'HeapProfiler.collectGarbage')
    await sleep(REST_MS)
    const { heap, outside } = await usedBy(inspector, thread)
    heapKb += heap / 1024
    outsideKb += outside / 1024
  }
  return { heapKb, outsideKb }
}

/** Bytes, of the isolate alone. Node counts array buffers among `external`. */
async function usedBy(inspector: Inspector, thread: Thread): Promise<{ heap: number; outside: number }> {
  const text = await inspector.evaluate(
    thread,
    '(({ heapUsed, external }) => `${heapUsed} ${external}`)(process.memoryUsage())',
  )
  const [heap = Number.NaN, outside = Number.NaN] = text.split(' ').map(Number)
  if (!Number.isFinite(heap + outside)) throw new Error(`inspector-answer: memory in use is ${text}`)
  return { heap, outside }
}
