/** The branch of a conversation that is shown: from its beginning along what was chosen. */

import { BEGINNING, type Conversation } from './conversation.ts'
import type { TurnId } from './event.ts'
import type { Turn } from './turn.ts'

export function path(conversation: Conversation): readonly Turn[] {
  const turns: Turn[] = []
  for (let at = conversation.chosen[BEGINNING]; at !== undefined; at = conversation.chosen[at]) {
    const turn = conversation.turns[at]
    if (turn === undefined) break
    turns.push(turn)
  }
  return turns
}

/** Those that stand beside it, itself among them, in the order in which they were made. */
export function branches({ children }: Conversation, turn: Turn): readonly TurnId[] {
  return children[turn.parent ?? BEGINNING] ?? [turn.id]
}

/**
 * Whether the thinking of the answer at this place is sent with the next request: only while its calls are being answered, that is
 * until the next turn of the person.
 */
export function sendsThinkingBack(conversation: Conversation, turns: readonly Turn[], index: number): boolean {
  const turn = turns[index]
  if (turn === undefined || !turn.runs.some((id) => (conversation.runs[id]?.calls.length ?? 0) > 0)) return false
  return !turns.slice(index + 1).some(({ role, on }) => role === 'user' && on)
}
