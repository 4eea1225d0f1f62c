/** What a request asked, as it is kept: its body as it was sent, with a note in place of each image and video. */

import { lengthOfBase64 } from '@moonbase/core/generation'
import { type BoundedJson, boundedJson } from './bounded-json.ts'
import { MOST_SIDE_BYTES } from './request-content.ts'

/** Fields that hold media, as they are or below them. */
const MEDIA_FIELDS: ReadonlySet<string> = new Set(['image_url', 'video_url'])
/** Where the data of a URL begins, at the latest. */
const MOST_HEAD = 256
const MOST_KIND = 64

export function askedJson(body: unknown): BoundedJson {
  return boundedJson(body, MOST_SIDE_BYTES, mediaNote)
}

function mediaNote(text: string, path: readonly string[]): string | undefined {
  if (!/^\s*data:/i.test(text.slice(0, MOST_HEAD)) || !path.some((name) => MEDIA_FIELDS.has(name))) return undefined
  const head = text.slice(0, MOST_HEAD).trimStart()
  const kind = /^data:([\w.+-]+\/[\w.+-]+)/i.exec(head)?.[1]?.slice(0, MOST_KIND) ?? 'media'
  const comma = text.slice(0, MOST_HEAD).indexOf(',')
  const isBase64 = /;base64,/i.test(head)
  const data = text.slice(comma + 1)
  // Of a client, and perhaps no base64 at all.
  const bytes = isBase64 ? Math.max(0, Math.floor(lengthOfBase64(data))) : data.length
  return `[${kind}, ${bytes} bytes, not kept]`
}
