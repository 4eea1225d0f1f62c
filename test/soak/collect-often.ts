/** Loaded into the server of a soak, in each of its threads: all that is dead is collected every few seconds. */

import { setInterval } from 'node:timers'

const EVERY_MS = 10_000

const { gc } = globalThis
if (gc === undefined) throw new Error('the soak starts its server with --expose-gc')
setInterval(() => {
  gc()
}, EVERY_MS).unref()
