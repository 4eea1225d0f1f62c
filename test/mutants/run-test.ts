/** One test file in the scratch copy, with a mutant switched on or with none. */

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../runner/run-command.ts'

/** PostgreSQL runs as a user of its own, below the folders of the one who tests. */
export const PASSABLE = 0o711

const HERE = fileURLToPath(new URL('.', import.meta.url))

export interface TestRun {
  readonly passed: boolean
  /** What ended it, if it did not pass: the name of the first test that failed, or that it took too long. */
  readonly why: string
  readonly seconds: number
}

export interface Reach extends TestRun {
  /** How often the code passed each mutant, by its id; 0 where nobody counted. */
  readonly passes: ReadonlyMap<string, number>
}

/** With everything as it should be. */
export async function runToSee(scratch: string, test: string, limitMs: number): Promise<Reach> {
  const folder = mkdtempSync(join(scratch, 'reach-'))
  const file = join(folder, 'passed')
  const run = await runFile(scratch, test, limitMs, { MOONBASE_MUTANT_REACH: file })
  const passes = new Map<string, number>()
  for (const line of readLines(file)) {
    const [id = '', times = '0'] = line.split(' ')
    passes.set(id, Math.max(passes.get(id) ?? 0, Number(times)))
  }
  rmSync(folder, { recursive: true })
  return { ...run, passes }
}

/** `passes`: how often the code passes the mutant when all is well. Far more of them are a loop, and end the test. */
export function runMutant(
  scratch: string,
  test: string,
  mutant: { readonly id: string; readonly passes: number },
  limitMs: number,
): Promise<TestRun> {
  const { id, passes } = mutant
  const most = passes === 0 ? Number.MAX_SAFE_INTEGER : passes * PASSES_TIMES + PASSES_MORE
  return runFile(scratch, test, limitMs, { __STRYKER_ACTIVE_MUTANT__: id, MOONBASE_MUTANT_PASSES: String(most) })
}

const PASSES_TIMES = 100
const PASSES_MORE = 100_000

async function runFile(
  scratch: string,
  test: string,
  limitMs: number,
  environment: Readonly<Record<string, string>>,
): Promise<TestRun> {
  const temporary = mkdtempSync(join(scratch, 'tmp-'))
  chmodSync(temporary, PASSABLE)
  mkdirSync(join(scratch, 'compiled'), { recursive: true })
  const { failure, said, seconds } = await runCommand({
    command: [
      process.execPath,
      `--test-reporter=${join(HERE, 'until-first-failure.ts')}`,
      '--test-reporter-destination=stdout',
      test,
    ],
    folder: scratch,
    limitMs,
    environment: {
      ...environment,
      NODE_OPTIONS: `--import=${join(HERE, 'in-process.ts')}`,
      TMPDIR: temporary,
      NODE_COMPILE_CACHE: join(scratch, 'compiled'),
    },
  })
  rmSync(temporary, { recursive: true, force: true, maxRetries: 5 })
  if (failure === undefined) return { passed: true, why: '', seconds }
  const isLate = failure.startsWith('still ran')
  const why = isLate ? 'took too long' : (said.trim().split('\n').at(-1) ?? failure).slice(0, 200)
  return { passed: false, why, seconds }
}

/** A process that was ended before it could write has reached nothing that we know of. */
function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n')
  } catch {
    return []
  }
}
