/** The videos of a conversation, measured: what their container says decides how many tokens they are. */

import { MAXIMUM_VIDEO_CHUNKS, type VideoMeasure, videoChunkCount } from '@moonbase/format'
import type { Message, VideoPart } from '@moonbase/core/generation'
import { apiErrorWith } from '@moonbase/protocol'

/** Rejects with an `ApiError` for a video that cannot be measured, and with the signal's reason when it fires. */
export type MeasureVideo = (video: VideoPart, signal: AbortSignal) => Promise<VideoMeasure>

/**
 * The same array where there is nothing to measure, else a copy in which every video is. One after the other: a request
 * of many videos waits for itself, not others for it.
 *
 * Rejects as `measure` does, and with `input_too_long` when all videos together claim more chunks than any window holds.
 */
export async function resolveMedia(
  messages: readonly Message[],
  measure: MeasureVideo,
  signal: AbortSignal,
): Promise<readonly Message[]> {
  if (!messages.some(isUnmeasured)) return messages
  const resolved: Message[] = []
  const budget = new ChunkBudget()
  for (const message of messages) {
    if (typeof message.content === 'string') {
      resolved.push(message)
      continue
    }
    const content = []
    for (const part of message.content) {
      if (part.type !== 'video') {
        content.push(part)
        continue
      }
      const measured = part.measured ?? (await measure(part, signal))
      budget.spend(measured)
      content.push(part.measured === undefined ? { ...part, measured } : part)
    }
    resolved.push({ ...message, content })
  }
  return resolved
}

function isUnmeasured({ content }: Message): boolean {
  return typeof content !== 'string' && content.some((part) => part.type === 'video' && part.measured === undefined)
}

/** A kilobyte can claim a year of video, and a request can hold thousands: what is claimed is never unfolded. */
class ChunkBudget {
  #chunks = 0

  spend(measured: VideoMeasure): void {
    this.#chunks += videoChunkCount(measured)
    if (this.#chunks > MAXIMUM_VIDEO_CHUNKS) {
      throw apiErrorWith('input_too_long', { reason: `its videos claim more than ${MAXIMUM_VIDEO_CHUNKS} chunks` })
    }
  }
}
