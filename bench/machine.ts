/** The machine that the figures belong to, and which of its cores does what. */

import { existsSync, readFileSync, statfsSync } from 'node:fs'
import { availableParallelism, cpus, totalmem, tmpdir } from 'node:os'

/** The core of each part; `undefined` leaves it to the kernel. */
export interface Placement {
  readonly subject: number | undefined
  readonly generator: number | undefined
  readonly upstream: number | undefined
}

const TASKSET = ['/usr/bin/taskset', '/bin/taskset'].find((path) => existsSync(path))

/**
 * The subject has a core of its own, so that its work is the work of one core. With two cores the generator and the
 * upstream share the other; each result says how busy that one was.
 */
export function placeOnCores(): Placement {
  const cores = availableParallelism()
  if (TASKSET === undefined || cores < 2) return { subject: undefined, generator: undefined, upstream: undefined }
  return { subject: 0, generator: 1, upstream: cores > 2 ? 2 : 1 }
}

/** The command that runs on one core. `taskset` becomes the program that it starts, so the process id stays the same. */
export function onCore(core: number | undefined, command: readonly string[]): readonly string[] {
  if (core === undefined || TASKSET === undefined) return command
  return [TASKSET, '-c', String(core), ...command]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly kernel: string
  readonly node: string
  /** What the folder of temporary files stands on: a ledger's commits wait for it. */
  readonly dataFolder: string
  readonly placement: string
}

export function describeMachine(placement: Placement): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: readFileSync('/proc/sys/kernel/osrelease', 'latin1').trim(),
    node: process.version,
    dataFolder: fileSystemOf(tmpdir()),
    placement:
      placement.subject === undefined
        ? 'not pinned'
        : `subject on core ${placement.subject}, generator on ${placement.generator}, upstream on ${placement.upstream}`,
  }
}

/** Magic numbers of Linux's statfs(2). */
const FILE_SYSTEMS = new Map([
  [0x01_02_19_94, 'tmpfs'],
  [0xef_53, 'ext4'],
  [0x58_46_53_42, 'xfs'],
  [0x91_23_68_3e, 'btrfs'],
  [0x79_4c_76_30, 'overlayfs'],
])

function fileSystemOf(path: string): string {
  const magic = statfsSync(path).type
  return FILE_SYSTEMS.get(magic) ?? `0x${magic.toString(16)}`
}
