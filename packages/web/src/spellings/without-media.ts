/** A request whose images and videos are a dot dot dot: their bytes would hide what is to be read. */

import type { ChatContent, ChatContentPart, ChatRequest } from '@moonbase/protocol'
import type { SpellingNote } from './spelling.ts'

export interface MediaLeft {
  readonly request: ChatRequest
  readonly notes: readonly SpellingNote[]
}

/** Addresses and files of the platform stay: they are short. */
export function withoutMedia(request: ChatRequest): MediaLeft {
  const notes: SpellingNote[] = []
  const messages = request.messages.map((message, index) => {
    const { content } = message
    if (typeof content === 'string' || !Array.isArray(content)) return message
    const at = `messages.${index}.content`
    return { ...message, content: shorten(content, at, notes) }
  })
  return notes.length === 0 ? { request, notes } : { request: { ...request, messages }, notes }
}

function shorten(content: Exclude<ChatContent, string>, at: string, notes: SpellingNote[]): ChatContent {
  return content.map((part, index): ChatContentPart => {
    const head = dataHead(part)
    if (head === undefined) return part
    notes.push({
      kind: 'left out',
      field: `${at}.${index}`,
      words: {
        en: `The bytes of ${part.type === 'image_url' ? 'an image' : 'a video'} are left out, … stands in their place.`,
        zh: `${part.type === 'image_url' ? '图片' : '视频'}的数据没有写出来，用 … 代替。`,
      },
    })
    return part.type === 'image_url'
      ? { type: 'image_url', image_url: { url: `${head}…` } }
      : { type: 'video_url', video_url: { url: `${head}…` } }
  })
}

/** `data:image/png;base64,` of a data URL. */
function dataHead(part: ChatContentPart): string | undefined {
  const url = mediaUrl(part)
  return url === undefined ? undefined : /^\s*data:[^,]{0,256},/i.exec(url)?.[0]
}

/** The address of an image or a video, which may stand bare. */
export function mediaUrl(part: ChatContentPart): string | undefined {
  if (part.type === 'text') return undefined
  const media = part.type === 'image_url' ? part.image_url : part.video_url
  return typeof media === 'string' ? media : media.url
}
