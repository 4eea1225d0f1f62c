/** The vocabulary's file: where a server looks for it, and what it finds there. Nothing is written here. */

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf, whyUnreadable } from '../configuration/read-text-file.ts'
import { whyNotKept } from '../configuration/why-not-kept.ts'
import { StartError } from '../records/start-error.ts'
import { KIMI_VOCABULARY, VOCABULARY_FILE } from './kimi-vocabulary.ts'

/** The part of a `Configuration` that says where a vocabulary may be. */
export interface VocabularyPlaces {
  /** The file that the operator named, as an absolute path. */
  readonly tokenizer: string | undefined
  /** Absolute path. */
  readonly dataFolder: string
}

export interface VocabularyFile {
  readonly path: string
  readonly bytes: Uint8Array<ArrayBuffer>
  /** In hexadecimal. */
  readonly sha256: string
  /** Whether it is Kimi's, by its hash. */
  readonly isKimis: boolean
}

/** Where `moonbase tokenizer pull` puts the vocabulary, and a server looks for it when nobody named another place. */
export function pulledPath(dataFolder: string): string {
  return join(dataFolder, 'tokenizer', VOCABULARY_FILE)
}

/**
 * The configured file, else the pulled one, else `undefined`. Whether its content is a vocabulary is not known yet.
 *
 * @throws StartError when the configured file is missing, or either of them cannot be read
 */
export async function findVocabulary(places: VocabularyPlaces): Promise<VocabularyFile | undefined> {
  if (places.tokenizer !== undefined) {
    const found = await readVocabularyFile(places.tokenizer)
    if (found !== undefined) return found
    throw new StartError([
      `tokenizer: ${places.tokenizer} does not exist`,
      'The configuration or MOONBASE_TOKENIZER names it; `moonbase tokenizer pull` fetches the vocabulary into the data folder, where it need not be named.',
    ])
  }
  return readVocabularyFile(pulledPath(places.dataFolder), places.dataFolder)
}

/**
 * `undefined` when there is none. @throws StartError when it cannot be read
 *
 * @param dataFolder where it lies in one: that the folder itself is in the way is told as for everything in it
 */
export async function readVocabularyFile(path: string, dataFolder?: string): Promise<VocabularyFile | undefined> {
  try {
    const bytes = await readBounded(path)
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { path, bytes, sha256, isKimis: sha256 === KIMI_VOCABULARY.sha256 }
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    const isBarred = dataFolder !== undefined && BARRED.has(codeOf(error))
    const told = isBarred ? whyNotKept(path, dataFolder, error) : undefined
    throw new StartError(told ?? `tokenizer: ${path} ${why(error)}`, error)
  }
}

const BARRED: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOTDIR'])

function why(error: unknown): string {
  if (codeOf(error) === 'EFBIG') return `is larger than ${MOST_BYTES / 1024 / 1024} MiB, which no vocabulary is`
  if (codeOf(error) === 'EISDIR') return `is a folder; name the ${VOCABULARY_FILE} in it`
  return whyUnreadable(error)
}

/** Kimi's has 2.8 MB, the largest ones published about 10 MB. */
const MOST_BYTES = 32 * 1024 * 1024

async function readBounded(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await open(path, 'r')
  try {
    const parts: Uint8Array[] = []
    let length = 0
    // Read and not asked for its size: a device or a pipe has none, and no end either.
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES)
      if (bytesRead === 0) return joined(parts, length)
      length += bytesRead
      if (length > MOST_BYTES) throw Object.assign(new Error('the file is too large'), { code: 'EFBIG' })
      parts.push(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

const READ_BYTES = 1024 * 1024

function joined(parts: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.length
  }
  return whole
}
