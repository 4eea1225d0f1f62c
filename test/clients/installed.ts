/** The clients of this folder, where they are installed: they have a lockfile of their own, and most machines do without. */

import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Several times of what a client needs on a busy machine: what hangs is ended by it, and nothing else is. */
export const AMPLE_MS = 4 * 60_000

const HERE = new URL('./', import.meta.url)

/** What CI sets: there an install that is missing is a failure, and not a thing to be said. */
const MUST_BE_THERE = process.env['MOONBASE_CLIENTS'] === 'required'

/** Why tests of these packages are skipped, or false. Throws where they must not be. */
export function whySkipped(...names: readonly string[]): string | false {
  const missing = names.filter((name) => !existsSync(new URL(`node_modules/${name}/package.json`, HERE)))
  if (missing.length === 0) return false
  const why = `${missing.join(', ')} not installed: npm ci --prefix test/clients --ignore-scripts`
  if (MUST_BE_THERE) throw new Error(why)
  return why
}

/** By the paths of this folder, and not of whoever asks. */
export const requireClient: NodeJS.Require = createRequire(fileURLToPath(new URL('package.json', HERE)))

/** The same for a package that cannot be required: by what its own page says is to be imported. */
export function importClient(name: string): Promise<unknown> {
  const folder = new URL(`node_modules/${name}/`, HERE)
  const page = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8')) as PackagePage
  return import(new URL(page.exports['.'].import, folder).href)
}

interface PackagePage {
  readonly exports: { readonly '.': { readonly import: string } }
}
