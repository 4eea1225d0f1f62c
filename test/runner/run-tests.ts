/**
 * `npm test`: every test file in a process of its own, one more at once than there are cores, and what files share one at a
 * time (`lanes.ts`). Shows a line for each file, what a failed one said, and at the end what took longest.
 *
 * What is left to a command of its own (`left-out.ts`) is told at the end.
 *
 * `npm test -- [--at-once N] [words of paths …]`; `--root` and `--limit-s` are for the test of this itself.
 */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { glob } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { FileReport } from './file-report.ts'
import { laneOf } from './lanes.ts'
import { leftTo } from './left-out.ts'
import { endAllWith, runCommand } from './run-command.ts'
import { sideBySide } from './side-by-side.ts'

const HOME = fileURLToPath(new URL('../..', import.meta.url))
const REPORTER = fileURLToPath(new URL('file-report.ts', import.meta.url))
/** End-to-end tests first: they take longest, and the short ones behind them fill the cores to the end. */
const PATTERNS = ['test/**/*.test.ts', 'packages/**/*.test.ts']
/** Of one file. The longest take half a minute on a quiet machine; one that waits for ever is ended by it, and named. */
const LIMIT_S = 8 * 60
const SHOWN_SLOWEST = 10
/** Beside one for each core: at any time one of them waits for a disk, a timer or a process that it has started. */
const WAITING = 1
/** Compiled code of the modules that nearly all files load: a third of the CPU of a short one. Checked by its sources. */
const COMPILE_CACHE = join(HOME, 'node_modules/.cache/compiled-for-tests')

interface Outcome extends FileReport {
  readonly file: string
  readonly failure: string | undefined
  readonly seconds: number
}

const { values: given, positionals: words } = parseArgs({
  allowPositionals: true,
  options: {
    'at-once': { type: 'string', default: String(availableParallelism() + WAITING) },
    root: { type: 'string', default: HOME },
    'limit-s': { type: 'string', default: String(LIMIT_S) },
  },
})
const say = (line: string): void => void process.stdout.write(`${line}\n`)

endAllWith('SIGINT')
endAllWith('SIGTERM')
const began = performance.now()
const found = await testFiles()
const files = found.filter((file) =>
  words.length === 0 ? leftTo(file) === undefined : words.some((word) => file.includes(word)),
)
const reports = mkdtempSync(join(tmpdir(), 'moonbase-tests-'))
const outcomes: Outcome[] = []
await sideBySide(
  files.map((file) => ({ lane: laneOf(file), run: () => runFile(file) })),
  Number(given['at-once']),
)
rmSync(reports, { recursive: true, force: true })
conclude()

async function testFiles(): Promise<string[]> {
  const all: string[] = []
  for (const pattern of PATTERNS) {
    const matching = await Array.fromAsync(
      glob(pattern, { cwd: given.root, exclude: (name) => name === 'node_modules' }),
    )
    all.push(...matching.toSorted())
  }
  return all
}

async function runFile(file: string): Promise<void> {
  const report = join(reports, `${file.replaceAll('/', '_')}.json`)
  const reporters = [
    ['spec', 'stdout'],
    [REPORTER, report],
  ].flatMap(([name, to]) => [`--test-reporter=${name}`, `--test-reporter-destination=${to}`])
  const {
    failure: fault,
    said,
    seconds,
  } = await runCommand({
    command: [process.execPath, ...reporters, file],
    folder: given.root,
    limitMs: Number(given['limit-s']) * 1_000,
    environment: { NODE_COMPILE_CACHE: COMPILE_CACHE },
  })
  const { tests, skipped } = readReport(report)
  const failure = fault ?? (tests + skipped.length === 0 ? 'holds no test' : undefined)
  outcomes.push({ file, failure, seconds, tests, skipped })
  if (failure !== undefined) say(said.trimEnd())
  const verdict = failure === undefined ? '✔' : '✖'
  const counted = `${tests} ${tests === 1 ? 'test' : 'tests'}${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
  say(`${verdict} ${seconds.toFixed(1).padStart(5)} s  ${file}  ${failure ?? counted}`)
}

/** A file that did not come to its end left none. */
function readReport(path: string): FileReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as FileReport
  } catch {
    return { tests: 0, skipped: [] }
  }
}

function conclude(): void {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
  const slowest = outcomes.toSorted((a, b) => b.seconds - a.seconds).slice(0, SHOWN_SLOWEST)
  say(`\nslowest of ${outcomes.length} files:`)
  for (const { file, seconds } of slowest) say(`${seconds.toFixed(1).padStart(7)} s  ${file}`)
  const reasons = Object.entries(
    Object.groupBy(
      outcomes.flatMap((outcome) => outcome.skipped),
      (reason) => reason,
    ),
  )
  if (reasons.length > 0) say('skipped:')
  for (const [reason, tests = []] of reasons) say(`${String(tests.length).padStart(7)}    ${reason}`)
  if (words.length === 0) {
    const left = Object.entries(Object.groupBy(found, (file) => leftTo(file) ?? ''))
    for (const [command, of = []] of left) if (command !== '') say(`left to ${command}: ${of.join(', ')}`)
  }
  const tests = sum(outcomes.map((outcome) => outcome.tests))
  const skipped = sum(outcomes.map((outcome) => outcome.skipped.length))
  const ofAll = sum(outcomes.map(({ seconds }) => seconds)).toFixed(0)
  const took = ((performance.now() - began) / 1_000).toFixed(0)
  say(`${tests} tests, ${skipped} skipped; files took ${ofAll} s in sum, all of it ${took} s`)
  const failed = outcomes.filter(({ failure }) => failure !== undefined)
  for (const { file, failure } of failed) say(`✖ ${file} ${failure}`)
  process.exitCode = failed.length === 0 && outcomes.length > 0 ? 0 : 1
}
