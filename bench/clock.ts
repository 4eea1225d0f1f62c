/** Time that every process of one machine agrees on, so that a chunk stamped in one can be timed in another. */

// `performance.now()` and `process.hrtime()` read the same monotonic clock of the kernel; the first starts at zero in each
// process but is much cheaper to read. The smallest difference of a few readings is the one least disturbed.
const offsetUs = Math.min(...Array.from({ length: 9 }, readOffsetUs))

/** Microseconds of the kernel's monotonic clock, the same in every process. */
export function nowUs(): number {
  return performance.now() * 1000 + offsetUs
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

function readOffsetUs(): number {
  const before = performance.now()
  return Number(process.hrtime.bigint()) / 1000 - before * 1000
}
