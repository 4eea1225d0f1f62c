/** Nothing in between: the baseline that every other figure is read against. */

import { CHAT_PATH, type Subject } from './subject.ts'

export const direct: Subject = {
  kind: 'direct',
  name: 'direct',
  about: 'the generator asks the upstream itself',
  absence: () => undefined,
  isNode: false,
  start: (upstreamPort) =>
    Promise.resolve({
      target: { port: upstreamPort, path: CHAT_PATH, headers: { authorization: 'Bearer sk-bench' } },
      pids: () => [],
      stop: () => Promise.resolve(),
    }),
}
