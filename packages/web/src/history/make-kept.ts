/** A document out of a conversation that was read elsewhere. */

import { type Kept, titleOf } from './document.ts'

export interface Making {
  readonly newId: () => string
  /** Milliseconds since the Unix epoch. */
  readonly now: number
}

/** A conversation out of one that was read elsewhere. */
export function keptOf(
  conversation: Kept['conversation'],
  title: string,
  madeAt: number,
  { newId, now }: Making,
): Kept {
  const at = madeAt > 0 && madeAt <= now ? madeAt : now
  return {
    id: newId(),
    title: title.trim() || titleOf(conversation),
    pinned: false,
    madeAt: at,
    changedAt: at,
    conversation,
  }
}
