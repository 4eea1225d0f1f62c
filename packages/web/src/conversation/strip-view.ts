/** The strip of an answer (design §5.2): where its time went, from the events themselves. */

import type { Gap, Run, Stretch } from './conversation.ts'
import type { Segment, Strip } from './conversation-view.ts'
import type { EpochMs } from './event.ts'

const KINDS = { reasoning: 'thinking', text: 'answer', 'tool-call': 'tool' } as const

export const isAlive = (run: Run): boolean => run.endedMs === undefined && run.finish === undefined

/** Ms since the run began at which it ended, or now. */
function endOf(run: Run, now: EpochMs): number {
  const { stoppedBy, endedMs, lastMs } = run
  if (!isAlive(run)) return stoppedBy === undefined || endedMs === undefined ? lastMs : Math.max(lastMs, endedMs)
  return Math.max(run.lastMs, now - run.startedAt)
}

/** Runs of one answer stand behind each other: the time of a person between them is nobody's. */
export function stripOf(runs: readonly Run[], now: EpochMs): Strip {
  const segments: Segment[] = []
  const seams: number[] = []
  let offset = 0
  for (const run of runs) {
    const end = endOf(run, now)
    for (const segment of segmentsOf(run, end))
      segments.push({ ...segment, from: segment.from + offset, to: segment.to + offset })
    for (const seam of run.seams) seams.push(seam.at + offset)
    offset += end
  }
  const last = runs.at(-1)
  return { segments, seams, totalMs: offset, ...(last !== undefined && isAlive(last) && { head: offset }) }
}

function segmentsOf(run: Run, end: number): Segment[] {
  const begun = run.stretches[0]?.from ?? end
  const segments: Segment[] = begun > 0 ? [{ kind: 'wait', from: 0, to: begun }] : []
  const tokens = tokensByStretch(run)
  for (const [index, stretch] of run.stretches.entries()) {
    const isLast = index === run.stretches.length - 1
    const to = isLast && isAlive(run) && !hasOpenGap(run) ? Math.max(stretch.to, end) : stretch.to
    segments.push({ kind: KINDS[stretch.kind], from: stretch.from, to, ...tokens(stretch) })
  }
  for (const gap of run.gaps) {
    const to = gap.to ?? end
    if (to > gap.from && gap.from >= begun) segments.push({ kind: 'break', from: gap.from, to })
  }
  return segments.toSorted((one, other) => one.from - other.from)
}

export const hasOpenGap = ({ gaps }: { readonly gaps: readonly Gap[] }): boolean =>
  gaps.length > 0 && gaps.at(-1)?.to === undefined

/** The sums that the usage tells, spread by events; before it is there, the events themselves. */
function tokensByStretch(run: Run): (stretch: Stretch) => { readonly tokens: number; readonly approximate: boolean } {
  const approximate = run.head?.countsApproximate === true
  const { usage } = run
  if (usage === undefined) return ({ events }) => ({ tokens: events, approximate })
  const events = (isThinking: boolean): number =>
    run.stretches.reduce((sum, one) => sum + ((one.kind === 'reasoning') === isThinking ? one.events : 0), 0)
  const thinking = usage.thinking / Math.max(1, events(true))
  const answer = (usage.output - usage.thinking) / Math.max(1, events(false))
  return (stretch) => ({
    tokens: Math.round(stretch.events * (stretch.kind === 'reasoning' ? thinking : answer)),
    approximate,
  })
}

/** Seconds that the width of a strip may stand for, then doubled. */
const LARGEST_SCALE = 60
const SCALES = [5, 10, 15, 30, LARGEST_SCALE]

/** Grows in steps, so that strips of one page can be compared and do not breathe. */
export function scaleOf(longestMs: number): number {
  const found = SCALES.find((seconds) => seconds * 1000 >= longestMs)
  if (found !== undefined) return found * 1000
  let scale = LARGEST_SCALE * 1000
  while (scale < longestMs) scale *= 2
  return scale
}
