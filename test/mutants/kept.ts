/** What earlier runs found, in files outside git: what has not changed since is not tried again. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

export interface KeptReach {
  /** Of the test file. */
  readonly hash: string
  readonly passed: boolean
  readonly why: string
  readonly seconds: number
  /** By source file: its content, and its mutants by their place, each followed by how often it was passed. */
  readonly files: Readonly<Record<string, { readonly hash: string; readonly passes: readonly number[] }>>
}

export interface KeptVerdict {
  readonly killed: boolean
  /** The test file that noticed it, and the test in it; empty for a survivor. */
  readonly by: string
  readonly why: string
  /** Of the test files that were run, their contents. */
  readonly tests: Readonly<Record<string, string>>
}

export class Kept {
  readonly #folder: string
  readonly #verdicts: Record<string, KeptVerdict>

  constructor(folder: string) {
    this.#folder = folder
    this.#verdicts = (read(join(folder, VERDICTS)) ?? {}) as Record<string, KeptVerdict>
  }

  reach(test: string): KeptReach | undefined {
    return read(this.#fileOf(test)) as KeptReach | undefined
  }

  keepReach(test: string, reach: KeptReach): void {
    write(this.#fileOf(test), reach)
  }

  verdict(mutant: string): KeptVerdict | undefined {
    return this.#verdicts[mutant]
  }

  keepVerdict(mutant: string, verdict: KeptVerdict): void {
    this.#verdicts[mutant] = verdict
    write(join(this.#folder, VERDICTS), this.#verdicts)
  }

  #fileOf(test: string): string {
    return join(this.#folder, 'reach', `${test.replaceAll('/', '_')}.json`)
  }
}

const VERDICTS = 'verdicts.json'

/** Whole or not at all: a run may be ended at any time. */
function write(file: string, what: object): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, JSON.stringify(what))
  renameSync(`${file}.new`, file)
}

/** `undefined`: not there yet, or thrown away, and everything is tried. */
function read(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
