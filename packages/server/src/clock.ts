/** The real clock. */

import { setTimeout as wait } from 'node:timers/promises'
import type { Clock } from '@moonbase/core/generation'

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, { signal })
    } catch (error) {
      throw signal.aborted ? signal.reason : error
    }
  },
}
