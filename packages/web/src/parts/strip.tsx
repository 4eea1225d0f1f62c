/** The strip: where the time of an answer went. One bar, the same under an answer, in a list, in a comparison. */

import { memo } from 'react'
import type { Segment, Strip as StripView } from '../conversation/index.ts'
import type { WordKey, Words } from '../words/say.ts'
import { Tooltip } from './tooltip.tsx'
import { useWords } from './use-words.ts'

const SEGMENT_WORDS = {
  wait: 'segmentWait',
  thinking: 'segmentThinking',
  answer: 'segmentAnswer',
  tool: 'segmentTool',
  break: 'segmentBreak',
} as const satisfies Record<Segment['kind'], WordKey>

/** `thinking 6.2 s · 388 tokens · 62.6 tok/s` */
function reads({ say, format }: Words, segment: Segment): string {
  const ms = segment.to - segment.from
  const parts = [`${say(SEGMENT_WORDS[segment.kind])} ${format.duration(ms)}`]
  if (segment.tokens !== undefined && segment.tokens > 0) {
    parts.push(`${segment.approximate === true ? '≈ ' : ''}${say('tokens', segment.tokens)}`)
    if (ms > 0) parts.push(`${format.rate((segment.tokens * 1000) / ms)} ${say('perSecond')}`)
  }
  return parts.join(' · ')
}

interface Drawn {
  readonly key: string
  readonly kind: Segment['kind'] | 'seam'
  readonly ms: number
  readonly says: string
}

/** A seam stands where its segment begins or within it, which it cuts in two. */
function drawnOf(strip: StripView, words: Words): Drawn[] {
  const drawn: Drawn[] = []
  const seams = [...strip.seams]
  for (const segment of strip.segments) {
    const says = reads(words, segment)
    let from = segment.from
    for (let seam = seams[0]; seam !== undefined && seam <= segment.to; seam = seams[0]) {
      seams.shift()
      const at = Math.max(from, seam)
      if (at > from) drawn.push({ key: `${from}`, kind: segment.kind, ms: at - from, says })
      drawn.push({ key: `seam${seam}`, kind: 'seam', ms: 0, says: words.say('segmentSeam') })
      from = at
    }
    if (segment.to > from)
      drawn.push({ key: `${segment.kind}${from}`, kind: segment.kind, ms: segment.to - from, says })
  }
  return drawn
}

interface StripProps {
  readonly strip: StripView
  /** What the full width stands for, in ms. */
  readonly scale: number
  readonly size?: 'row' | 'tall'
}

export const Strip = memo(function Strip({ strip, scale, size }: StripProps) {
  const words = useWords()
  const width = scale > 0 ? Math.min(100, (strip.totalMs / scale) * 100) : 0
  const told = strip.segments.map((segment) => reads(words, segment))
  return (
    <div className={`strip ${size ?? ''}`} role="img" aria-label={words.say('stripSays', told, strip.totalMs)}>
      <div className="run" style={{ width: `${width}%` }}>
        {drawnOf(strip, words).map(({ key, kind, ms, says }) => (
          <Tooltip key={key} says={says} side="top">
            <i className={kind} style={kind === 'seam' ? undefined : { flexGrow: ms }} />
          </Tooltip>
        ))}
        {strip.head !== undefined && <i className="head" />}
      </div>
    </div>
  )
})
