/**
 * `npm run mutants`: changes the code in one place after another, in a scratch copy, and sees whether a test notices. A
 * sample, drawn by a seed and spread by lines, is the score; what was found is kept in `node_modules/.cache/mutants`, and a
 * second run tries what has changed.
 *
 * `--sample 800 --seed 12 --folder <part of a path> --skip <part of a path> --at-once 2 --minutes 60 --least 0.85`
 */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { endAllWith } from '../runner/run-command.ts'
import { sideBySide } from '../runner/side-by-side.ts'
import { FOLDERS, ROOT, copyTo, sourcesIn } from './ground.ts'
import { Kept, type KeptVerdict } from './kept.ts'
import { type Mutant, makeMutants } from './make-mutants.ts'
import { Reach, type Reaching } from './reach.ts'
import { type Tried, survivorsOf, tableOf } from './report.ts'
import { PASSABLE, runMutant } from './run-test.ts'
import { drawSample } from './sample.ts'

const { values: given } = parseArgs({
  options: {
    sample: { type: 'string', default: '800' },
    seed: { type: 'string', default: '12' },
    folder: { type: 'string', default: '' },
    skip: { type: 'string', multiple: true, default: [] },
    'at-once': { type: 'string', default: '2' },
    minutes: { type: 'string', default: 'Infinity' },
    least: { type: 'string', default: '0.85' },
  },
})
const atOnce = Number(given['at-once'])
const until = performance.now() + Number(given.minutes) * 60_000

/** Who would notice stands near: the nearest of them are asked, and a mutant that they let live has survived. */
const MOST_TESTS = 10
/** A test that hangs on a mutant has noticed it: it gets several times of what it takes, on a machine that has other work. */
const LIMIT_TIMES = 5
const LIMIT_MORE_MS = 15_000
const TOLD_EVERY = 20

const say = (line: string): void => void process.stdout.write(`${line}\n`)
endAllWith('SIGINT')
endAllWith('SIGTERM')
const scratch = mkdtempSync(join(tmpdir(), 'moonbase-mutants-'))
process.once('exit', () => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }))

chmodSync(scratch, PASSABLE)
copyTo(scratch)
const isSkipped = (file: string): boolean => given.skip.some((part) => file.includes(part))
const made = await makeMutants(scratch)
const mutants = made.filter(({ file }) => !isSkipped(file))
const linesOf = new Map(FOLDERS.map((folder) => [folder, linesIn(sourcesIn(folder))]))
const kept = new Kept(join(ROOT, 'node_modules/.cache/mutants'))
const reach = await Reach.see({ scratch, mutants: made, kept, isSkipped, atOnce, say })
const drawn = drawSample(mutants, linesOf, Number(given.sample), Number(given.seed))
const sample = drawn.filter(({ file }) => file.includes(given.folder))
say(`${mutants.length} mutants, of which ${sample.length} are tried (seed ${given.seed})`)

const tried: Tried[] = []
await sideBySide(
  sample.map((mutant) => ({ lane: undefined, run: () => tryMutant(mutant) })),
  atOnce,
)
for (const line of reach.unusable) say(`left out: ${line}`)
say(`\n${survivorsOf(tried).join('\n')}`)
if (tried.length < sample.length) say(`\nthe time is over: ${tried.length} of ${sample.length} were tried`)
say(`\n${tableOf(tried, linesOf)}`)
const score = tried.filter(({ killed }) => killed).length / Math.max(tried.length, 1)
process.exitCode = score >= Number(given.least) && tried.length === sample.length ? 0 : 1

async function tryMutant(mutant: Mutant): Promise<void> {
  const tests = reach.of(mutant).slice(0, MOST_TESTS)
  const known = kept.verdict(mutant.key)
  let verdict = known !== undefined && stillHolds(known, tests) ? known : undefined
  if (verdict === undefined) {
    if (performance.now() > until) return
    verdict = await verdictOf(mutant, tests)
    kept.keepVerdict(mutant.key, verdict)
  }
  const { killed, by } = verdict
  tried.push({ mutant, killed, by, unreached: tests.length === 0 })
  if (tried.length % TOLD_EVERY === 0) {
    say(`${tried.length} of ${sample.length}, ${tried.filter((each) => each.killed).length} killed`)
  }
}

/** Of one that was killed the test that did it, of a survivor all that would be asked, must be what they were. */
function stillHolds({ killed, by, tests: were }: KeptVerdict, tests: readonly Reaching[]): boolean {
  if (killed) return tests.some(({ test, hash }) => test === by && were[test] === hash)
  return tests.every(({ test, hash }) => were[test] === hash)
}

async function verdictOf({ id }: Mutant, tests: readonly Reaching[]): Promise<KeptVerdict> {
  const were: Record<string, string> = {}
  for (const { test, hash, seconds, passes } of tests) {
    were[test] = hash
    const limitMs = seconds * 1_000 * LIMIT_TIMES + LIMIT_MORE_MS
    const { passed, why } = await runMutant(scratch, test, { id, passes }, limitMs)
    if (!passed) return { killed: true, by: test, why, tests: were }
  }
  return { killed: false, by: '', why: '', tests: were }
}

function linesIn(files: readonly string[]): number {
  const counts = files
    .filter((file) => !isSkipped(file))
    .map((file) => readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1)
  return counts.reduce((sum, count) => sum + count, 0)
}
