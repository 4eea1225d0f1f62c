/**
 * Asks replicas how they are, now and then, so that one that died quietly is known before a request finds out.
 *
 * What a replica does counts for more than what it says: one that gave tokens since the last round is well and is not
 * asked. A failed check takes nobody away from a replica but those who have somewhere else to go (`chooseReplica`).
 */

import type { Clock, Health } from '../generation/index.ts'
import type { Replica } from './replica.ts'

/** One lost check is a hiccup of the network; two in a row, a whole round apart, are not. */
const FAILURES_TO_BE_ILL = 2
/** An engine that can not say how it is within this, or within a round, is not well. */
const CHECK_MS = 5_000
/** A round is up to this much longer or shorter, so that many servers do not ask together. */
const JITTER = 0.25

export interface HealthWatchOptions {
  readonly everyMs: number
  readonly clock: Clock
  /** From 0 up to, but without, 1. */
  readonly random: () => number
  /** Ends the watch. */
  readonly signal: AbortSignal
  /** Told when a replica has become ill, or well again. */
  readonly onChange?: (replica: Replica, health: Health) => void
}

/**
 * Watches until the signal fires; the first checks come after the first pause.
 *
 * @param replicas asked for anew in each round, since they may change while the server runs.
 */
export async function watchHealth(replicas: () => readonly Replica[], options: HealthWatchOptions): Promise<void> {
  const { everyMs, clock, random, signal } = options
  const failures = new WeakMap<Replica, number>()
  while (!signal.aborted) {
    const began = clock.now()
    try {
      await clock.sleep(everyMs * (1 + (random() * 2 - 1) * JITTER), signal)
    } catch (error) {
      if (signal.aborted) return
      throw error
    }
    const asked = replicas().filter(({ draining }) => !draining)
    await Promise.all(
      asked.map(async (replica) => {
        const health = replica.livedAt >= began ? WELL : await check(replica, options)
        if (!signal.aborted) note(replica, health, failures, options)
      }),
    )
  }
}

const WELL: Health = { ok: true }

function note(
  replica: Replica,
  health: Health,
  failures: WeakMap<Replica, number>,
  { onChange }: HealthWatchOptions,
): void {
  const failed = health.ok ? 0 : (failures.get(replica) ?? 0) + 1
  failures.set(replica, failed)
  const healthy = health.ok || (replica.healthy && failed < FAILURES_TO_BE_ILL)
  if (healthy === replica.healthy) return
  replica.healthy = healthy
  onChange?.(replica, health)
}

/** Never rejects, and never takes longer than its limit, whatever the engine does with its signal. */
async function check({ engine }: Replica, { everyMs, clock, signal }: HealthWatchOptions): Promise<Health> {
  const abort = new AbortController()
  const end = (): void => abort.abort(signal.reason)
  signal.addEventListener('abort', end)
  const limitMs = Math.min(CHECK_MS, everyMs)
  const late = clock.sleep(limitMs, abort.signal).then(
    (): Health => ({ ok: false, reason: `did not say how it is within ${limitMs} ms` }),
    (): Health => ({ ok: false, reason: 'was not waited for' }),
  )
  try {
    return await Promise.race([engine.health(abort.signal), late])
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    signal.removeEventListener('abort', end)
    abort.abort()
  }
}
