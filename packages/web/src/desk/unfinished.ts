/** Runs that have no end yet, and where each is come back to: behind the last event of it that was kept. */

import type { Place } from '../client/index.ts'
import { lastWhole, type Conversation, type RunId } from '../conversation/index.ts'

export interface Unfinished {
  readonly run: RunId
  readonly place: Place
  /** Ms since the run began. */
  readonly age: number
}

export function unfinished({ runs }: Conversation, now: number): Unfinished[] {
  return Object.values(runs).flatMap((run) => {
    const { head, endedMs, startedAt, id } = run
    if (endedMs !== undefined || head?.streamId === undefined) return []
    const place = { streamId: head.streamId, requestId: head.requestId, after: lastWhole(run) }
    return [{ run: id, place, age: now - startedAt }]
  })
}
