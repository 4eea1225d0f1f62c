/** Loaded into a server by `--import`: takes all descriptors of its process but a few whenever SIGUSR2 comes, and lets go of them with SIGWINCH. */

import { closeSync, openSync } from 'node:fs'

/** Enough to accept somebody, and not for all who come with an engine beside each. */
const LEFT = 3
const hoard = []

process.on('SIGUSR2', () => {
  try {
    for (;;) hoard.push(openSync('/dev/null', 'r'))
  } catch {
    for (const descriptor of hoard.splice(0, LEFT)) closeSync(descriptor)
  }
})

process.on('SIGWINCH', () => {
  for (const descriptor of hoard.splice(0)) closeSync(descriptor)
})
