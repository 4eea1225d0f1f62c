#!/usr/bin/env node
/** The door: runs the command line on a Node that can run it. */

import { fileURLToPath } from 'node:url'
import { newEnough, runWithOwnNode } from './own-node.mjs'

if (newEnough) {
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else {
  runWithOwnNode([...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)])
}
