/** Tells a database that says nothing from a process that had no time to listen to it. */

/** Calls `work` once after so many milliseconds, unless what it gives is called before. */
export type After = (ms: number, work: () => void) => () => void

/**
 * Silence is measured in so many steps. One that ends late, because this process was busy or stood still itself, counts no
 * more than one that ends in time: what the database said meanwhile waits to be read.
 */
const STEPS = 10

/** Calls `work` when nobody has called what it gives for `ms` in which this process could have heard something. */
export function afterSilence(ms: number, after: After, work: () => void): () => void {
  let left = STEPS
  let stop: () => void
  const step = (): void => {
    stop = left-- > 0 ? after(ms / STEPS, step) : afterReading(work)
  }
  step()
  return () => stop()
}

/** Timers come before what waits to be read in each turn of the event loop, and this comes behind it. */
function afterReading(work: () => void): () => void {
  const turn = setImmediate(work)
  return () => clearImmediate(turn)
}

/** By the clock of this machine. */
export const afterTimeout: After = (ms, work) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}
