/** A conversation, ready to print. Pure; `before` saves the work of what did not change, and changes nothing else. */

import { sumOf } from './amount.ts'
import { answerView } from './answer-view.ts'
import type { Conversation, Run } from './conversation.ts'
import type { ConversationView, TurnView } from './conversation-view.ts'
import type { EpochMs } from './event.ts'
import { branches, path, sendsThinkingBack } from './path.ts'
import { scaleOf } from './strip-view.ts'
import type { Turn } from './turn.ts'

/**
 * @param now counts in answers that are under way only
 * @param before a view of the same conversation as it was
 */
export function view(conversation: Conversation, now: EpochMs, before?: ConversationView): ConversationView {
  const shown = path(conversation)
  const known = new Map(before?.turns.map((turn) => [turn.id, turn]))
  const turns = shown.map((turn, index) => turnView(conversation, shown, turn, index, now, known.get(turn.id)))
  const answers = turns.flatMap(({ answer }) => (answer === undefined ? [] : [answer]))
  return {
    turns,
    running: answers.filter(({ alive }) => alive).map(({ run }) => run),
    scaleMs: scaleOf(Math.max(0, ...answers.map(({ strip }) => strip.totalMs))),
    spent: spentOn(shown.flatMap(({ runs }) => runsOf(conversation, runs))),
  }
}

function runsOf({ runs }: Conversation, ids: readonly string[]): Run[] {
  return ids.map((id) => runs[id]).filter((run) => run !== undefined)
}

function turnView(
  conversation: Conversation,
  shown: readonly Turn[],
  turn: Turn,
  index: number,
  now: EpochMs,
  was: TurnView | undefined,
): TurnView {
  const [first, ...more] = runsOf(conversation, turn.runs)
  const all = branches(conversation, turn)
  const { id, role, on, parts, answers } = turn
  const runs = first === undefined ? undefined : ([first, ...more] as const)
  const sentBack = sendsThinkingBack(conversation, shown, index)
  const isOver = runs?.every(({ endedMs }) => endedMs !== undefined) !== false
  if (
    was !== undefined &&
    isOver &&
    was.of.turn === turn &&
    was.of.siblings === all &&
    was.of.runs.length === (runs?.length ?? 0) &&
    was.of.runs.every((run, place) => run === runs?.[place]) &&
    (was.answer?.thinking.sentBack ?? sentBack) === sentBack
  ) {
    return was
  }
  return {
    id,
    role,
    on,
    parts,
    branch: { index: all.indexOf(id), all },
    ...(answers !== undefined && { answers }),
    ...(runs !== undefined && { answer: answerView(runs, sentBack, now, was?.answer) }),
    of: { turn, siblings: all, runs: runs ?? [] },
  }
}

function spentOn(runs: readonly Run[]): ConversationView['spent'] {
  const receipts = runs.flatMap(({ receipt }) => (receipt === undefined ? [] : [receipt]))
  return [...Map.groupBy(receipts, ({ currency }) => currency)].flatMap(([currency, all]) => {
    const amount = sumOf(all.map(({ cost }) => cost))
    return amount === undefined ? [] : [{ currency, amount }]
  })
}
