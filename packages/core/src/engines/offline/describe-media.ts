/** Images and videos, described by what can be measured without seeing them. */

import { type MediaPart, base64Of, mediaFailure, sizeOfMedia } from '../../generation/index.ts'
import type { Decision } from './decision.ts'

/** What a measurer tells of an image. */
export interface ImageDescription {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Names of the main colours, the most common first; may be empty. */
  readonly colours: readonly string[]
}

export type DescribeImage = (image: { readonly mime: string; readonly base64: string }) => Promise<ImageDescription>

export interface MediaViewer {
  /** For errors. */
  readonly engine: string
  readonly describeImage: DescribeImage | undefined
  /** Ends the loading of bytes that are elsewhere. */
  readonly signal: AbortSignal
}

/** Rejects with an `EngineError` where the bytes of an image cannot be had. */
export async function describeMedia(media: readonly MediaPart[], viewer: MediaViewer): Promise<Decision | undefined> {
  if (media.length === 0) return undefined
  const lines: string[] = []
  // One after the other: a measurer holds the pixels of a whole image.
  for (const part of media) lines.push(await describeOne(part, viewer))
  const many = lines.length === 1 ? '' : lines.map((line, index) => `${index + 1}. ${line}`).join('\n')
  const text = lines.length === 1 ? (lines[0] ?? '') : `I was given ${lines.length} pictures:\n${many}`
  return {
    thought: 'I cannot see, but I can measure what I was given.',
    text: `${text}\nI am moonbase's offline engine: I measure pictures, I do not see what they show.`,
    core: lines[0] ?? '',
  }
}

async function describeOne(part: MediaPart, viewer: MediaViewer): Promise<string> {
  const kind = KINDS[part.mime] ?? part.mime
  const size = `${sizeOfMedia(part).toLocaleString('en-US')} bytes`
  if (part.type === 'video') return `A video, ${kind}, ${size}.`
  const measured = await measure(part, viewer)
  if (measured === undefined) return `An image, ${kind}, ${size}.`
  const { width, height, colours } = measured
  const shape = width === height ? 'square' : width > height ? 'wider than high' : 'higher than wide'
  const colour = colours.length === 0 ? '' : ` Its main colours: ${colours.slice(0, 5).join(', ')}.`
  return `An image, ${kind}, ${width}×${height} pixels (${shape}), ${size}.${colour}`
}

/** `undefined` for an image that the measurer cannot read: its kind and size are still known. */
async function measure(part: MediaPart, viewer: MediaViewer): Promise<ImageDescription | undefined> {
  const { describeImage } = viewer
  if (describeImage === undefined) return undefined
  const base64 = await bytesOf(part, viewer)
  try {
    return await describeImage({ mime: part.mime, base64 })
  } catch {
    return undefined
  }
}

async function bytesOf(part: MediaPart, { engine, signal }: MediaViewer): Promise<string> {
  try {
    return await base64Of(part, signal)
  } catch (error) {
    throw mediaFailure(error, engine, signal)
  }
}

const KINDS: Readonly<Record<string, string>> = {
  'image/png': 'PNG',
  'image/jpeg': 'JPEG',
  'image/webp': 'WebP',
  'image/gif': 'GIF',
  'video/mp4': 'MP4',
  'video/mpeg': 'MPEG',
  'video/quicktime': 'QuickTime',
  'video/webm': 'WebM',
  'video/x-msvideo': 'AVI',
  'video/x-flv': 'FLV',
  'video/x-ms-wmv': 'WMV',
  'video/3gpp': '3GPP',
}
