/** Texts and media of a message, as blocks of the Messages API. */

import type { ChatContent } from '@moonbase/protocol'
import { mediaUrl } from '../without-media.ts'
import type { NoteTaker } from './note-taker.ts'

/**
 * The blocks of a content; a text that stands alone stays one.
 *
 * @param takesImages where only text may stand, such as in what the system says, an image is left out and named
 */
export function writeContent(content: ChatContent, at: string, notes: NoteTaker, takesImages: boolean) {
  return typeof content === 'string' ? content : writeParts(content, `${at}.content`, notes, takesImages)
}

export function writeParts(
  content: Exclude<ChatContent, string>,
  at: string,
  notes: NoteTaker,
  takesImages: boolean,
): object[] {
  return content.flatMap((part, index): object[] => {
    const url = mediaUrl(part)
    if (part.type === 'text' || url === undefined) return [part]
    if (part.type === 'image_url' && takesImages) return [{ type: 'image', source: sourceOf(url) }]
    notes.leftOut(`${at}.${index}`, part.type === 'video_url' ? NO_VIDEO : NO_IMAGE)
    return []
  })
}

/** `ms://` names a file that lies at the server. */
function sourceOf(url: string): object {
  const data = /^\s*data:([^,]*?);\s*base64\s*,/i.exec(url)
  if (data !== null) return { type: 'base64', media_type: data[1] ?? '', data: url.slice(data[0].length) }
  return url.startsWith('ms://') ? { type: 'file', file_id: url.slice('ms://'.length) } : { type: 'url', url }
}

const NO_VIDEO = {
  en: 'The Messages API takes no video.',
  zh: 'Messages API 不接受视频。',
} as const

const NO_IMAGE = {
  en: 'The Messages API takes an image in what a person says and in a tool’s result, and not here.',
  zh: 'Messages API 只在用户消息和工具结果里接受图片，这里不接受。',
} as const
