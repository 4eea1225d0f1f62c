/** A file of conversations, ours or another's, checked piece by piece: what fits is taken, and what does not is named. */

import { FORMAT, VERSION } from './export-file.ts'
import { type Kept, readKept } from './document.ts'
import { fromChatGpt } from './import-chatgpt.ts'
import { fromMessages } from './import-messages.ts'
import type { Making } from './make-kept.ts'
import { isFields } from './shape.ts'

/** UTF-16 units: a file of 50 MB. */
const MOST_OF_FILE = 50_000_000
const MOST_CONVERSATIONS = 10_000

export interface Skipped {
  /** Which one, from 1; 0: the file. */
  readonly place: number
  readonly why:
    | 'too-large'
    | 'no-json'
    | 'unknown-format'
    | 'newer-version'
    | 'no-conversation'
    | 'too-many'
    | 'damaged-media'
}

export interface Imported {
  readonly conversations: readonly Kept[]
  readonly media: ReadonlyMap<string, Blob>
  readonly skipped: readonly Skipped[]
}

const nothing = (why: Skipped['why']): Imported => ({
  conversations: [],
  media: new Map(),
  skipped: [{ place: 0, why }],
})

/** Each gets an id of its own: nothing that is there already is written over. */
export async function importFile(text: string, making: Making): Promise<Imported> {
  if (text.length > MOST_OF_FILE) return nothing('too-large')
  const value = parsed(text)
  if (value === undefined) return nothing('no-json')
  if (isFields(value) && value['format'] === FORMAT) return ours(value, making)
  const others = Array.isArray(value) && !isMessages(value) ? value : [value]
  const found = others
    .slice(0, MOST_CONVERSATIONS)
    .map((one: unknown) => fromChatGpt(one, making) ?? fromMessages(one, making))
  if (found.every((one) => one === undefined)) return nothing('unknown-format')
  return gathered(found, others.length)
}

/** One document, or one on each line. */
function parsed(text: string): unknown {
  const whole = json(text)
  if (whole !== undefined) return whole
  const lines = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(json)
  return lines.length > 1 && lines.every((line) => line !== undefined) ? lines : undefined
}

function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

const isMessages = (list: readonly unknown[]): boolean => list.every((one) => isFields(one) && 'role' in one)

function gathered(found: readonly (Kept | undefined)[], all: number): Imported {
  const skipped = found.flatMap((one, index): Skipped[] =>
    one === undefined ? [{ place: index + 1, why: 'no-conversation' }] : [],
  )
  if (all > MOST_CONVERSATIONS) skipped.push({ place: MOST_CONVERSATIONS + 1, why: 'too-many' })
  return { conversations: found.filter((one) => one !== undefined), media: new Map(), skipped }
}

async function ours(file: Readonly<Record<string, unknown>>, { newId, now }: Making): Promise<Imported> {
  const { version, conversations, media } = file
  if (typeof version !== 'number' || version > VERSION) return nothing('newer-version')
  if (!Array.isArray(conversations)) return nothing('no-conversation')
  const found = conversations.slice(0, MOST_CONVERSATIONS).map((one: unknown) => {
    const kept = readKept(one)
    return kept === undefined
      ? undefined
      : Object.assign(kept, { id: newId(), changedAt: Math.min(kept.changedAt, now) })
  })
  const result = gathered(found, conversations.length)
  const files = new Map<string, Blob>()
  const damaged: Skipped[] = []
  for (const [index, one] of (Array.isArray(media) ? media : []).entries()) {
    const read = await mediaIn(one)
    if (read === undefined) damaged.push({ place: index + 1, why: 'damaged-media' })
    else files.set(...read)
  }
  return { ...result, media: files, skipped: [...result.skipped, ...damaged] }
}

const MIME = /^(?:image|video)\/[\w.+-]{1,64}$/

/** A file whose bytes are not those of its digest is none of ours. */
async function mediaIn(value: unknown): Promise<[digest: string, file: Blob] | undefined> {
  if (!isFields(value)) return undefined
  const { digest, mime, data } = value
  if (typeof digest !== 'string' || typeof mime !== 'string' || typeof data !== 'string' || !MIME.test(mime))
    return undefined
  const bytes = bytesOf(data)
  if (bytes === undefined) return undefined
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return hex === digest ? [digest, new Blob([bytes], { type: mime })] : undefined
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  } catch {
    return undefined
  }
}
