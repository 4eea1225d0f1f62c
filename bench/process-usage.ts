/** What a process and its children use, as the kernel counts it. Linux only: it reads /proc. */

import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ: what the kernel counts CPU time of a process in, on every Linux that we know of. */
const TICKS_PER_SECOND = 100

/** The process and everything that descends from it. */
export function processTree(root: number): number[] {
  const childrenOf = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    const parent = Number(statFields(Number(name))?.[1] ?? Number.NaN)
    const siblings = childrenOf.get(parent)
    if (siblings === undefined) childrenOf.set(parent, [Number(name)])
    else siblings.push(Number(name))
  }
  const tree = [root]
  for (const pid of tree) tree.push(...(childrenOf.get(pid) ?? []))
  return tree
}

/** User and system time of all threads, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const fields = statFields(pid)
    ticks += Number(fields?.[11] ?? 0) + Number(fields?.[12] ?? 0)
  }
  return ticks / TICKS_PER_SECOND
}

/** What some processes have used up to a moment. Two readings tell what they used in between. */
export type CpuReading = readonly ProcessCpu[]

interface ProcessCpu {
  /** From the counter of the whole process, which keeps what its ended threads used, in hundredths of a second. */
  readonly seconds: number
  /** Nanoseconds of each living thread; empty on a kernel that does not tell. */
  readonly threads: ReadonlyMap<string, number>
}

export function readCpu(pids: readonly number[]): CpuReading {
  return pids.map((pid) => ({ seconds: cpuSeconds([pid]), threads: threadsOf(pid) }))
}

/**
 * Counted by its threads where they can be: the scheduler's nanoseconds, at most one tick of 1 to 10 ms old. The process's own
 * counter is cut to hundredths of a second twice, for user and for system, which is two percent of a window of a second.
 */
export function cpuSecondsBetween(before: CpuReading, after: CpuReading): number {
  return after.reduce((sum, { seconds, threads }, index) => {
    const start = before[index]
    if (start === undefined) throw new Error('the two readings are not of the same processes')
    const same = start.threads.size > 0 && [...start.threads.keys()].every((thread) => threads.has(thread))
    return sum + (same ? (sumOf(threads) - sumOf(start.threads)) / 1e9 : seconds - start.seconds)
  }, 0)
}

function threadsOf(pid: number): Map<string, number> {
  const threads = new Map<string, number>()
  for (const thread of unlessGone(() => readdirSync(`/proc/${pid}/task`)) ?? []) {
    const text = readProc(`/proc/${pid}/task/${thread}/schedstat`)
    if (text !== undefined) threads.set(thread, Number(text.split(' ', 1)[0]))
  }
  return threads
}

function sumOf(threads: ReadonlyMap<string, number>): number {
  let sum = 0
  for (const nanoseconds of threads.values()) sum += nanoseconds
  return sum
}

/** User and system time of everything on this machine since it started, in seconds. */
export function machineCpuSeconds(): number {
  const [, user = 0, nice = 0, system = 0] = (readProc('/proc/stat') ?? '').split(/\s+/, 4).map(Number)
  return (user + nice + system) / TICKS_PER_SECOND
}

export interface Memory {
  /** Memory that is resident, in KB. */
  readonly rssKb: number
  /** The same, with what several processes share counted once among them. */
  readonly pssKb: number
}

export function memoryOf(pids: readonly number[]): Memory {
  let rssKb = 0
  let pssKb = 0
  for (const pid of pids) {
    const text = readProc(`/proc/${pid}/smaps_rollup`) ?? ''
    rssKb += Number(/^Rss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
    pssKb += Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0)
  }
  return { rssKb, pssKb }
}

/** The fields of `/proc/<pid>/stat` from the state on: the name before them may hold any character. */
function statFields(pid: number): string[] | undefined {
  const text = readProc(`/proc/${pid}/stat`)
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')
}

function readProc(path: string): string | undefined {
  return unlessGone(() => readFileSync(path, 'latin1'))
}

/** `undefined` when the process, or the thread, has ended in the meantime. */
function unlessGone<Value>(read: () => Value): Value | undefined {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ESRCH'))
      return undefined
    throw cause
  }
}
