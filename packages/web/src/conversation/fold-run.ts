/** One run and what came of it: the rules of order that make a live stream, a re-attached one and a whole reply the same. */

import type { Call, Gap, Run, Stretch } from './conversation.ts'
import type { RunBegun, RunEvent, WirePlace } from './event.ts'

type Of<Type extends RunEvent['type']> = RunEvent & { readonly type: Type }
type Said = Of<'reasoning' | 'text' | 'tool-call'>

/** More changes of kind than any answer has; behind it the last stretch grows, whatever comes. */
const MOST_STRETCHES = 512
/** As many as the server tells of one answer, and more. */
const MOST_SEAMS = 64

export function newRun({ run, turn, request, asked, at }: RunBegun): Run {
  return {
    id: run,
    turn,
    request,
    asked,
    startedAt: at,
    seen: { n: 0, part: -1, whole: true },
    lastMs: 0,
    reasoning: '',
    text: '',
    calls: [],
    stretches: [],
    gaps: [],
    seams: [],
    fetchedAgain: 0,
  }
}

/** The number behind which the rest is to be asked for. */
export const lastWhole = ({ seen }: Run): number => (seen.whole ? seen.n : seen.n - 1)

export function foldRun(run: Run, event: RunEvent): Run {
  switch (event.type) {
    case 'usage':
      return { ...run, usage: event.usage }
    case 'receipt':
      return { ...run, receipt: event.receipt }
    case 'checked':
      return { ...run, faults: { shown: event.faults, more: event.more } }
    case 'reattach':
      return reattached(run, event)
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
      // What comes behind the end is of nobody's interest: a stream that is read on for its receipt, a second reader.
      return run.endedMs === undefined ? foldLiving(run, event) : run
  }
}

function foldLiving(run: Run, event: Exclude<RunEvent, Of<'usage' | 'receipt' | 'checked' | 'reattach'>>): Run {
  switch (event.type) {
    case 'head': {
      const { type: _type, run: _run, ...head } = event
      return { ...run, head: { ...head, ms: run.head?.ms ?? head.ms } }
    }
    case 'queued': {
      const { ahead, aboutMs } = event
      return { ...run, queued: { ...(ahead !== undefined && { ahead }), ...(aboutMs !== undefined && { aboutMs }) } }
    }
    case 'reasoning':
    case 'text':
    case 'tool-call':
      return isNew(run, event) ? said(noted(run, event), event) : run
    case 'finish':
      return isNew(run, event) ? { ...noted(run, event), finish: event.reason } : run
    case 'passed':
      return isNew(run, event) ? noted(run, event) : run
    case 'seam':
      return torn(run, event)
    case 'caught-up':
      return { ...run, fetchedAgain: run.fetchedAgain + event.events }
    case 'stop':
      return { ...run, stoppedBy: event.by, endedMs: event.ms }
    case 'fail':
      return ended(run, event.ms, event.error)
    case 'end':
      return ended(run, event.ms, event.cut)
  }
}

/** A `finish` is the model's own word that it is over, and comes with the last bytes: without it an end is a failure. */
function ended(run: Run, ms: number, error: Run['error']): Run {
  if (run.finish !== undefined || error === undefined) return { ...run, endedMs: ms }
  return { ...run, endedMs: ms, error }
}

/** What was seen is not seen again, in whichever order and however often it comes. */
function isNew({ seen: last }: Run, { n, part = 0 }: WirePlace): boolean {
  return n > last.n || (n === last.n && part > last.part)
}

function noted(run: Run, { n, part = 0, more = false, ms }: WirePlace & { readonly ms: number }): Run {
  return { ...run, seen: { n, part, whole: !more }, lastMs: Math.max(run.lastMs, ms), gaps: closed(run.gaps, ms) }
}

function closed(gaps: readonly Gap[], ms: number): readonly Gap[] {
  const last = gaps.at(-1)
  if (last === undefined || last.to !== undefined) return gaps
  return [...gaps.slice(0, -1), { ...last, to: Math.max(ms, last.from) }]
}

function said(run: Run, event: Said): Run {
  const stretches = stretched(run, event)
  switch (event.type) {
    case 'reasoning':
      return { ...run, stretches, seams: bridged(run, event), reasoning: run.reasoning + event.text }
    case 'text':
      return { ...run, stretches, seams: bridged(run, event), text: run.text + event.text }
    case 'tool-call':
      return { ...run, stretches, seams: bridged(run, event), calls: called(run.calls, event) }
  }
}

function stretched({ stretches, gaps }: Run, { type, ms }: Said): readonly Stretch[] {
  const last = stretches.at(-1)
  if (last === undefined) return [{ kind: type, from: ms, to: ms, events: 1 }]
  const isTorn = gaps.some(({ to }) => to !== undefined && to > last.to)
  if (stretches.length < MOST_STRETCHES && (isTorn || last.kind !== type)) {
    return [...stretches, { kind: type, from: isTorn ? ms : last.to, to: Math.max(ms, last.to), events: 1 }]
  }
  return [...stretches.slice(0, -1), { ...last, to: Math.max(ms, last.to), events: last.events + 1 }]
}

function bridged({ seams, gaps }: Run, { ms }: Said): Run['seams'] {
  const last = seams.at(-1)
  const gap = gaps.at(-1)
  if (last === undefined || gap === undefined || last.gap !== undefined) return seams
  return [...seams.slice(0, -1), { ...last, gap: Math.max(0, ms - gap.from) }]
}

/** Pieces of one call come in order; a call is named by its first piece. */
function called(
  calls: readonly Call[],
  { call: index, id = '', name = '', arguments: piece, ms }: Of<'tool-call'>,
): readonly Call[] {
  const place = calls.findIndex((call) => call.index === index)
  const known = calls[place]
  if (known === undefined) return [...calls, { index, id, name, arguments: piece, from: ms, to: ms }]
  return calls.with(place, {
    ...known,
    id: known.id === '' ? id : known.id,
    name: known.name === '' ? name : known.name,
    arguments: known.arguments + piece,
    to: Math.max(known.to, ms),
  })
}

function torn(run: Run, { key, from, to, reason, ms }: Of<'seam'>): Run {
  if (run.seams.length >= MOST_SEAMS || run.seams.some((other) => other.key === key)) return run
  const seam = { key, from, to, reason, at: ms, inReasoning: run.reasoning.length, inText: run.text.length }
  const gap: Gap = { kind: 'seam', from: run.lastMs }
  const isOpen = run.gaps.at(-1)?.to === undefined && run.gaps.length > 0
  return { ...run, seams: [...run.seams, seam], gaps: isOpen ? run.gaps : [...run.gaps, gap] }
}

/** A failure of the way, and not of the answer: it is asked for again, and goes on as if nothing had been. */
function reattached(run: Run, _event: Of<'reattach'>): Run {
  if (run.stoppedBy !== undefined || run.finish !== undefined) return run
  const { error: _error, endedMs: _ended, ...rest } = run
  const isOpen = run.gaps.at(-1)?.to === undefined && run.gaps.length > 0
  return { ...rest, gaps: isOpen ? run.gaps : [...run.gaps, { kind: 'away', from: run.lastMs }] }
}
