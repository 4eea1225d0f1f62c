/** Waiting in a test, with an end: what does not come to be in a minute fails, and says what was seen. */

import { type EventEmitter, once as onceOfNode } from 'node:events'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { inspect } from 'node:util'

/** Of what must come to be, however loaded the machine is: it is no judgement of speed. */
export const GIVE_UP_MS = 60_000
/** Looks at once, turn after turn; then only now and then, so that whoever is waited for has the core. */
const QUICK_LOOKS = 1_000
const PAUSE_MS = 2
const MOST_SHOWN = 2_000

/**
 * Looks again and again until it is so: no event is waited for, so none can have come before.
 *
 * @returns what was seen then
 * @throws Error when it is not so in a minute, with what was seen last
 */
export async function eventually<Seen>(
  look: () => Seen | Promise<Seen>,
  isSo: (seen: Seen) => boolean | undefined,
): Promise<Seen> {
  const deadline = performance.now() + GIVE_UP_MS
  for (let looks = 1; ; looks += 1) {
    const seen = await look()
    if (isSo(seen) === true) return seen
    if (performance.now() > deadline) throw new Error(`it did not come to be; at last there was ${shown(seen)}`)
    await (looks < QUICK_LOOKS ? setImmediate() : setTimeout(PAUSE_MS))
  }
}

/** As `once` of `node:events`, which waits for ever for an event that was before it, or that never comes. */
export const once = (async (
  emitter: EventEmitter | EventTarget,
  event: string,
  given: { signal?: AbortSignal } = {},
) => {
  // Made here, so that its stack says who waits.
  const late = new Error(`"${event}" did not come within ${GIVE_UP_MS / 1_000} s`)
  const limit = AbortSignal.timeout(GIVE_UP_MS)
  const signal = given.signal === undefined ? limit : AbortSignal.any([given.signal, limit])
  try {
    return await (emitter instanceof EventTarget
      ? onceOfNode(emitter, event, { signal })
      : onceOfNode(emitter, event, { signal }))
  } catch (error) {
    throw limit.aborted ? late : error
  }
}) as typeof onceOfNode

function shown(seen: unknown): string {
  return (typeof seen === 'string' ? JSON.stringify(seen.slice(-MOST_SHOWN)) : inspect(seen)).slice(-MOST_SHOWN)
}
