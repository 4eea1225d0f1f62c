/** Which tests reach which mutants: each test file is run once with all mutants switched off, and watched. */

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sideBySide } from '../runner/side-by-side.ts'
import { ROOT, testFiles } from './ground.ts'
import type { Kept, KeptReach } from './kept.ts'
import { type Mutant, hashOf } from './make-mutants.ts'
import { runToSee } from './run-test.ts'

/**
 * Of a test file when all is well. One that needs longer is none that is run for each mutant; the contract of the stores takes
 * two minutes on PostgreSQL where other work is done.
 */
const LIMIT_MS = 300_000

export interface Reaching {
  readonly test: string
  readonly hash: string
  readonly seconds: number
  /** How often it passes the mutant; 0 where nobody counted. */
  readonly passes: number
}

export interface ReachPlan {
  readonly scratch: string
  readonly mutants: readonly Mutant[]
  readonly kept: Kept
  /** Test files that are not run at all. */
  readonly isSkipped: (test: string) => boolean
  readonly atOnce: number
  readonly say: (line: string) => void
}

export class Reach {
  /** By mutant, the tests that reach it, the nearest first. */
  readonly #tests = new Map<Mutant, Reaching[]>()
  /** Test files that do not pass in the copy, and why. */
  readonly unusable: string[] = []

  static async see(plan: ReachPlan): Promise<Reach> {
    const { mutants, kept, isSkipped, atOnce, say } = plan
    const byFile = Map.groupBy(mutants, ({ file }) => file)
    const files = testFiles().filter((file) => !isSkipped(file))
    const tests = files.map((test) => ({ test, hash: hashOf(...textsOf(test)) }))
    const stale = tests.filter(({ test, hash }) => !holds(kept.reach(test), hash, byFile))
    if (stale.length > 0) say(`${stale.length} of ${tests.length} test files are watched, to see what they reach`)
    await sideBySide(
      stale.map(({ test, hash }) => ({
        lane: undefined,
        run: async () => kept.keepReach(test, await watch(plan, test, hash, mutants)),
      })),
      atOnce,
    )
    const reach = new Reach()
    for (const { test, hash } of tests) reach.#add(test, hash, kept.reach(test), byFile)
    for (const [{ file }, reaching] of reach.#tests) reaching.sort((a, b) => order(file, a, b))
    return reach
  }

  of(mutant: Mutant): readonly Reaching[] {
    return this.#tests.get(mutant) ?? []
  }

  #add(test: string, hash: string, seen: KeptReach | undefined, byFile: ReadonlyMap<string, readonly Mutant[]>): void {
    if (seen?.passed !== true) {
      this.unusable.push(`${test}: ${seen?.why}`)
      return
    }
    for (const [file, { passes }] of Object.entries(seen.files)) {
      const times = new Map(pairsOf(passes))
      for (const mutant of byFile.get(file) ?? []) {
        const passed = times.get(mutant.ordinal)
        if (passed === undefined) continue
        const reaching = this.#tests.get(mutant) ?? []
        reaching.push({ test, hash, seconds: seen.seconds, passes: passed })
        this.#tests.set(mutant, reaching)
      }
    }
  }
}

/** Of a test file, and of what stands beside tests alone and is part of them: contracts, doubles, `test/support`. */
function textsOf(file: string, known = new Set<string>()): string[] {
  if (known.has(file)) return []
  known.add(file)
  const text = readFileSync(join(ROOT, file), 'utf8')
  const imported = [...text.matchAll(/ from '(\.[^']+)'/g)].map(([, path = '']) => join(dirname(file), path))
  const ours = imported.filter((path) => path.startsWith('test/') || path.includes('/testing/'))
  return [text, ...ours.flatMap((path) => textsOf(path, known))]
}

/** As long as the test and all that it reaches are what they were. */
function holds(seen: KeptReach | undefined, hash: string, byFile: ReadonlyMap<string, readonly Mutant[]>): boolean {
  if (seen?.hash !== hash || !seen.passed) return false
  return Object.entries(seen.files).every(([file, was]) => byFile.get(file)?.[0]?.fileHash === was.hash)
}

async function watch(
  { scratch, say }: ReachPlan,
  test: string,
  hash: string,
  mutants: readonly Mutant[],
): Promise<KeptReach> {
  const { passed, why, seconds, passes } = await runToSee(scratch, test, LIMIT_MS)
  if (!passed) say(`  ${test} does not pass, and is left out: ${why}`)
  const files: Record<string, { hash: string; passes: number[] }> = {}
  for (const { id, file, fileHash, ordinal } of mutants) {
    const times = passes.get(id)
    if (times !== undefined) (files[file] ??= { hash: fileHash, passes: [] }).passes.push(ordinal, times)
  }
  return { hash, passed, why, seconds, files }
}

function pairsOf(list: readonly number[]): [number, number][] {
  const pairs: [number, number][] = []
  for (let at = 0; at < list.length; at += 2) pairs.push([list[at] ?? 0, list[at + 1] ?? 0])
  return pairs
}

function order(file: string, a: Reaching, b: Reaching): number {
  return distance(file, a.test) - distance(file, b.test) || a.seconds - b.seconds
}

/** 0: the test of this file. 1: beside it. Then by how many folders both are in. */
function distance(file: string, test: string): number {
  if (test === file.replace(/\.ts$/, '.test.ts')) return 0
  if (dirname(file) === dirname(test)) return 1
  const [ours, theirs] = [dirname(file).split('/'), dirname(test).split('/')]
  const shared = ours.findIndex((name, depth) => name !== theirs[depth])
  return 10 - (shared === -1 ? ours.length : shared)
}
