/** Reading a small text file that an operator wrote: bounded, and in valid UTF-8. */

import { open } from 'node:fs/promises'

/** How the configuration reads a file; tests hand in their own. Rejects as `node:fs` does, with a `code`. */
export type ReadFile = (path: string) => Promise<string>

/** More than anybody writes by hand. Whoever passes it named the wrong file. */
export const FILE_BYTES = 1024 * 1024

/** @throws Error with `code` of the system, or `EFBIG` past the limit, or `EILSEQ` when it is not UTF-8. */
export async function readTextFile(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    // One byte more than allowed, so that a pipe or a device without an end is bounded too.
    const bytes = Buffer.allocUnsafe(FILE_BYTES + 1)
    let length = 0
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length)
      if (bytesRead === 0) break
      length += bytesRead
    }
    if (length > FILE_BYTES) throw withCode('EFBIG', 'the file is larger than 1 MiB')
    return decoded(bytes.subarray(0, length))
  } finally {
    await file.close()
  }
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw withCode('EILSEQ', 'the file is not UTF-8 text', cause)
  }
}

function withCode(code: string, message: string, cause?: unknown): NodeJS.ErrnoException {
  return Object.assign(new Error(message, { cause }), { code })
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder',
  ENOTDIR: 'lies behind a file, not a folder',
  EFBIG: 'is larger than 1 MiB, which is the most that is read',
  EILSEQ: 'is not UTF-8 text',
}

/** Why a file could not be read, as the end of a sentence that begins with its name. */
export function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  return WORDS[code] ?? `cannot be read (${code})`
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown error'
}
