/** Images and videos, described by what can be measured without seeing them. */

import type { MediaPart } from '../../generation/index.ts'
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

export async function describeMedia(
  media: readonly MediaPart[],
  describeImage: DescribeImage | undefined,
): Promise<Decision | undefined> {
  if (media.length === 0) return undefined
  const lines: string[] = []
  // One after the other: a measurer holds the pixels of a whole image.
  for (const part of media) lines.push(await describeOne(part, describeImage))
  const many = lines.length === 1 ? '' : lines.map((line, index) => `${index + 1}. ${line}`).join('\n')
  const text = lines.length === 1 ? (lines[0] ?? '') : `I was given ${lines.length} pictures:\n${many}`
  return {
    thought: 'I cannot see, but I can measure what I was given.',
    text: `${text}\nI am moonbase's offline engine: I measure pictures, I do not see what they show.`,
    core: lines[0] ?? '',
  }
}

async function describeOne(part: MediaPart, describeImage: DescribeImage | undefined): Promise<string> {
  const kind = KINDS[part.mime] ?? part.mime
  const size = `${bytesOf(part.base64).toLocaleString('en-US')} bytes`
  if (part.type === 'video') return `A video, ${kind}, ${size}.`
  const measured = describeImage === undefined ? undefined : await measure(part, describeImage)
  if (measured === undefined) return `An image, ${kind}, ${size}.`
  const { width, height, colours } = measured
  const shape = width === height ? 'square' : width > height ? 'wider than high' : 'higher than wide'
  const colour = colours.length === 0 ? '' : ` Its main colours: ${colours.slice(0, 5).join(', ')}.`
  return `An image, ${kind}, ${width}×${height} pixels (${shape}), ${size}.${colour}`
}

/** `undefined` for an image that the measurer cannot read: its kind and size are still known. */
async function measure(part: MediaPart, describeImage: DescribeImage): Promise<ImageDescription | undefined> {
  try {
    return await describeImage({ mime: part.mime, base64: part.base64 })
  } catch {
    return undefined
  }
}

function bytesOf(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0
  return Math.floor((base64.length * 3) / 4) - padding
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
