/**
 * Blobs as files of a folder: each is written beside the others and renamed when it is whole and on the disk. The folder is
 * made when the first one is put; nobody else may read it.
 */

import { randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { BlobError, notFound, unavailable } from '../blob-error.ts'
import type { BlobStore, ByteRange, KeptBlob } from '../blob-store.ts'
import { badRange, checkKeys, checkRange, partsOf } from '../check-blobs.ts'
import { MeasuredSource } from '../measured-source.ts'

const FOLDER_MODE = 0o700
const FILE_MODE = 0o600
const CHUNK_BYTES = 64 * 1024
/** No part of a key begins with a dot. */
const UNFINISHED = '.unfinished'
/** What lies there longer was left by a crash; younger ones may be written by another server just now. */
const OLD_MS = 24 * 3_600_000
/** Files end with it, so that a key may be the beginning of another one: no part of a key has it. */
const ENDING = '='

export class FileBlobs implements BlobStore {
  readonly #folder: string
  readonly #now: () => number
  /** Resolves when there is a folder for what is not finished, and nothing old in it. */
  #ready: Promise<void> | undefined

  /** `folder`: absolute. `now`: milliseconds since the Unix epoch. */
  constructor(folder: string, now: () => number) {
    this.#folder = folder
    this.#now = now
  }

  async put(key: string, source: AsyncIterable<Uint8Array>, mostBytes: number): Promise<KeptBlob> {
    const path = this.#pathOf(key)
    const measured = new MeasuredSource(source, mostBytes)
    const unfinished = join(this.#folder, UNFINISHED, randomUUID())
    await asBlobError(() => this.#prepare())
    const file = await asBlobError(() => open(unfinished, 'wx', FILE_MODE))
    try {
      try {
        for await (const chunk of measured.chunks()) await asBlobError(() => writeAll(file, chunk))
        await asBlobError(() => file.sync())
      } finally {
        await file.close()
      }
      await asBlobError(() => this.#moveTo(path, unfinished))
    } catch (error) {
      await rm(unfinished, { force: true })
      throw error
    }
    return measured.kept()
  }

  async open(key: string, range?: ByteRange): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#pathOf(key)
    checkRange(range)
    const { size } = await asBlobError(() => stat(path), key)
    if (range !== undefined && range.from >= size) throw badRange(range)
    return read(path, key, range)
  }

  async remove(keys: readonly string[]): Promise<void> {
    checkKeys(keys)
    const folders = new Set<string>()
    for (const key of keys) {
      const path = this.#pathOf(key)
      await asBlobError(() => rm(path, { force: true }))
      folders.add(dirname(path))
    }
    for (const folder of folders) await asBlobError(() => syncFolder(folder))
  }

  #pathOf(key: string): string {
    return `${join(this.#folder, ...partsOf(key))}${ENDING}`
  }

  /** Once; again where it failed. */
  async #prepare(): Promise<void> {
    this.#ready ??= this.#makeReady()
    try {
      await this.#ready
    } catch (error) {
      this.#ready = undefined
      throw error
    }
  }

  async #makeReady(): Promise<void> {
    const folder = join(this.#folder, UNFINISHED)
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    for (const name of await readdir(folder)) {
      const path = join(folder, name)
      // Another server may have finished it meanwhile.
      const found = await stat(path).catch(() => undefined)
      if (found !== undefined && found.mtimeMs < this.#now() - OLD_MS) await rm(path, { force: true })
    }
  }

  async #moveTo(path: string, unfinished: string): Promise<void> {
    const folder = dirname(path)
    const made = await mkdir(folder, { recursive: true, mode: FOLDER_MODE })
    await rename(unfinished, path)
    await syncFolder(folder)
    if (made === undefined) return
    // Folders that are new stand in others, up to the first of them.
    for (let each = folder; each.length >= made.length; each = dirname(each)) await syncFolder(dirname(each))
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let from = 0; from < chunk.byteLength;) {
    const { bytesWritten } = await file.write(chunk, from, chunk.byteLength - from)
    from += bytesWritten
  }
}

/** The file is opened with the first question: whoever asks nothing leaves nothing open. */
async function* read(path: string, key: string, range: ByteRange | undefined): AsyncGenerator<Uint8Array> {
  const file = await asBlobError(() => open(path, 'r'), key)
  try {
    const to = range?.to ?? Infinity
    for (let from = range?.from ?? 0; from < to;) {
      const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, to - from))
      const { bytesRead } = await asBlobError(() => file.read(buffer, 0, buffer.byteLength, from))
      if (bytesRead === 0) return
      from += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await file.close()
  }
}

/** A name is on the disk when its folder is. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (error) {
    // What is not there has no names; and Windows opens no folder.
    if (!['ENOENT', 'EISDIR', 'EPERM'].includes(codeOf(error))) throw error
  }
}

/** `key`: of a blob that must be there. */
async function asBlobError<Result>(work: () => Promise<Result>, key?: string): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof BlobError) throw error
    if (key !== undefined && ['ENOENT', 'ENOTDIR'].includes(codeOf(error))) throw notFound(key)
    throw unavailable(error)
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : ''
}
