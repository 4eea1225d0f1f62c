/** What MediaInfo found, as a measure: counted by ourselves where its answer is a guess, and checked in any case. */

import type { Track, VideoTrack } from 'mediainfo.js'
import type { VideoMeasure } from '@moonbase/format'
import { asfFrames } from './count-frames/asf-frames.ts'
import type { ByteWindow } from './count-frames/byte-window.ts'
import { flvFrames } from './count-frames/flv-frames.ts'
import type { CountedFrames } from './count-frames/frame-clock.ts'
import { matroskaFrames } from './count-frames/matroska-frames.ts'
import { mp4Frames } from './count-frames/mp4-frames.ts'
import { mpegFrames } from './count-frames/mpeg-frames.ts'

/** A side, a rate and a number of frames past which a container lies or is broken. */
const MAXIMUM_SIDE = 65_535
const MAXIMUM_RATE = 10_000
const MAXIMUM_FRAMES = 2 ** 40

/** Bytes that hold no video that can be measured; nothing is wrong with the library that says so. */
export class NoVideo extends Error {
  override readonly name = 'NoVideo'
}

/** The measure of the first video track. Throws a `NoVideo` that says what is missing. */
export async function measureOf(tracks: readonly Track[], mime: string, bytes: ByteWindow): Promise<VideoMeasure> {
  const video = tracks.find((track) => track['@type'] === 'Video')
  if (video === undefined) throw new NoVideo('has no video track')
  // As stored: a rotation is not applied, and the count of tokens is the same for both ways to hold it.
  const { Width: width = 0, Height: height = 0 } = video
  if (!isWithin(width, 1, MAXIMUM_SIDE) || !isWithin(height, 1, MAXIMUM_SIDE)) throw new NoVideo('has no size')
  const { frames, framesPerSecond } = await framesOf(video, mime, bytes)
  if (!isWithin(frames, 1, MAXIMUM_FRAMES)) throw new NoVideo('has no frames')
  if (!isWithin(framesPerSecond, Number.MIN_VALUE, MAXIMUM_RATE)) throw new NoVideo('has no frame rate')
  return { width, height, frames, framesPerSecond }
}

function isWithin(value: number, minimum: number, maximum: number): boolean {
  return value >= minimum && value <= maximum
}

type Frames = Pick<VideoMeasure, 'frames' | 'framesPerSecond'>

async function framesOf(video: VideoTrack, mime: string, bytes: ByteWindow): Promise<Frames> {
  const { FrameCount: count = 0, Duration: seconds = 0, Format: format } = video
  const rate = rateOf(video)
  if (mime === 'video/mpeg' && format === 'MPEG Video' && rate !== undefined) {
    return { frames: await mpegFrames(bytes), framesPerSecond: rate }
  }
  const counted = await COUNTERS[mime]?.(bytes)
  if (counted !== undefined) {
    const { frames, framesPerSecond = rate ?? frames } = counted
    return { frames, framesPerSecond }
  }
  const framesPerSecond = rate ?? (seconds > 0 ? count / seconds : 0)
  return { frames: count > 0 ? count : Math.round(seconds * framesPerSecond), framesPerSecond }
}

/** Containers whose frames the library takes from a duration, if it knows one. */
const COUNTERS: Readonly<Record<string, (bytes: ByteWindow) => Promise<CountedFrames | undefined>>> = {
  'video/mp4': mp4Frames,
  'video/quicktime': mp4Frames,
  'video/3gpp': mp4Frames,
  'video/webm': matroskaFrames,
  'video/x-flv': flvFrames,
  'video/x-ms-wmv': asfFrames,
}

/** Frames in a second. */
function rateOf(video: VideoTrack): number | undefined {
  const { FrameRate: rate, FrameRate_Num: num = 0, FrameRate_Den: den = 0 } = video
  const { FrameRate_Mode: mode, FrameCount: count = 0, Duration: seconds = 0 } = video
  if (rate === undefined || !(rate > 0)) return undefined
  // Of a variable rate the decoders take the mean, and the library something in the middle.
  if (mode === 'VFR' && count > 0 && seconds > 0) return count / seconds
  // `FrameRate` is rounded to three decimals; 30000/1001 is not.
  const exact = num / den
  return Math.abs(exact - rate) < 0.001 ? exact : rate
}
