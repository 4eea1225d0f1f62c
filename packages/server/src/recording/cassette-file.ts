/**
 * The file that a recording goes into: one open file, one line after the other, and nobody waits for it.
 *
 * A disk that is full or gone ends the recording, with its reason, and nothing else. The line that did not fit is taken
 * back, so that what was written before can be replayed.
 */

import { constants } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { codeOf } from '../configuration/read-text-file.ts'
import { StartError } from '../records/start-error.ts'

/** As much of an open file as is needed; tests bring their own. */
export interface CassetteHandle {
  appendFile(bytes: Buffer): Promise<void>
  truncate(bytes: number): Promise<void>
  close(): Promise<void>
}

/** Bytes that may wait for a slow disk. */
const MOST_WAITING = 64 * 1024 * 1024
const OWNER_ONLY = 0o600

export class CassetteFile {
  readonly path: string
  readonly #handle: CassetteHandle
  readonly #note: (problem: string) => void
  readonly #waiting: Buffer[] = []
  #waitingBytes = 0
  /** Bytes of whole lines in the file. */
  #bytes = 0
  #writing: Promise<void> | undefined
  #noted = false
  /** Why nothing more is written. */
  #broken: string | undefined
  /** Recordings that did not get into the file. */
  lost = 0

  /** @param note is told once, in one sentence, why recordings are lost */
  constructor(path: string, handle: CassetteHandle, note: (problem: string) => void) {
    this.path = path
    this.#handle = handle
    this.#note = note
  }

  get empty(): boolean {
    return this.#bytes === 0
  }

  /** Never throws and never lets anybody wait. */
  write(lines: string): void {
    const bytes = Buffer.from(lines)
    if (this.#broken !== undefined) {
      this.lost += 1
    } else if (this.#waitingBytes + bytes.length > MOST_WAITING) {
      this.lost += 1
      this.#say(`${this.path} is written more slowly than recordings come; those that come too fast are lost`)
    } else {
      this.#waiting.push(bytes)
      this.#waitingBytes += bytes.length
      this.#writing ??= this.#writeAll()
    }
  }

  /** Resolves when all has been written that can be. A file in which nothing is recorded is removed. */
  async close(): Promise<void> {
    await this.#writing
    await this.#handle.close().catch((error: unknown) => this.#say(`${this.path} was not closed (${codeOf(error)})`))
    if (this.empty)
      await unlink(this.path).catch((error: unknown) => this.#say(`${this.path} stays (${codeOf(error)})`))
  }

  /** Never rejects. */
  async #writeAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      this.#waitingBytes -= next.length
      if (this.#broken !== undefined) {
        this.lost += 1
        continue
      }
      try {
        await this.#handle.appendFile(next)
        this.#bytes += next.length
      } catch (error) {
        await this.#breakOff(codeOf(error))
      }
    }
    this.#writing = undefined
  }

  async #breakOff(reason: string): Promise<void> {
    this.#broken = reason
    this.lost += 1
    const half = await this.#handle.truncate(this.#bytes).then(
      () => '',
      () => '; its last line may be cut in half',
    )
    this.#say(`recording stopped: ${this.path} cannot be written (${reason})${half}`)
  }

  #say(problem: string): void {
    if (this.#noted) return
    this.#noted = true
    this.#note(problem)
  }
}

/** A new file that only its owner may read. An empty one of this name is taken. @throws StartError when there is more in it */
export async function openCassetteFile(path: string, note: (problem: string) => void): Promise<CassetteFile> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND
  const handle = await open(path, flags, OWNER_ONLY).catch((error: unknown) => {
    throw new StartError(`${path}: no cassette can be written there (${whyNot(codeOf(error))})`, error)
  })
  try {
    const status = await handle.stat()
    if (!status.isFile()) throw new StartError(`${path}: is no file, so no cassette can be written there`)
    if (status.size > 0) throw new StartError(`${path}: there is something in it already; record into another file`)
    await handle.chmod(OWNER_ONLY)
  } catch (error) {
    await handle.close()
    throw error
  }
  return new CassetteFile(path, handle, note)
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the disk is read-only',
  ENOSPC: 'the disk is full',
}

function whyNot(code: string): string {
  return REASONS[code] ?? code
}
