/** The notes under an answer (design §5.5): what happened to it, one sentence each, in this order. */

import type { Run } from './conversation.ts'
import type { Note, SeamNote } from './conversation-view.ts'

export function notesOf(runs: readonly [Run, ...Run[]]): Note[] {
  const [first, ...more] = runs
  const last = more.at(-1) ?? first
  return [...queued(last), ...seams(runs), ...fetchedAgain(runs), ...howItEnded(last), ...checked(last)]
}

function queued({ queued: place, head, endedMs, stretches }: Run): Note[] {
  const waits = place !== undefined && head === undefined && endedMs === undefined && stretches.length === 0
  return waits ? [{ kind: 'queued', ...place }] : []
}

/** Places are those in the joined texts. */
function seams(runs: readonly Run[]): Note[] {
  let reasoning = 0
  let text = 0
  const all: SeamNote[] = []
  for (const run of runs) {
    for (const { from, to, reason, at, gap, inReasoning, inText } of run.seams) {
      const place = { inReasoning: reasoning + inReasoning, inText: text + inText }
      all.push({ from, to, reason, at, ...place, ...(gap !== undefined && { gap }) })
    }
    reasoning += run.reasoning.length
    text += run.text.length
  }
  return all.length === 0 ? [] : [{ kind: 'seams', seams: all }]
}

function fetchedAgain(runs: readonly Run[]): Note[] {
  const events = runs.reduce((sum, run) => sum + run.fetchedAgain, 0)
  return events === 0 ? [] : [{ kind: 'fetched-again', events }]
}

function howItEnded(run: Run): Note[] {
  const { stoppedBy, finish, error, asked } = run
  if (stoppedBy !== undefined) return [{ kind: 'stopped', by: stoppedBy, during: lastOf(run) }]
  const limit = asked.limit === undefined ? {} : { limit: asked.limit }
  if (finish === 'length') {
    const isThoughtOnly = run.text === '' && run.calls.length === 0 && run.reasoning !== ''
    return [{ kind: isThoughtOnly ? 'thought-only' : 'limit', ...limit }]
  }
  if (finish === 'content_filter') return [{ kind: 'filtered' }]
  if (error !== undefined) return [{ kind: 'failed', error, before: run.stretches.length === 0 }]
  return []
}

const DURING = { reasoning: 'thinking', text: 'answer', 'tool-call': 'call' } as const

function lastOf({ stretches }: Run): 'nothing' | 'thinking' | 'answer' | 'call' {
  const last = stretches.at(-1)
  return last === undefined ? 'nothing' : DURING[last.kind]
}

function checked({ faults, finish }: Run): Note[] {
  if (faults === undefined || finish === undefined) return []
  if (faults.shown.length === 0) return [{ kind: 'fits-schema' }]
  return [{ kind: 'fits-not', faults: faults.shown, more: faults.more }]
}
