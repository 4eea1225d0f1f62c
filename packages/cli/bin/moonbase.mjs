#!/usr/bin/env node
/** The door: runs the command line on a Node that can run it. */

import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { giveUp, ignoreUserSignals, newEnough, root, runWithOwnNode } from './own-node.mjs'

ignoreUserSignals()
if (newEnough) {
  // Once streams had run, V8 put what every request allocates among what is to stay, and a reply cost half as much again,
  // for good (docs/decisions/0016-nothing-is-born-old.md). It decides so when code is compiled: before any of ours is.
  setFlagsFromString('--no-allocation-site-pretenuring')
  const program = await import('../src/main.ts').catch(tellOfMissingPackage)
  await program?.main(process.argv.slice(2))
} else {
  runWithOwnNode([...process.execArgv, fileURLToPath(import.meta.url), ...process.argv.slice(2)])
}

/** Nothing was installed yet, or not since the last pull. */
function tellOfMissingPackage(error) {
  const [, name] = /^Cannot find package '([^']+)'/.exec(error.message) ?? []
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || name === undefined) throw error
  giveUp(`moonbase needs the package ${name}, which is not installed: run npm ci in ${root}`)
}
