/** What is said in a message or stands in a tool's result, as parts that the model reads: text and images. */

import { type DraftPart, type ReadMedia, type TextPart, refusedMedia } from '../../generation/index.ts'
import { type Fields, fieldsOf, listOf, optionalText, textOf, wrong } from './wire-checks.ts'

/**
 * The parts of one block; none for an empty text, which says nothing and which the model's own API refuses.
 *
 * @throws ApiError for a block of a type that stands elsewhere, or that only the provider of this wire can read
 */
export function decodePart(block: Fields, at: string, readMedia: ReadMedia): readonly DraftPart[] {
  const { type } = block
  switch (type) {
    case 'text':
      return textParts(textOf(block['text'], `${at}.text`))
    case 'image':
      return [decodeImage(fieldsOf(block['source'], `${at}.source`), `${at}.source`, readMedia)]
    case 'document':
      return decodeDocument(block, at, readMedia)
    case 'search_result':
      return decodeSearchResult(block, at)
    default:
      throw wrong(`${at}.type`, `blocks of type '${textOf(type, `${at}.type`).slice(0, SHOWN)}' are not supported here`)
  }
}

const SHOWN = 64

/** Parts of a list of blocks. */
function decodeParts(blocks: readonly unknown[], at: string, readMedia: ReadMedia): DraftPart[] {
  return blocks.flatMap((block, index) => decodePart(fieldsOf(block, `${at}.${index}`), `${at}.${index}`, readMedia))
}

export function textParts(text: string): readonly TextPart[] {
  return text === '' ? [] : [{ type: 'text', text }]
}

function decodeImage(source: Fields, at: string, readMedia: ReadMedia): DraftPart {
  switch (source['type']) {
    case 'base64':
      return readImage(
        `data:${optionalText(source['media_type'], `${at}.media_type`) ?? ''};base64,${textOf(source['data'], `${at}.data`)}`,
        readMedia,
      )
    case 'url': {
      const url = textOf(source['url'], `${at}.url`)
      // Whether it can be fetched is a resolver's to know.
      return /^\s*data:/i.test(url) ? readImage(url, readMedia) : { type: 'reference', medium: 'image', url }
    }
    case 'file':
      return { type: 'reference', medium: 'image', url: `ms://${textOf(source['file_id'], `${at}.file_id`)}` }
    default:
      throw wrong(`${at}.type`, "Input should be 'base64', 'url' or 'file'")
  }
}

function readImage(url: string, readMedia: ReadMedia): DraftPart {
  const media = readMedia('image', url)
  if (typeof media === 'string') throw refusedMedia('image', url, media)
  return media
}

/** Its title and context, then its text. What has to be extracted first is refused by name. */
function decodeDocument(block: Fields, at: string, readMedia: ReadMedia): readonly DraftPart[] {
  const source = fieldsOf(block['source'], `${at}.source`)
  const head = [optionalText(block['title'], `${at}.title`), optionalText(block['context'], `${at}.context`)]
  const about = textParts(head.map((line) => (line ? `${line}\n\n` : '')).join(''))
  switch (source['type']) {
    case 'text':
      return [...about, ...textParts(textOf(source['data'], `${at}.source.data`))]
    case 'content': {
      const { content } = source
      const parts =
        typeof content === 'string'
          ? textParts(content)
          : decodeParts(listOf(content, `${at}.source.content`), `${at}.source.content`, readMedia)
      return [...about, ...parts]
    }
    default:
      throw wrong(
        `${at}.source.type`,
        "only documents of type 'text' and 'content' can be read here, send the text of others",
      )
  }
}

function decodeSearchResult(block: Fields, at: string): readonly DraftPart[] {
  const title = textOf(block['title'], `${at}.title`)
  const source = textOf(block['source'], `${at}.source`)
  const content = listOf(block['content'], `${at}.content`).flatMap((part, index) => {
    const place = `${at}.content.${index}`
    return textParts(textOf(fieldsOf(part, place)['text'], `${place}.text`))
  })
  return [...textParts(`${title}\n${source}\n\n`), ...content]
}
