/** Files of the person, once each by their digest: as data for requests, as an address for pictures. */

import type { Part } from '../conversation/index.ts'
import type { MediaShown } from '../parts/media-chip.tsx'

export type MediaPart = Part & { readonly kind: 'media' }

interface Kept {
  readonly part: MediaPart
  readonly file: Blob
  readonly data: string
  readonly address: string
}

/** Together; above it they are files of the platform, not parts of a request. */
const MOST_BYTES = 100_000_000

function hex(bytes: ArrayBuffer): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function digestOf(file: File): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
}

function dataOf(file: Blob): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const reader = new FileReader()
  reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : ''))
  reader.addEventListener('error', () => reject(new Error('a file could not be read')))
  reader.readAsDataURL(file)
  return promise
}

async function sidesOf(file: File): Promise<{ width: number; height: number } | null> {
  try {
    const bitmap = await createImageBitmap(file)
    const sides = { width: bitmap.width, height: bitmap.height }
    bitmap.close()
    return sides
  } catch {
    // Not a picture that this browser reads: the server says what it thinks of it.
    return null
  }
}

export class MediaStore {
  readonly #kept = new Map<string, Kept>()

  async add(file: File): Promise<MediaPart> {
    if (file.size > MOST_BYTES) throw new RangeError(`${file.name} is larger than a request may be`)
    const digest = await digestOf(file)
    const before = this.#kept.get(digest)
    if (before !== undefined) return before.part
    const media = file.type.startsWith('video/') ? 'video' : 'image'
    const sides = media === 'image' ? await sidesOf(file) : null
    const part: MediaPart = {
      kind: 'media',
      media,
      digest,
      name: file.name,
      mime: file.type,
      bytes: file.size,
      ...sides,
    }
    this.#kept.set(digest, { part, file, data: await dataOf(file), address: URL.createObjectURL(file) })
    return part
  }

  /** What was kept in the browser comes back. */
  async restore(part: MediaPart, file: Blob): Promise<void> {
    if (this.#kept.has(part.digest)) return
    this.#kept.set(part.digest, { part, file, data: await dataOf(file), address: URL.createObjectURL(file) })
  }

  readonly file = (digest: string): Blob | undefined => this.#kept.get(digest)?.file

  readonly data = (digest: string): string | undefined => this.#kept.get(digest)?.data

  readonly shown = (part: Part): MediaShown | null => {
    if (part.kind === 'text') return null
    if (part.kind === 'address')
      return { key: part.address, kind: part.media, name: part.address.slice(0, 60), address: '' }
    const { digest, media, name, width, height, bytes } = part
    return { key: digest, kind: media, name, address: this.#kept.get(digest)?.address ?? '', width, height, bytes }
  }
}
