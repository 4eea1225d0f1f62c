/** A replica in this process: nothing about it depends on how fast the machine is. */

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
    resume: async () => upstream.release(),
    report: async () => ({ running: upstream.running, strays }),
    close: () => upstream.close(),
  }
}
