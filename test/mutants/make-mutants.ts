/** The mutants of the folders: what they change, and the sources with all of them inside, each behind a switch. */

import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { FOLDERS, type Folder, ROOT, folderOf, sourcesIn } from './ground.ts'

export interface Mutant {
  /** What switches it on in this copy; it may be another number in the next. */
  readonly id: string
  /** The same as long as its file is: of its content, the place, and what stands there instead. */
  readonly key: string
  /** Of the content of its file. */
  readonly fileHash: string
  /** Its place among the mutants of its file. */
  readonly ordinal: number
  readonly folder: Folder
  readonly file: string
  /** From 1. */
  readonly line: number
  readonly mutator: string
  /** What stands there, and what does instead, in one line each and shortened. */
  readonly original: string
  readonly replacement: string
}

const MOST_SHOWN = 100

/** The instrumenter reports what it skips; nothing of it is news. */
const SILENT = {
  isTraceEnabled: () => false,
  isDebugEnabled: () => false,
  isInfoEnabled: () => false,
  isWarnEnabled: () => false,
  isErrorEnabled: () => false,
  isFatalEnabled: () => false,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  fatal: () => undefined,
}

/** Writes the instrumented sources into the scratch copy. Equivalent by their nature are left out: see `isWords`. */
export async function makeMutants(scratch: string): Promise<Mutant[]> {
  const contents = new Map(FOLDERS.flatMap(sourcesIn).map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]))
  const files = [...contents].map(([name, content]) => ({ name, content, mutate: true }))
  const options = { plugins: [], excludedMutations: [], ignorers: [], noHeader: false }
  const made = await new Instrumenter(SILENT).instrument(files, options)
  for (const { name, content } of made.files) writeFileSync(join(scratch, name), content)
  const counts = new Map<string, number>()
  return made.mutants.flatMap(({ id, fileName: file, location, mutatorName: mutator, replacement }) => {
    const content = contents.get(file) ?? ''
    const ordinal = counts.get(file) ?? 0
    counts.set(file, ordinal + 1)
    const original = textAt(content, location)
    if (isWords(content, location, mutator)) return []
    const place = [location.start, location.end].map(({ line, column }) => `${line}:${column}`).join('-')
    const key = hashOf(content, file, place, mutator, replacement)
    return {
      id,
      key,
      fileHash: hashOf(content),
      ordinal,
      folder: folderOf(file),
      file,
      line: location.start.line + 1,
      mutator,
      original: shortened(original),
      replacement: shortened(replacement),
    }
  })
}

interface Location {
  /** Both from 0. */
  readonly start: { readonly line: number; readonly column: number }
  readonly end: { readonly line: number; readonly column: number }
}

/** The words of an error of ours, which no client sees and nobody acts on: a test of them would repeat them. */
function isWords(content: string, { start }: Location, mutator: string): boolean {
  const line = content.split('\n')[start.line] ?? ''
  return mutator === 'StringLiteral' && /new (?:[A-Z]\w*)?Error\($/.test(line.slice(0, start.column))
}

function textAt(content: string, { start, end }: Location): string {
  const lines = content.split('\n').slice(start.line, end.line + 1)
  const last = lines.length - 1
  lines[last] = (lines[last] ?? '').slice(0, end.column)
  lines[0] = (lines[0] ?? '').slice(start.column)
  return lines.join('\n')
}

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line
}

export function hashOf(...parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length} ${part}`)
  return hash.digest('hex').slice(0, 24)
}
