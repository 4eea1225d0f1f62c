/** Fetching the vocabulary into the data folder: checked before it is stored, and stored whole or not at all. */

import { createHash, randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from '../configuration/read-text-file.ts'
import { whyNotKept } from '../configuration/why-not-kept.ts'
import { StartError } from '../records/start-error.ts'
import { type DownloadLimits, download } from './download.ts'
import { KIMI_VOCABULARY, type VocabularyPin } from './kimi-vocabulary.ts'
import { pulledPath, readVocabularyFile } from './vocabulary-file.ts'

export interface PullOptions {
  /** Absolute path. */
  readonly dataFolder: string
  /** A mirror to ask instead of Hugging Face. What it gives must be the same file. */
  readonly from?: string
  /** Fetch although a file is there. */
  readonly force?: boolean
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly onProgress?: (received: number, total: number) => void
  /** For tests. */
  readonly pin?: VocabularyPin
  readonly limits?: DownloadLimits
}

export interface Pulled {
  readonly path: string
  /** False when the file was there already. */
  readonly fetched: boolean
}

/** @throws StartError when it could not be fetched, is not the file it should be, or cannot be stored */
export async function pullVocabulary(options: PullOptions): Promise<Pulled> {
  const { from = KIMI_VOCABULARY.url, pin = KIMI_VOCABULARY, force = false, environment } = options
  const path = pulledPath(options.dataFolder)
  if (!force && (await isThere(path, pin))) return { path, fetched: false }
  const draft = await openDraft(path)
  try {
    const bytes = await download({
      url: from,
      bytes: pin.bytes,
      environment,
      onProgress: (received) => options.onProgress?.(received, pin.bytes),
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    })
    checkHash(bytes, from, pin)
    await put(draft, bytes, path)
    return { path, fetched: true }
  } catch (error) {
    await discard(draft)
    throw error
  }
}

async function isThere(path: string, pin: VocabularyPin): Promise<boolean> {
  const found = await readVocabularyFile(path, dirname(dirname(path)))
  if (found === undefined) return false
  if (found.sha256 === pin.sha256) return true
  throw new StartError([
    `${path} is there already and is another file (SHA-256 ${found.sha256})`,
    'It was left as it is; --force puts the vocabulary of Kimi K2.5 in its place.',
  ])
}

function checkHash(bytes: Uint8Array, from: string, pin: VocabularyPin): void {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (sha256 === pin.sha256) return
  throw new StartError([
    `${new URL(from).host} gave a file that is not the vocabulary of Kimi K2.5, and nothing was stored`,
    `  expected SHA-256 ${pin.sha256}`,
    `  got              ${sha256}`,
  ])
}

interface Draft {
  readonly file: FileHandle
  readonly path: string
}

const OWNER_ONLY_FOLDER = 0o700

/** Opened before the download, so that a folder that cannot be written is known before anything is asked for. */
async function openDraft(path: string): Promise<Draft> {
  try {
    // As the file of generated keys makes it: whichever comes first makes the data folder.
    await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER })
    const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`
    return { file: await open(draft, 'wx'), path: draft }
  } catch (error) {
    throw notStored(path, error)
  }
}

async function put({ file, path: draft }: Draft, bytes: Uint8Array, path: string): Promise<void> {
  try {
    await file.writeFile(bytes)
    await file.sync()
    await file.close()
    await rename(draft, path)
  } catch (error) {
    throw notStored(path, error)
  }
}

/** The failure that led here is the one to tell; what is left of the draft harms nobody. */
async function discard({ file, path }: Draft): Promise<void> {
  await Promise.allSettled([file.close()])
  await Promise.allSettled([unlink(path)])
}

function notStored(path: string, error: unknown): StartError {
  const told = whyNotKept(path, dirname(dirname(path)), error)
  const untold = `${path}: the vocabulary cannot be kept there (${codeOf(error)}): choose another folder with MOONBASE_DATA or --data`
  return new StartError(told ?? untold, error)
}
