/**
 * `npm run suites`: the suites of `suites.ts`, one after another, each within its limit; all are run, whatever the first
 * of them says. `npm run suites -- --list` shows them, `npm run suites -- kills` runs those that are named.
 */

import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { endAllWith, runCommand } from './run-command.ts'
import { SUITES } from './suites.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { list: { type: 'boolean', default: false } },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const widest = Math.max(...SUITES.map(({ name }) => name.length))

const unknown = names.filter((name) => !SUITES.some((suite) => suite.name === name))
if (unknown.length > 0) {
  say(`no such suite: ${unknown.join(', ')}; there are ${SUITES.map(({ name }) => name).join(', ')}`)
  process.exitCode = 1
} else if (values.list) {
  for (const { name, minutes, proves } of SUITES) say(`${name.padEnd(widest)}  at most ${minutes} min  ${proves}`)
} else {
  await runSuites()
}

async function runSuites(): Promise<void> {
  endAllWith('SIGINT')
  endAllWith('SIGTERM')
  const lines: string[] = []
  for (const { name, proves, words, environment, minutes } of SUITES) {
    if (names.length > 0 && !names.includes(name)) continue
    say(`\n${name}: ${proves}`)
    const { failure, seconds } = await runCommand({
      command: [process.execPath, ...words],
      folder: ROOT,
      limitMs: minutes * 60_000,
      shown: true,
      ...(environment === undefined ? {} : { environment }),
    })
    if (failure !== undefined) process.exitCode = 1
    const verdict = failure === undefined ? '✔' : '✖'
    const spent = `${seconds.toFixed(0).padStart(5)} s of ${String(minutes * 60).padStart(4)} s`
    lines.push(`${verdict} ${name.padEnd(widest)} ${spent}  ${failure ?? ''}`.trimEnd())
  }
  say(`\n${lines.join('\n')}`)
}
