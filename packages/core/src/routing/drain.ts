/** Takes a replica out of service without dropping a stream. */

import type { Replica } from './replica.ts'

/** Nobody new is sent there. Resolves with true when nothing runs there any more, with false when the signal fires first. */
export async function drain(replica: Replica, signal: AbortSignal): Promise<boolean> {
  replica.draining = true
  const stopped = Promise.withResolvers<boolean>()
  const stop = (): void => stopped.resolve(false)
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    return await Promise.race([replica.idle().then(() => true), stopped.promise])
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
