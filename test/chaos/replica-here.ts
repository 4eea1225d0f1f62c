/** A replica in this process: nothing about it depends on how fast the machine is. */

import { eventually } from '../support/eventually.ts'
import { openModelUpstream } from '../support/model-upstream.ts'
import { type Replica, replicaOptions } from './replica.ts'

export async function openReplicaHere(): Promise<Replica> {
  const strays: string[] = []
  const upstream = await openModelUpstream({ ...replicaOptions((stray) => strays.push(stray)), paced: true })
  return {
    url: upstream.url,
    kill: async () => upstream.kill(),
    revive: async () => upstream.revive(),
    stall: async () => upstream.hold(),
    async resume() {
      // Whoever it keeps waiting gives it up first, however late that is.
      await eventually(
        () => upstream.running,
        (running) => running === 0,
      )
      upstream.release()
    },
    report: async () => ({ running: upstream.running, strays }),
    close: () => upstream.close(),
  }
}
