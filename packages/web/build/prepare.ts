/**
 * Builds the page where it is missing or older than its sources: after `npm ci` and before `npm start`.
 *
 * Without the packages that build it (`npm ci --omit=dev`) it says so and ends well: the API needs no page, and a page that
 * was built before is served as it is.
 */

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const page = fileURLToPath(new URL('..', import.meta.url))
const packages = join(page, '..')
const dist = join(page, 'dist')

/** Says of which sources the page was made. */
const STAMP = 'sources.sha256'

/** What the page is made of, from the folder of all packages. */
const SOURCES = ['web/src', 'web/build', 'web/index.html', 'web/package.json', 'protocol/src', 'core/src']

function sources(): string {
  const hash = createHash('sha256')
  for (const file of SOURCES.flatMap((name) => filesOf(join(packages, name))).toSorted()) {
    hash.update(`${relative(packages, file)}\0`)
    hash.update(readFileSync(file))
  }
  return hash.digest('hex')
}

function filesOf(path: string): string[] {
  if (!existsSync(path)) return []
  if (/\.\w+$/.test(path)) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
}

function isBuilt(stamp: string): boolean {
  const file = join(dist, STAMP)
  return existsSync(file) && readFileSync(file, 'utf8') === stamp
}

/** Whoever starts a server meanwhile finds the old page or the new one, and nothing in between. */
async function build(stamp: string): Promise<void> {
  const { build: buildPage } = await import('vite')
  const { viteConfig } = await import('./vite.ts')
  const fresh = `${dist}.${process.pid}`
  const old = `${fresh}.old`
  try {
    await buildPage(viteConfig(fresh))
    writeFileSync(join(fresh, STAMP), stamp)
    if (existsSync(dist)) renameSync(dist, old)
    renameSync(fresh, dist)
  } finally {
    for (const folder of [fresh, old]) rmSync(folder, { recursive: true, force: true })
  }
}

/** Whether a package that the build needs is not there, as after `npm ci --omit=dev`. */
function isMissingPackage(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
}

const stamp = sources()
if (!isBuilt(stamp)) {
  const began = performance.now()
  try {
    await build(stamp)
    process.stdout.write(`built the page in ${((performance.now() - began) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    if (!isMissingPackage(error)) throw error
    const state = existsSync(dist) ? 'is older than its sources' : 'is not built'
    process.stdout.write(`the page ${state}: what builds it is not installed (npm ci, then npm run prepare)\n`)
  }
}
