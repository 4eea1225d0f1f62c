/**
 * How a video becomes chunks: frames are sampled evenly, and four of them share the tokens of one.
 *
 * Source: `split_video_chunks` of the K2.5 checkpoint's vision processor. Its numbers are Python's and NumPy's, which
 * round halves to even.
 */

import type { VideoMeasure } from '../prompt.ts'
import { tokensWithin } from './image-tokens.ts'

/** Frames sampled of each second, where the video has as many. */
const SAMPLED_PER_SECOND = 2
const FRAMES_OF_CHUNK = 4
const FRAME_PATCHES = 4096

/**
 * Chunks after which a video is cut off: about 18 hours. A chunk takes at least eight tokens (four around it, one
 * inside, three of its timestamp), so as many fill the model's window of 262,144 by themselves.
 */
export const MAXIMUM_VIDEO_CHUNKS = 32_768

export interface VideoChunk {
  /** When its first frame is shown, as `hh:mm:ss.fff`. */
  readonly timestamp: string
  /** Tokens between `<|media_content|>` and `<|media_end|>`. */
  readonly tokens: number
}

/**
 * In order of time, at least one and at most `MAXIMUM_VIDEO_CHUNKS`: what comes after them is left out, since no window
 * holds so many. Takes a measure whose numbers are all positive and finite.
 */
export function videoChunks(measure: VideoMeasure): readonly VideoChunk[] {
  const tokens = tokensWithin(FRAME_PATCHES, measure)
  const sampled = sampledFrames(measure)
  const count = Math.min(videoChunkCount(measure), MAXIMUM_VIDEO_CHUNKS)
  return Array.from({ length: count }, (_, chunk) => {
    const frame = frameAt(chunk * FRAMES_OF_CHUNK, sampled, measure.frames)
    return { timestamp: timestampOf(frame / measure.framesPerSecond), tokens }
  })
}

/** Tokens of all its chunks, as they are counted, without what stands around them; and how many there are. Nothing is made. */
export function videoTokens(measure: VideoMeasure): { readonly chunks: number; readonly tokens: number } {
  const chunks = Math.min(videoChunkCount(measure), MAXIMUM_VIDEO_CHUNKS)
  return { chunks, tokens: chunks * tokensWithin(FRAME_PATCHES, measure) }
}

/** The number of chunks, without making or limiting them: a claimed length costs nothing here. */
export function videoChunkCount(measure: VideoMeasure): number {
  return Math.ceil(sampledFrames(measure) / FRAMES_OF_CHUNK)
}

function sampledFrames({ frames, framesPerSecond }: VideoMeasure): number {
  const rate = Math.min(SAMPLED_PER_SECOND, framesPerSecond)
  return Math.max(roundHalfToEven((frames * rate) / framesPerSecond), 1)
}

/** The frame that stands at `index` among `sampled` ones, spread evenly from the first to the last. */
function frameAt(index: number, sampled: number, frames: number): number {
  if (sampled === 1) return 0
  if (index === sampled - 1) return frames - 1
  return roundHalfToEven(index * ((frames - 1) / (sampled - 1)))
}

function roundHalfToEven(value: number): number {
  const below = Math.floor(value)
  const rest = value - below
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1
  return below % 2 === 0 ? below : below + 1
}

const SECONDS_OF_DAY = 86_400

/** Cut to the millisecond, not rounded. After a day the clock starts again at zero, as the processor's does. */
function timestampOf(time: number): string {
  const seconds = Math.floor(time) % SECONDS_OF_DAY
  const milliseconds = Math.trunc((time % 1) * 1000)
  return `${digits(seconds / 3600, 2)}:${digits((seconds / 60) % 60, 2)}:${digits(seconds % 60, 2)}.${digits(milliseconds, 3)}`
}

function digits(value: number, width: number): string {
  return String(Math.trunc(value)).padStart(width, '0')
}
