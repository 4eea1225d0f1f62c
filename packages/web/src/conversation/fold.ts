/** What happened, one event after the other, makes a conversation. Pure, and what did not change is the same object. */

import type { Conversation } from './conversation.ts'
import type { PersonEvent, WorkEvent } from './event.ts'
import { foldRun, newRun } from './fold-run.ts'
import { addRun, addTurn, amendTurn, chooseBranch, editTurn, moveTurn, removeTurn, switchTurn } from './fold-turns.ts'

export function fold(before: Conversation, event: WorkEvent): Conversation {
  switch (event.type) {
    case 'run':
      if (before.runs[event.run] !== undefined) return before
      return { ...addRun(before, event), runs: { ...before.runs, [event.run]: newRun(event) } }
    case 'turn':
      return addTurn(before, event)
    case 'edit':
      return editTurn(before, event)
    case 'amend':
      return amendTurn(before, event)
    case 'branch':
      return chooseBranch(before, event)
    case 'remove':
      return removeTurn(before, event)
    case 'move':
      return moveTurn(before, event)
    case 'switch':
      return switchTurn(before, event)
    case 'result':
      return answered(before, event)
    case 'settings':
      return { ...before, settings: event.settings }
    case 'head':
    case 'queued':
    case 'reasoning':
    case 'text':
    case 'tool-call':
    case 'seam':
    case 'finish':
    case 'passed':
    case 'caught-up':
    case 'stop':
    case 'fail':
    case 'end':
    case 'usage':
    case 'receipt':
    case 'reattach':
    case 'checked': {
      const run = before.runs[event.run]
      if (run === undefined) return before
      const after = foldRun(run, event)
      return after === run ? before : { ...before, runs: { ...before.runs, [run.id]: after } }
    }
  }
}

/** What a tool gave: a turn of its own is made of it when it is sent. */
function answered(
  before: Conversation,
  { run: id, call: index, text }: PersonEvent & { type: 'result' },
): Conversation {
  const run = before.runs[id]
  if (run === undefined) return before
  const calls = run.calls.map((call) => {
    if (call.index !== index) return call
    const { result: _result, ...rest } = call
    return text === null ? rest : { ...rest, result: text }
  })
  return { ...before, runs: { ...before.runs, [id]: { ...run, calls } } }
}
