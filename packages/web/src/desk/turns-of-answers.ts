/** Turns that are made of an answer: its text as written by hand, and the results of its calls. */

import type { TurnId } from '../conversation/index.ts'
import type { DeskStore } from './desk-state.ts'

const answerOf = (store: DeskStore, turn: TurnId) => store.get().view.turns.find(({ id }) => id === turn)?.answer

/** Beside the answer, which stays. */
export function writtenByHand(store: DeskStore, turn: TurnId): void {
  const answer = answerOf(store, turn)
  if (answer === undefined) return
  const parts = [{ kind: 'text' as const, text: answer.text }]
  store.act({ type: 'edit', turn, as: crypto.randomUUID(), parts, role: 'assistant', at: Date.now() })
}

/** One turn a call, in their order; returns the last. */
export function withResults(store: DeskStore, turn: TurnId): TurnId {
  let after = turn
  for (const { id, result } of answerOf(store, turn)?.calls ?? []) {
    const next = crypto.randomUUID()
    const parts = [{ kind: 'text' as const, text: result ?? '' }]
    store.act({ type: 'turn', turn: next, after, role: 'tool', parts, answers: id, at: Date.now() })
    after = next
  }
  return after
}
