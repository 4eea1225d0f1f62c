/**
 * Room in SQLite's write-ahead log before it is needed. A commit that makes a file longer waits for the journal of the file system as well;
 * one that overwrites what is there waits for its own bytes alone: a third less CPU, and half the time, measured on ext4.
 *
 * What is behind the last frame of the log means nothing to SQLite, which knows each frame by its salt and its checksum: it ends with
 * zeros as well as with frames of an earlier round, with which it usually does. Nothing but frames is ever overwritten with zeros, since
 * they are written behind the end of the file, by the thread that writes the frames.
 */

import { closeSync, fdatasyncSync, fstatSync, openSync, statfsSync, writeSync } from 'node:fs'

/** A database that is hardly used has no need of it. */
const GROUPS_BEFORE = 64
/** Between two steps, so that commits do not wait for one after the other. */
const GROUPS_BETWEEN = 8
const STEP_BYTES = 2 * 1024 * 1024
/** Nobody's last space is taken. */
const FREE_BYTES = 1024 * 1024 * 1024

export class LogRoom {
  readonly #path: string
  readonly #bytes: number
  #groups = 0
  #file: number | undefined
  /** Why there is no more of it: the log grows by itself then, as it always did. */
  fault: unknown

  /** @param bytes that the log may grow to */
  constructor(database: string, bytes: number) {
    this.#path = `${database}-wal`
    this.#bytes = bytes
  }

  /** To be called behind each group, when nobody waits for it any more. */
  follow(): void {
    this.#groups += 1
    if (this.fault !== undefined || this.#groups < GROUPS_BEFORE || this.#groups % GROUPS_BETWEEN !== 0) return
    try {
      this.#grow()
    } catch (error) {
      this.fault = error
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  #grow(): void {
    const file = (this.#file ??= openSync(this.#path, 'r+'))
    const { size } = fstatSync(file)
    if (size >= this.#bytes || freeBytes(this.#path) < FREE_BYTES) return
    writeSync(file, Buffer.alloc(Math.min(STEP_BYTES, this.#bytes - size)), 0, undefined, size)
    fdatasyncSync(file)
  }
}

function freeBytes(path: string): number {
  const { bavail, bsize } = statfsSync(path)
  return bavail * bsize
}
