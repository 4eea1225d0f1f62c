/** Loaded into a server by `--import`: takes all descriptors of its process but a few when a signal says so, and lets go of them with the next. */

import { closeSync, openSync } from 'node:fs'

/** Enough to accept somebody, and not for all who come with an engine beside each. */
const LEFT = 3
const hoard = []

process.on('SIGWINCH', () => {
  if (hoard.length > 0) {
    for (const descriptor of hoard.splice(0)) closeSync(descriptor)
    return
  }
  try {
    for (;;) hoard.push(openSync('/dev/null', 'r'))
  } catch {
    for (const descriptor of hoard.splice(0, LEFT)) closeSync(descriptor)
  }
})
