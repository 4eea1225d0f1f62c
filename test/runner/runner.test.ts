/** What runs the tests: nothing that fails, hangs or is left running passes, and the tables say what is there. */

import assert from 'node:assert/strict'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { eventually } from '../support/eventually.ts'
import { type Lane, LANES, laneOf } from './lanes.ts'
import { LEFT_OUT, leftTo } from './left-out.ts'
import { type CommandEnd, runCommand } from './run-command.ts'
import { sideBySide } from './side-by-side.ts'
import { MOST_MINUTES, SUITES } from './suites.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
/** More than any of the programs here needs on any machine. */
const AMPLE_MS = 300_000

function runScript(script: string, limitMs = AMPLE_MS): Promise<CommandEnd> {
  return runCommand({ command: [process.execPath, '-e', script], folder: ROOT, limitMs })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a command', () => {
  it('succeeds with 0, and what it said is kept', async () => {
    const { failure, said } = await runScript('console.log("out"); console.error("err")')
    assert.equal(failure, undefined)
    assert.deepEqual(said.trim().split('\n').toSorted(), ['err', 'out'])
  })

  it('fails with anything else, and where there is no such program', async () => {
    assert.equal((await runScript('process.exit(3)')).failure, 'ended with 3')
    assert.equal((await runScript('process.kill(process.pid, "SIGTERM"); for (;;);')).failure, 'ended with SIGTERM')
    const { failure } = await runCommand({ command: ['moonbase-has-no-such-program'], folder: ROOT, limitMs: AMPLE_MS })
    assert.match(failure ?? '', /^could not be started: .*ENOENT/)
  })

  it('that spins is ended at its limit', async () => {
    const { failure } = await runScript('process.on("SIGTERM", () => {}); for (;;);', 300)
    assert.equal(failure, 'still ran after 0 s, and was ended')
  })

  it('takes with it what it has started', async () => {
    const script = `
      const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
      console.log(child.pid)
      child.unref()
    `
    const { failure, said } = await runScript(script)
    assert.equal(failure, undefined)
    const pid = Number(said)
    assert.ok(pid > 0, said)
    // It was killed; that it is gone is seen when its new parent has looked.
    await eventually(
      () => isRunning(pid),
      (running) => !running,
    )
  })
})

describe('jobs side by side', () => {
  const lane = (shares: string): Lane => ({ shares, of: [] })

  /** Which ran while each began. */
  async function played(jobs: readonly (readonly [string, Lane?])[], atOnce: number): Promise<Map<string, string[]>> {
    const beside = new Map<string, string[]>()
    const running = new Set<string>()
    const run = async (name: string): Promise<void> => {
      beside.set(name, [...running])
      running.add(name)
      for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate)
      running.delete(name)
    }
    await sideBySide(
      jobs.map(([name, of]) => ({ lane: of, run: () => run(name) })),
      atOnce,
    )
    return beside
  }

  it('are as many at once as may, and each is run once', async () => {
    const beside = await played([['a'], ['b'], ['c'], ['d'], ['e']], 2)
    assert.deepEqual([...beside.keys()].toSorted(), ['a', 'b', 'c', 'd', 'e'])
    assert.equal(Math.max(...[...beside.values()].map(({ length }) => length)), 1)
  })

  it('of one lane are one after another, and those of others go before them', async () => {
    const [disk, memory] = [lane('disk'), lane('memory')]
    const beside = await played([['a'], ['d1', disk], ['d2', disk], ['m1', memory], ['d3', disk], ['m2', memory]], 3)
    assert.equal(beside.size, 6)
    for (const letter of ['d', 'm']) {
      for (const [name, others] of beside) {
        if (name.startsWith(letter)) assert.ok(!others.some((other) => other.startsWith(letter)), name)
      }
    }
    // Lanes begin first, and the third place is free for the first that shares nothing.
    assert.deepEqual([...beside.keys()].slice(0, 3), ['d1', 'm1', 'a'])
  })
})

describe('npm test', () => {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-runner-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  /** What it makes of these test files, the names of which are theirs. */
  async function over(files: Readonly<Record<string, string>>, ...words: string[]): Promise<CommandEnd> {
    const root = mkdtempSync(join(folder, 'root-'))
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(root, 'test', dirname(name)), { recursive: true })
      writeFileSync(join(root, 'test', `${name}.test.ts`), `import { test } from 'node:test'\n${text}\n`)
    }
    const runner = join(ROOT, 'test/runner/run-tests.ts')
    return runCommand({
      command: [process.execPath, runner, '--root', root, ...words],
      folder: ROOT,
      limitMs: AMPLE_MS,
    })
  }

  it('passes where all does, and says what was skipped, how much there was and what took longest', async () => {
    const { failure, said } = await over({
      one: `test('is well', () => {}); test('is left out', { skip: 'it is night' }, () => {})`,
      two: `test('is well', () => {})`,
    })
    assert.equal(failure, undefined, said)
    assert.match(said, /slowest of 2 files:/)
    assert.match(said, /^ +1 +it is night$/m)
    assert.match(said, /^3 tests, 1 skipped; files took \d+ s in sum, all of it \d+ s$/m)
  })

  it('fails with one that fails, breaks while it loads, or holds no test, and shows what it said', async () => {
    const { failure, said } = await over({
      broken: `throw new Error('no way to load')`,
      empty: `void test`,
      failing: `test('is ill', () => { throw new Error('no way to pass') })`,
      well: `test('is well', () => {})`,
    })
    assert.equal(failure, 'ended with 1')
    for (const words of ['no way to load', 'no way to pass']) assert.ok(said.includes(words), said)
    for (const name of ['broken', 'failing']) assert.ok(said.includes(`✖ test/${name}.test.ts ended with `), said)
    assert.ok(said.includes('✖ test/empty.test.ts holds no test'), said)
    assert.ok(!said.includes('✖ test/well.test.ts'), said)
  })

  it('ends one that leaves something open, and fails', async () => {
    const { failure, said } = await over(
      { open: `test('is well', () => {}); setInterval(() => {}, 1000)` },
      '--limit-s',
      '1',
    )
    assert.equal(failure, 'ended with 1')
    assert.ok(said.includes('✖ test/open.test.ts still ran after 1 s, and was ended'), said)
  })

  it('names a test that waits for ever, and runs those behind it', async () => {
    const { failure, said } = await over(
      { waits: `test('waits', () => new Promise(() => {})); test('is well', () => {}); setTimeout(() => {}, 3000)` },
      '--test-limit-s',
      '1',
    )
    assert.equal(failure, 'ended with 1')
    for (const words of ['✖ waits', 'test timed out after 1000ms', '✔ is well']) assert.ok(said.includes(words), said)
  })

  it('runs those whose paths hold a word, and fails where there is none', async () => {
    const files = { one: `test('is well', () => {})`, two: `throw new Error('not asked for')` }
    assert.equal((await over(files, 'one')).failure, undefined)
    assert.equal((await over(files, 'three')).failure, 'ended with 1')
  })

  it('leaves to a command of its own what has one, says so, and runs it where a word names it', async () => {
    const files = {
      one: `test('is well', () => {})`,
      'clients/openai': `test('is well', () => {})`,
      'clients/other': `throw new Error('not asked for')`,
    }
    const { failure, said } = await over(files)
    assert.equal(failure, undefined, said)
    assert.match(said, /^left to npm run clients: test\/clients\/other\.test\.ts$/m)
    assert.match(said, /^2 tests, /m)
    assert.equal((await over(files, 'clients/')).failure, 'ended with 1')
  })
})

/** What has kept CI waiting until its limit, or was judged by its clock, and what there is instead. */
const ENDLESS: readonly (readonly [what: RegExp, instead: string, planted: string])[] = [
  [
    /^import \{[^}]*\bonce\b[^}]*\} from 'node:events'/m,
    'that of test/support/eventually.ts ends',
    "import { EventEmitter, once } from 'node:events'",
  ],
  [
    /\bwhile \([^\n]*\)\s+await (?:new Promise|set(?:Immediate|Timeout))\b/,
    'eventually() ends, and says what it saw',
    '  while (seen.length < 2)\n    await setImmediate()',
  ],
  [
    /\bdescribe\([^\n]*\btimeout: /,
    'the runner has a limit for each test: this one is for all of them together',
    "describe('it', { timeout: 60_000 }, () => {})",
  ],
]
/** What ends by another limit; and what `npm test` leaves to commands of their own. */
const MAY_WAIT = /^test\/(?:support\/eventually\.ts|chaos\/child\.ts|runner\/runner\.test\.ts|agents\/|clients\/)/

describe('test files', () => {
  it('wait for nothing without an end, and no group of tests is judged by the clock', () => {
    for (const [what, instead, planted] of ENDLESS) assert.match(planted, what, instead)
    const places = ['test/**/*.ts', 'packages/*/{src,bin}/**/*.test.ts', 'packages/*/src/**/testing/**/*.ts']
    const all = globSync(places, { cwd: ROOT, exclude: ['**/node_modules/**'] }).filter((file) => !MAY_WAIT.test(file))
    assert.ok(all.length > 500, `${all.length} files`)
    const found = all.flatMap((file) => {
      const text = readFileSync(join(ROOT, file), 'utf8')
      return ENDLESS.filter(([what]) => what.test(text)).map(([what, instead]) => `${file}: ${what.source}: ${instead}`)
    })
    assert.deepEqual(found, [])
  })
})

describe('the tables', () => {
  const testFiles = globSync(['test/**/*.test.ts', 'packages/*/{src,bin}/**/*.test.ts'], {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules',
  })

  it('of lanes name what is there, and each file in one lane', () => {
    for (const path of LANES.flatMap(({ of }) => of))
      assert.ok(
        testFiles.some((file) => file.startsWith(path)),
        path,
      )
    for (const file of testFiles) assert.ok(LANES.filter((each) => laneOf(file, [each])).length <= 1, file)
  })

  it('of what is left out name what is there, and a command that runs it', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Page
    for (const { command, folder, but } of LEFT_OUT) {
      for (const name of but) {
        assert.ok(testFiles.includes(`${folder}/${name}`), name)
        assert.equal(leftTo(`${folder}/${name}`), undefined)
      }
      assert.ok(testFiles.some((file) => leftTo(file) === command))
      assert.match(scripts[command.replace('npm run ', '')] ?? '', new RegExp(`run-tests\\.ts ${folder}/$`))
    }
  })

  it('of suites name what is there, and end before CI does', () => {
    assert.equal(new Set(SUITES.map(({ name }) => name)).size, SUITES.length)
    for (const { words, name } of SUITES) {
      const files = globSync(
        words.filter((word) => word.endsWith('.ts')),
        { cwd: ROOT },
      )
      assert.ok(files.length > 0 && files.every((file) => existsSync(join(ROOT, file))), name)
    }
    const minutes = SUITES.reduce((sum, suite) => sum + suite.minutes, 0)
    assert.ok(minutes <= MOST_MINUTES, `${minutes} minutes`)
  })
})

interface Page {
  readonly scripts: Readonly<Record<string, string>>
}
