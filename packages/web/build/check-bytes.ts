/** How many bytes the page takes before it can be used, part by part, and whether that is within its limits. */

import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const dist = fileURLToPath(new URL('../dist/', import.meta.url))
const KB = 1024

/** In KB, gzip; fonts as they are. */
const LIMITS = { first: 190, css: 16, fonts: 60 }

interface Chunk {
  readonly file: string
  readonly name?: string
  readonly isEntry?: boolean
  readonly imports?: readonly string[]
  readonly css?: readonly string[]
}

interface Part {
  readonly file: string
  readonly kilobytes: number
  readonly kind: 'html' | 'js' | 'css' | 'font' | 'later'
}

const manifest: Record<string, Chunk> = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'))

/** The chunks that the first load asks for: the entry, and what it imports, however far. */
function firstChunks(): Set<Chunk> {
  const found = new Set(Object.values(manifest).filter(({ isEntry }) => isEntry === true))
  for (const chunk of found)
    for (const name of chunk.imports ?? []) {
      const imported = manifest[name]
      if (imported !== undefined) found.add(imported)
    }
  return found
}

const zipped = (file: string): number => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length / KB

function filesOf(chunks: readonly Chunk[]): string[] {
  return [...chunks.map(({ file }) => file), ...chunks.flatMap(({ css = [] }) => css)]
}

function parts(): Part[] {
  const first = [...firstChunks()]
  const files = new Set(filesOf(first))
  const all = new Set(filesOf(Object.values(manifest)))
  return [
    { file: 'index.html', kilobytes: zipped('index.html'), kind: 'html' },
    ...[...all].map((file): Part => {
      if (file.endsWith('.woff2')) return { file, kilobytes: statSync(join(dist, file)).size / KB, kind: 'font' }
      const kind = file.endsWith('.css') ? 'css' : 'js'
      return { file, kilobytes: zipped(file), kind: files.has(file) ? kind : 'later' }
    }),
  ]
}

const found = parts()
const sum = (...kinds: readonly Part['kind'][]): number =>
  found.filter(({ kind }) => kinds.includes(kind)).reduce((all, { kilobytes }) => all + kilobytes, 0)

const say = (line: string): boolean => process.stdout.write(`${line}\n`)
for (const { file, kilobytes, kind } of found.toSorted((one, other) => other.kilobytes - one.kilobytes))
  say(`${kilobytes.toFixed(1).padStart(7)} KB  ${kind.padEnd(5)}  ${file}`)

const totals = [
  { what: 'first load (HTML, CSS, JavaScript; gzip)', kilobytes: sum('html', 'css', 'js'), limit: LIMITS.first },
  { what: 'of it CSS', kilobytes: sum('css'), limit: LIMITS.css },
  { what: 'fonts', kilobytes: sum('font'), limit: LIMITS.fonts },
]
for (const { what, kilobytes, limit } of totals) {
  say(`${kilobytes.toFixed(1).padStart(7)} KB  of ${limit} KB: ${what}`)
  if (kilobytes > limit) process.exitCode = 1
}
if (process.exitCode === 1) process.stderr.write('the page is larger than it may be\n')
