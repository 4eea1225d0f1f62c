/** Who else on this machine may read what a server keeps: told, never changed. A mode is the operator's word, as long as he knows it. */

import { statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { codeOf } from './read-text-file.ts'
import type { StorePlace } from './store-places.ts'
import { shellQuoted } from './why-not-kept.ts'

/** Beyond the owner. */
const OTHERS = 0o077
const ALL_READ = 0o004
const ALL_ENTER = 0o001

/**
 * Whether everybody may read this file, and get to it. A group that may read it was chosen by somebody: that is how a file
 * of root's is for one service (`root:moonbase`, 0640).
 */
export function isOpenToAll(path: string, modeOf: ModeOf = localMode): boolean {
  if (((modeOf(path) ?? 0) & ALL_READ) === 0) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((modeOf(folder) ?? 0) & ALL_ENTER) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** @param files what is kept there, whether it exists or not. @returns one line where anybody but the owner may look in */
export function wideLine(folder: string, files: readonly string[], modeOf: ModeOf = localMode): string | undefined {
  const isInside = (path: string): boolean => dirname(path) === folder
  const folderMode = modeOf(folder)
  const isFolderWide = folderMode !== undefined && (folderMode & OTHERS) !== 0
  // Nobody gets to what is in a folder that nobody else may enter.
  const wide = files.filter((path) => ((modeOf(path) ?? 0) & OTHERS) !== 0 && (isFolderWide || !isInside(path)))
  if (!isFolderWide && wide.length === 0) return undefined
  const told = [
    ...(isFolderWide ? [`${folder} (mode ${octal(folderMode)})`] : []),
    ...wide.map((path) => `${isInside(path) ? basename(path) : path} (${octal(modeOf(path) ?? 0)})`),
  ]
  const targets = [...(isFolderWide ? [folder] : []), ...wide.filter((path) => !isInside(path))]
  return `note: other users of this machine may look into ${told.join(', ')}: chmod -R go-rwx ${targets.map(shellQuoted).join(' ')}`
}

/** What SQLite keeps beside a database, and what we do. */
export function filesOf(place: StorePlace): string[] {
  if (place.kind !== 'sqlite') return []
  const witness = place.witness ?? `${place.path}-witness`
  return [...['', '-wal', '-shm', '-lock'].map((suffix) => `${place.path}${suffix}`), witness]
}

type ModeOf = (path: string) => number | undefined

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, '0')
}

/** `undefined` where there is nothing, or where modes mean nothing. */
function localMode(path: string): number | undefined {
  if (process.platform === 'win32') return undefined
  try {
    return statSync(path).mode
  } catch (error) {
    if (codeOf(error) !== undefined) return undefined
    throw error
  }
}
