/** The lines of a cassette on disk, read bit by bit: bounded, and in valid UTF-8. */

import { open } from 'node:fs/promises'
import { whyUnreadable } from '../configuration/read-text-file.ts'
import { StartError } from '../records/start-error.ts'

export interface LineLimits {
  readonly lineBytes: number
  readonly fileBytes: number
}

const READ_BYTES = 256 * 1024
const LINE_FEED = 0x0a
const MEBIBYTE = 1024 * 1024

/** @throws StartError that names the file, and the line where there is one */
export async function* readLines(path: string, limits: LineLimits): AsyncGenerator<string, void, void> {
  const file = await open(path, 'r').catch((error: unknown) => {
    throw new StartError(`${path}: the cassette ${whyUnreadable(error)}`, error)
  })
  try {
    const chunk = Buffer.allocUnsafe(READ_BYTES)
    /** Pieces of the line that is not complete yet. */
    let pieces: Buffer[] = []
    let lineBytes = 0
    let fileBytes = 0
    let number = 1
    const hold = (piece: Buffer): void => {
      lineBytes += piece.length
      if (lineBytes > limits.lineBytes) {
        throw new StartError(`${path}:${number}: the line is longer than ${limits.lineBytes / MEBIBYTE} MiB`)
      }
      pieces.push(Buffer.from(piece))
    }
    const take = (): string => {
      const line = decoded(pieces, path, number)
      pieces = []
      lineBytes = 0
      number += 1
      return line
    }
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length).catch((error: unknown) => {
        throw new StartError(`${path}: the cassette ${whyUnreadable(error)}`, error)
      })
      if (bytesRead === 0) break
      fileBytes += bytesRead
      if (fileBytes > limits.fileBytes) {
        throw new StartError(`${path}: the cassette is larger than ${limits.fileBytes / MEBIBYTE} MiB`)
      }
      let from = 0
      for (;;) {
        const at = chunk.indexOf(LINE_FEED, from)
        if (at === -1 || at >= bytesRead) break
        hold(chunk.subarray(from, at))
        from = at + 1
        yield take()
      }
      if (from < bytesRead) hold(chunk.subarray(from, bytesRead))
    }
    if (pieces.length > 0) yield take()
  } finally {
    await file.close()
  }
}

function decoded(pieces: readonly Buffer[], path: string, number: number): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(pieces))
  } catch (error) {
    throw new StartError(`${path}:${number}: the line is not UTF-8 text`, error)
  }
}
