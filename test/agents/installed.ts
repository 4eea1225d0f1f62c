/** The agents of this folder, where they are installed: they have a lockfile of their own, and are 2 GB of binaries. */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Agent } from './agent.ts'

const PACKAGES = new URL('node_modules/', import.meta.url)
/** As packages with binaries are called: `linux-x64`. */
export const PLATFORM = `${process.platform}-${process.arch}`

/** A file of an installed package. */
export function fileOf(path: string): string {
  return fileURLToPath(new URL(path, PACKAGES))
}

/** Why an agent can not be run, or false. */
export function whyMissing({ package: name, files }: Agent): string | false {
  const missing = [`${name}/package.json`, ...files].filter((file) => !existsSync(new URL(file, PACKAGES)))
  return missing.length === 0 ? false : `${missing.join(', ')} not installed: npm run agents:install`
}

export function versionOf({ package: name }: Agent): string {
  const { version } = JSON.parse(readFileSync(new URL(`${name}/package.json`, PACKAGES), 'utf8')) as {
    version: string
  }
  return version
}
