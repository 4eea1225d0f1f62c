/** Why a server cannot have a file where it wants to keep it, in one line that says what its operator can do. */

import { accessSync, constants, statSync } from 'node:fs'
import { dirname, sep } from 'node:path'
import { codeOf } from './read-text-file.ts'

/** What is looked at, as `node:fs` tells it. Tests bring a disk of their own, since root may write on any other. */
export interface Disk {
  /** @throws Error with `code` */
  stat(path: string): { readonly uid: number; readonly mode: number; isDirectory(): boolean }
  /** Whether the process may do this. @throws Error with `code` */
  access(path: string, mode: number): void
  /** Who asks; `undefined` on Windows, which has no such numbers. */
  readonly user: number | undefined
}

/**
 * Looked for only once something has failed: a start that succeeds pays nothing, and what was in the way is not guessed.
 *
 * @returns `undefined` where neither the disk nor the error tells more than the caller knows
 */
export function whyNotKept(path: string, dataFolder: string, error: unknown, disk: Disk = LOCAL): string | undefined {
  const place: Place = { path, dataFolder, isInside: path.startsWith(`${dataFolder}${sep}`) }
  const elsewhere = place.isInside
    ? 'choose another folder with MOONBASE_DATA or --data'
    : 'choose another file with MOONBASE_STORE'
  const obstacle = inTheWay(path, disk)
  if (obstacle !== undefined) return `${toldOf(obstacle, place, disk)}, or ${elsewhere}`
  const isFull = FULL.has(codeOf(error))
  return isFull ? `${path}: there is no room left on the disk: make some, or ${elsewhere}` : undefined
}

interface Place {
  readonly path: string
  readonly dataFolder: string
  readonly isInside: boolean
}

const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** What is on the way to a file and does not let it pass. */
interface Obstacle {
  /** The file itself, or a folder above it. */
  readonly path: string
  readonly code: string
  readonly uid: number
  readonly mode: number
}

function inTheWay(path: string, disk: Disk): Obstacle | undefined {
  const status = statusOf(path, disk)
  if (status !== undefined) {
    const code = refusal(path, READ | WRITE, disk)
    if (code !== undefined) return { path, code, uid: status.uid, mode: status.mode }
  }
  // Whatever is not there yet is made in the folder above it; and beside a file that is there others come and go.
  return inFolder(dirname(path), disk)
}

function inFolder(path: string, disk: Disk): Obstacle | undefined {
  const status = statusOf(path, disk)
  if (status === undefined) return path === dirname(path) ? undefined : inFolder(dirname(path), disk)
  const code = status.isDirectory() ? refusal(path, WRITE | ENTER, disk) : 'ENOTDIR'
  return code === undefined ? undefined : { path, code, uid: status.uid, mode: status.mode }
}

const { R_OK: READ, W_OK: WRITE, X_OK: ENTER } = constants

function statusOf(path: string, disk: Disk): ReturnType<Disk['stat']> | undefined {
  try {
    return disk.stat(path)
  } catch {
    // Not there, or behind a folder that may not be entered; either way the one above it tells why.
    return undefined
  }
}

function refusal(path: string, mode: number, disk: Disk): string | undefined {
  try {
    disk.access(path, mode)
    return undefined
  } catch (error) {
    return codeOf(error)
  }
}

const ROOT = 0

function toldOf({ path, code, uid, mode }: Obstacle, place: Place, { user }: Disk): string {
  if (code === 'ENOTDIR') return `${path} is a file, and a folder is needed there: move it away`
  if (code === 'EROFS') return `${path} is on a file system that can only be read: make it writable`
  if (user === undefined) return `${path} may not be written by the user that moonbase runs as: allow it`
  if (user === ROOT) return `${path} may not be written, not even as root: see what protects it`
  if (uid === user) {
    const rights = (mode & 0o7777).toString(8).padStart(4, '0')
    return `${path} may not be written (mode ${rights}): chmod u+rwX ${shellQuoted(path)}`
  }
  const whose = `${path} belongs to user ${uid}, and moonbase runs as user ${user}`
  if (!place.isInside) return `${whose}: have it given to that one`
  // What is above the data folder is a home or the system's: nobody wants to give that away for a folder inside it.
  if (place.dataFolder.startsWith(`${path}${sep}`))
    return `${whose}, so ${place.dataFolder} cannot be made: make it as user ${uid}`
  return `${whose}: chown -R ${user} ${shellQuoted(place.dataFolder)}`
}

/** A path as a word of a shell's command. */
export function shellQuoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`
}

const LOCAL: Disk = { stat: (path) => statSync(path), access: accessSync, user: process.getuid?.() }
