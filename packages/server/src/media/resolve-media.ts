/** The videos of a conversation, measured: what their container says decides how many tokens they are. */

import { MAXIMUM_VIDEO_CHUNKS, type VideoMeasure, videoChunkCount } from '@moonbase/format'
import type { DraftMessage, DraftPart, HeldVideo, VideoPart } from '@moonbase/core/generation'
import { apiErrorWith } from '@moonbase/protocol'

/** Rejects with an `ApiError` for a video that cannot be measured, and with the signal's reason when it fires. */
export type MeasureVideo = (video: HeldVideo, asked: Asked) => Promise<VideoMeasure>

export interface Asked {
  /** Videos of several owners take turns. */
  readonly owner: string
  /** Nobody wants to know any more when it fires. */
  readonly signal: AbortSignal
}

/**
 * The same array where there is nothing to measure, else one in which every video is, and every message that needed nothing
 * is the object that it was; references are left to others. One after the other: a request of many videos waits for itself, not others for it.
 *
 * @param windowTokens of the model, for the refusal
 *
 * Rejects as `measure` does, and with `window_exceeded` when all videos together claim more chunks than any window holds.
 */
export async function resolveMedia(
  messages: readonly DraftMessage[],
  measure: MeasureVideo,
  asked: Asked,
  windowTokens: number,
): Promise<readonly DraftMessage[]> {
  if (!holdsUnmeasured(messages)) return messages
  const resolved: DraftMessage[] = []
  const budget = new ChunkBudget(windowTokens)
  for (const message of messages) {
    const { content } = message
    if (typeof content === 'string') {
      resolved.push(message)
      continue
    }
    let parts: DraftPart[] | undefined
    for (const [index, part] of content.entries()) {
      const seen = part.type === 'video' ? await measuredVideo(part, measure, asked) : part
      if (seen.type === 'video') budget.spend(seen.measured)
      if (seen !== part) parts ??= content.slice(0, index)
      parts?.push(seen)
    }
    resolved.push(parts === undefined ? message : { ...message, content: parts })
  }
  return resolved
}

async function measuredVideo(video: VideoPart, measure: MeasureVideo, asked: Asked): Promise<MeasuredVideo> {
  if (isMeasured(video)) return video
  return { ...video, measured: await measure(video, asked) }
}

type MeasuredVideo = VideoPart & { readonly measured: VideoMeasure }

function isMeasured(video: VideoPart): video is MeasuredVideo {
  return video.measured !== undefined
}

/** Whether there is anything to wait for. */
export function holdsUnmeasured(messages: readonly DraftMessage[]): boolean {
  return messages.some(isUnmeasured)
}

function isUnmeasured({ content }: DraftMessage): boolean {
  return typeof content !== 'string' && content.some((part) => part.type === 'video' && part.measured === undefined)
}

/** As the format's own limit has it: so many chunks are more than any window. */
const FEWEST_TOKENS_OF_CHUNK = 8

/** A kilobyte can claim a year of video, and a request can hold thousands: what is claimed is never unfolded. */
class ChunkBudget {
  readonly #windowTokens: number
  #chunks = 0

  constructor(windowTokens: number) {
    this.#windowTokens = windowTokens
  }

  spend(measured: VideoMeasure): void {
    this.#chunks += videoChunkCount(measured)
    if (this.#chunks > MAXIMUM_VIDEO_CHUNKS) {
      const requested = Math.min(this.#chunks * FEWEST_TOKENS_OF_CHUNK, Number.MAX_SAFE_INTEGER)
      const reason = `its videos claim more than ${MAXIMUM_VIDEO_CHUNKS} chunks`
      throw apiErrorWith('window_exceeded', { reason }, { limit: this.#windowTokens, requested })
    }
  }
}
