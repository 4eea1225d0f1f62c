/** A replica in a process of its own, which is really killed and really stopped. */

import { Child } from './child.ts'
import type { Replica } from './replica.ts'

/** Its port may be taken by a connection of somebody else in the moment between its two lives. */
const STARTS = 20

export async function startReplica(pauseMs: number): Promise<Replica> {
  const strays: string[] = []
  let child: Child
  let port = '0'

  const start = async (): Promise<string> => {
    for (let attempt = 1; ; attempt += 1) {
      child = new Child(new URL('./replica-process.ts', import.meta.url), [port, String(pauseMs)])
      child.on(({ stray }) => {
        if (typeof stray === 'string') strays.push(stray)
      })
      try {
        return await child.next<string>('url')
      } catch (error) {
        if (attempt === STARTS) throw error
      }
    }
  }

  const url = await start()
  port = new URL(url).port
  return {
    url,
    kill: () => child.end(),
    async revive() {
      await start()
    },
    stall: async () => child.signal('SIGSTOP'),
    resume: async () => child.signal('SIGCONT'),
    report: async () => ({ running: await child.ask<number>('report', 'running'), strays }),
    close: () => child.end(),
  }
}
