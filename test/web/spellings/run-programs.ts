/** Runs programs as their readers would: a shell, Python, Node with the real clients, workerd with the real binding. */

import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface ProgramEnd {
  readonly out: string
  readonly error: string | null
}

/** A program's only secret, and where it finds what it imports. */
export type Environment = Readonly<Record<string, string>>

/** Of all programs of one spelling together, on a machine where much else runs. */
const LIMIT_MS = 240_000

/** A shell for each, as somebody pastes them. */
export async function runInShell(sources: readonly string[], environment: Environment): Promise<ProgramEnd[]> {
  const ends: ProgramEnd[] = []
  for (const source of sources) {
    const { out, said, code } = await run('bash', [], source, environment)
    ends.push({ out, error: code === 0 ? null : `ended with ${code}: ${said}` })
  }
  return ends
}

const PYTHON = fileURLToPath(new URL('python/', import.meta.url))

/** @param client `ours`: the stand-in, `theirs`: what is installed */
export function runInPython(sources: readonly string[], environment: Environment, client: 'ours' | 'theirs') {
  const words = [...(client === 'ours' ? [] : ['-P']), join(PYTHON, 'run-programs.py')]
  const paths = client === 'ours' ? { PYTHONPATH: PYTHON } : {}
  return runFiles('python3', words, sources, 'py', {
    ...environment,
    ...paths,
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONIOENCODING: 'utf-8',
  })
}

const NODE_RUNNER = fileURLToPath(new URL('run-modules.mjs', import.meta.url))
const CLIENTS = fileURLToPath(new URL('../../clients/node_modules', import.meta.url))

export function runInNode(sources: readonly string[], environment: Environment): Promise<ProgramEnd[]> {
  return runFiles(process.execPath, ['--disable-warning=ExperimentalWarning', NODE_RUNNER], sources, 'mts', environment)
}

/** One process runs all of them, each by itself. */
async function runFiles(
  program: string,
  words: readonly string[],
  sources: readonly string[],
  extension: 'py' | 'mts',
  environment: Environment,
): Promise<ProgramEnd[]> {
  return inFolder(async (folder) => {
    const paths = writeSources(folder, sources, extension)
    const { out, said, code } = await run(program, words, JSON.stringify(paths), environment)
    if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`)
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ProgramEnd)
  })
}

/** What TypeScript says of programs beside the clients that they import. */
export async function checkTypes(sources: readonly string[]): Promise<string> {
  return inFolder(async (folder) => {
    writeSources(folder, sources, 'mts')
    const compilerOptions = {
      target: 'es2024',
      module: 'nodenext',
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      noUncheckedIndexedAccess: true,
      types: ['node'],
      typeRoots: [fileURLToPath(new URL('../../../node_modules/@types', import.meta.url))],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*.mts'] }))
    const tsc = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url))
    return (await run(tsc, ['-p', folder, '--pretty', 'false'], '', { PATH: process.env['PATH'] ?? '' })).out
  })
}

/** A folder whose programs find the clients of `test/clients`. */
async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'moonbase-spellings-'))
  try {
    mkdirSync(join(folder, 'programs'))
    symlinkSync(CLIENTS, join(folder, 'programs', 'node_modules'))
    return await work(join(folder, 'programs'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function writeSources(folder: string, sources: readonly string[], extension: string): string[] {
  return sources.map((source, index) => {
    const path = join(folder, `program-${index}.${extension}`)
    writeFileSync(path, source)
    return path
  })
}

interface Ran {
  readonly out: string
  readonly said: string
  readonly code: number | null
}

/** With nothing in its environment but what is given, and its words at its end. */
function run(program: string, words: readonly string[], input: string, environment: Environment): Promise<Ran> {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>()
  const child = spawn(program, words, {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
    timeout: LIMIT_MS,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-20_000)))
  child.once('error', reject)
  child.once('close', (code, signal) => {
    resolve({ out, said: signal === null ? said : `${said} (${signal} after ${LIMIT_MS} ms)`, code })
  })
  // It may end before it has read everything; its code says how.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return promise
}
