/**
 * Loaded into a server by `--import`: takes all descriptors of its process whenever SIGUSR2 comes, and lets go of them with SIGWINCH.
 * `HOARD_LEFT` says how many it leaves.
 */

import { closeSync, openSync } from 'node:fs'

const LEFT = Number(process.env['HOARD_LEFT'])
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
