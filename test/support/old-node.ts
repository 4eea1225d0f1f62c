/** A Node older than 24 on this machine, as a newcomer has it: the one that the launcher leaves for a newer one. */

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What stands at this name on the PATH, in its order. */
export function onPath(name: string): string[] {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path))
}

export const oldNode = onPath('node').find((node) => majorOf(node) < 24)

export const onlyWithOldNode = {
  skip: oldNode === undefined ? 'there is no Node older than 24 on the PATH' : false,
}

function majorOf(node: string): number {
  try {
    return Number.parseInt(execFileSync(node, ['--version'], { encoding: 'utf8' }).slice(1), 10)
  } catch {
    return Number.POSITIVE_INFINITY
  }
}
