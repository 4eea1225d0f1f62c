/** The strip: where the time of an answer went. One bar, the same under an answer, in a list, in a comparison. */

import type { ReactElement } from 'react'
import type { Segment } from '../conversation/index.ts'
import type { WordKey, Words } from '../words/say.ts'
import { Tooltip } from './tooltip.tsx'
import { useWords } from './use-words.ts'

const SEGMENT_WORDS = {
  wait: 'segmentWait',
  thinking: 'segmentThinking',
  answer: 'segmentAnswer',
  tool: 'segmentTool',
  break: 'segmentBreak',
  seam: 'segmentSeam',
} as const satisfies Record<Segment['kind'], WordKey>

/** `thinking 6.2 s · 388 tokens · 62.6 tok/s` */
function reads({ say, format }: Words, segment: Segment): string {
  const parts = [`${say(SEGMENT_WORDS[segment.kind])} ${format.duration(segment.ms)}`]
  if (segment.tokens !== undefined && segment.tokens > 0) {
    parts.push(say('tokens', segment.tokens))
    if (segment.ms > 0) parts.push(`${((segment.tokens * 1000) / segment.ms).toFixed(1)} ${say('perSecond')}`)
  }
  return parts.join(' · ')
}

interface StripProps {
  readonly segments: readonly Segment[]
  /** What the full width stands for, in ms. */
  readonly scale: number
  readonly live?: boolean
  readonly size?: 'row' | 'tall'
}

export function Strip({ segments, scale, live = false, size }: StripProps) {
  const words = useWords()
  const total = segments.reduce((sum, segment) => sum + segment.ms, 0)
  const told = segments.filter((segment) => segment.kind !== 'seam').map((segment) => reads(words, segment))
  const width = scale > 0 ? Math.min(100, (total / scale) * 100) : 0
  const drawn: ReactElement[] = segments.map((segment, at) => (
    // oxlint-disable-next-line react/no-array-index-key -- segments only ever follow one another
    <Tooltip key={at} says={reads(words, segment)} side="top">
      <i className={segment.kind} style={segment.kind === 'seam' ? undefined : { flexGrow: segment.ms }} />
    </Tooltip>
  ))
  return (
    <div className={`strip ${size ?? ''}`} role="img" aria-label={words.say('stripSays', told, total)}>
      <div className="run" style={{ width: `${width}%` }}>
        {drawn}
        {live && <i className="head" />}
      </div>
    </div>
  )
}
