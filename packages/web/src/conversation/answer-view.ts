/** One answer, with everything that is said of it: every rule of design §5.3 to §5.5 as data. */

import type { Call, Run } from './conversation.ts'
import type { Action, AnswerView, CallView, Chip, ThinkingView } from './conversation-view.ts'
import type { EpochMs } from './event.ts'
import { allTokens, figuresOf } from './figures-view.ts'
import { jsonPrefix } from './json-prefix.ts'
import { notesOf } from './notes-view.ts'
import type { Phase } from './phase.ts'
import { splitBlocks } from './split-blocks.ts'
import { hasOpenGap, isAlive, stripOf } from './strip-view.ts'

function phaseOf(run: Run): Phase {
  if (run.stoppedBy !== undefined) return 'stopped'
  if (run.finish !== undefined) return run.seams.length > 0 ? 'seam' : 'complete'
  if (run.endedMs !== undefined) return 'failed'
  if (run.stretches.length === 0) return run.queued !== undefined && run.head === undefined ? 'waiting' : 'sent'
  return run.stretches.at(-1)?.kind === 'reasoning' ? 'thinking' : 'answering'
}

/** @param runs of one turn, the first first; @param sentBack whether the next request has its thinking */
export function answerView(
  runs: readonly [Run, ...Run[]],
  sentBack: boolean,
  now: EpochMs,
  before: AnswerView | undefined,
): AnswerView {
  const [first, ...more] = runs
  const run = more.at(-1) ?? first
  const phase = phaseOf(run)
  const text = runs.map((one) => one.text).join('')
  const split = splitBlocks(text, before?.split)
  const calls = callViews(runs, before)
  const { head } = run
  return {
    run: run.id,
    runs: runs.map(({ id }) => id),
    phase: phase === 'complete' && runs.some(({ seams }) => seams.length > 0) ? 'seam' : phase,
    alive: isAlive(run),
    startedAt: first.startedAt,
    ...(head !== undefined && { requestId: head.requestId }),
    ...(head?.streamId !== undefined && { streamId: head.streamId }),
    model: run.asked.model,
    ...(head?.servedBy !== undefined && { engine: head.servedBy.engine }),
    strip: stripOf(runs, now),
    figures: figuresOf(runs),
    thinking: thinkingOf(runs, phase, sentBack, now),
    text,
    form: run.asked.form,
    blocks: split.blocks,
    split,
    calls,
    notes: notesOf(runs),
    chips: chipsOf(run),
    actions: actionsOf(run, phase, calls),
    remedies: run.error?.remedies ?? [],
  }
}

function thinkingOf(runs: readonly [Run, ...Run[]], phase: Phase, sentBack: boolean, now: EpochMs): ThinkingView {
  const text = runs.map((run) => run.reasoning).join('')
  const { thinking: tokens, approximate } = allTokens(runs)
  let ms = 0
  for (const run of runs)
    for (const [index, { kind, from, to }] of run.stretches.entries()) {
      if (kind !== 'reasoning') continue
      const isHead = isAlive(run) && index === run.stretches.length - 1 && !hasOpenGap(run)
      ms += Math.max(to, isHead ? now - run.startedAt : to) - from
    }
  const asked = runs.some((run) => run.asked.thinking)
  const quiet = asked ? 'none' : 'off'
  const state = phase === 'thinking' ? 'running' : text === '' ? quiet : 'done'
  return { state, text, ms, tokens, approximate, sentBack }
}

/** A call that did not change is the same object. */
function callViews(runs: readonly Run[], before: AnswerView | undefined): CallView[] {
  const all = runs.flatMap(({ calls }) => calls)
  return all.map((call, place) => {
    const was = before?.calls[place]
    const isSame = was?.arguments === call.arguments && was.of === all.length && was.result === call.result
    return isSame && was.name === call.name && was.id === call.id ? was : callView(call, all.length)
  })
}

function callView(call: Call, of: number): CallView {
  const { index, id, name, result } = call
  const { length: validTo, whole: complete } = jsonPrefix(call.arguments)
  return { index, of, id, name, arguments: call.arguments, validTo, complete, ...(result !== undefined && { result }) }
}

function chipsOf({ head, asked }: Run): Chip[] {
  const chips: Chip[] = []
  const { servedBy, lenient = [] } = head ?? {}
  // One that runs no model is told of as that, and not as another model.
  if (servedBy?.offline === true) chips.push({ kind: 'no-model' })
  else if (servedBy !== undefined && servedBy.model !== '' && servedBy.model !== asked.model)
    chips.push({ kind: 'stand-in', model: servedBy.model })
  const values = lenient.reduce((sum, { fields }) => sum + fields.length, 0)
  if (lenient.length > 0) chips.push({ kind: 'lenient', values, notes: lenient })
  return chips
}

function actionsOf(run: Run, phase: Phase, calls: readonly CallView[]): Action[] {
  switch (phase) {
    case 'waiting':
      return ['stop-waiting']
    case 'sent':
    case 'answering':
      return ['stop']
    case 'thinking':
      return ['stop', 'skip-thinking']
    case 'stopped':
      return hasSaid(run) ? ['go-on', 'again', 'edit'] : ['again', 'edit']
    case 'failed':
      // Its error says what can be done about it.
      return []
    case 'complete':
    case 'seam':
      return finished(run, calls)
  }
}

const hasSaid = ({ text, reasoning, calls }: Run): boolean => text !== '' || reasoning !== '' || calls.length > 0

function finished({ finish }: Run, calls: readonly CallView[]): Action[] {
  if (finish === 'length') return ['go-on', 'raise-limit', 'again']
  if (calls.length > 0 && calls.every(({ result }) => result !== undefined)) return ['send-results', 'again']
  return ['again']
}
