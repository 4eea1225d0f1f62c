/** What a person does to the turns: a tree that is cut, grafted and walked. Structure is shared with what was before. */

import { BEGINNING, type Conversation } from './conversation.ts'
import type { PersonEvent, RunBegun, TurnId } from './event.ts'
import { branches } from './path.ts'
import type { Turn } from './turn.ts'

type Of<Type extends PersonEvent['type']> = PersonEvent & { readonly type: Type }

/** Puts a turn behind another one. `instead`: what followed there follows it, as in the middle of a request. */
function added(before: Conversation, turn: Turn, follows: 'beside' | 'instead'): Conversation {
  const above = turn.parent ?? BEGINNING
  const siblings = before.children[above] ?? []
  const next = before.chosen[above]
  if (follows === 'beside' || next === undefined) {
    return {
      ...before,
      turns: { ...before.turns, [turn.id]: turn },
      children: { ...before.children, [above]: [...siblings, turn.id] },
      chosen: { ...before.chosen, [above]: turn.id },
    }
  }
  return {
    ...before,
    turns: moved({ ...before.turns, [turn.id]: turn }, [next], turn.id),
    children: {
      ...before.children,
      [above]: siblings.map((id) => (id === next ? turn.id : id)),
      [turn.id]: [next],
    },
    chosen: { ...before.chosen, [above]: turn.id, [turn.id]: next },
  }
}

/** The same turns, with another one above these. */
function moved(turns: Conversation['turns'], ids: readonly TurnId[], parent: TurnId | null): Conversation['turns'] {
  const result: Record<TurnId, Turn> = { ...turns }
  for (const id of ids) {
    const turn = turns[id]
    if (turn !== undefined) result[id] = { ...turn, parent }
  }
  return result
}

function without<Value>(table: Readonly<Record<string, Value>>, key: string): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(table).filter(([name]) => name !== key))
}

/** A place that is not there is the beginning: nothing that was written is thrown away for it. */
const placed = ({ turns }: Conversation, after: TurnId | null): TurnId | null =>
  after !== null && turns[after] !== undefined ? after : null

export function addTurn(before: Conversation, event: Of<'turn'>): Conversation {
  const { turn: id, after, role, parts, answers, at } = event
  if (before.turns[id] !== undefined || id === BEGINNING) return before
  const parent = placed(before, after)
  const turn: Turn = { id, parent, role, parts, on: true, at, runs: [], ...(answers !== undefined && { answers }) }
  return added(before, turn, 'instead')
}

/** The turn of an answer: a new one, or the one that is gone on with. */
export function addRun(before: Conversation, { turn: id, after, run, at }: RunBegun): Conversation {
  const known = before.turns[id]
  if (known !== undefined) return changed(before, { ...known, runs: [...known.runs, run] })
  const parent = placed(before, after)
  return added(before, { id, parent, role: 'assistant', parts: [], on: true, at, runs: [run] }, 'beside')
}

function changed(before: Conversation, turn: Turn): Conversation {
  return { ...before, turns: { ...before.turns, [turn.id]: turn } }
}

export function editTurn(before: Conversation, { turn: id, as, parts, role, at }: Of<'edit'>): Conversation {
  const old = before.turns[id]
  if (old === undefined || before.turns[as] !== undefined || as === BEGINNING) return before
  const { answers } = old
  const turn: Turn = {
    id: as,
    parent: old.parent,
    role: role ?? old.role,
    parts,
    on: true,
    at,
    runs: [],
    ...(answers !== undefined && { answers }),
  }
  return added(before, turn, 'beside')
}

export function amendTurn(before: Conversation, { turn: id, parts, role }: Of<'amend'>): Conversation {
  const turn = before.turns[id]
  return turn === undefined ? before : changed(before, { ...turn, parts, role: role ?? turn.role })
}

export function switchTurn(before: Conversation, { turn: id, on }: Of<'switch'>): Conversation {
  const turn = before.turns[id]
  return turn === undefined || turn.on === on ? before : changed(before, { ...turn, on })
}

export function chooseBranch(before: Conversation, { turn: id }: Of<'branch'>): Conversation {
  const turn = before.turns[id]
  return turn === undefined ? before : { ...before, chosen: { ...before.chosen, [turn.parent ?? BEGINNING]: id } }
}

/** What followed it follows what was before it. Its runs stay: their receipts are still true. */
export function removeTurn(before: Conversation, { turn: id }: Of<'remove'>): Conversation {
  const turn = before.turns[id]
  if (turn === undefined) return before
  const above = turn.parent ?? BEGINNING
  const followers = before.children[id] ?? []
  const siblings = branches(before, turn).flatMap((other) => (other === id ? followers : [other]))
  const place = branches(before, turn).indexOf(id)
  const shown =
    before.chosen[above] === id ? (before.chosen[id] ?? siblings[Math.max(0, place - 1)]) : before.chosen[above]
  const chosen = without(without(before.chosen, id), above)
  return {
    ...before,
    turns: without(moved(before.turns, followers, turn.parent), id),
    children: { ...without(before.children, id), [above]: siblings },
    chosen: shown === undefined ? chosen : { ...chosen, [above]: shown },
  }
}

export function moveTurn(before: Conversation, { turn: id, by }: Of<'move'>): Conversation {
  const turn = before.turns[id]
  if (turn === undefined) return before
  if (by === 1) {
    const next = before.turns[before.chosen[id] ?? BEGINNING]
    return next === undefined ? before : swapped(before, turn, next)
  }
  const above = turn.parent === null ? undefined : before.turns[turn.parent]
  return above === undefined ? before : swapped(before, above, turn)
}

/** A turn and the one that follows it change places; what stood beside each stays beside that place. */
function swapped(before: Conversation, upper: Turn, lower: Turn): Conversation {
  const above = upper.parent ?? BEGINNING
  const below = before.children[lower.id] ?? []
  const beside = branches(before, lower).map((id) => (id === lower.id ? upper.id : id))
  const turns = moved(moved(moved(before.turns, [lower.id], upper.parent), beside, lower.id), below, upper.id)
  const last = before.chosen[lower.id]
  const chosen = { ...without(before.chosen, upper.id), [above]: lower.id, [lower.id]: upper.id }
  return {
    ...before,
    turns,
    children: {
      ...before.children,
      [above]: branches(before, upper).map((id) => (id === upper.id ? lower.id : id)),
      [lower.id]: beside,
      [upper.id]: below,
    },
    chosen: last === undefined ? chosen : { ...chosen, [upper.id]: last },
  }
}
