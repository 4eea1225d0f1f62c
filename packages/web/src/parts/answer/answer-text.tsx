/** The text of an answer, block by block; where an engine broke off, the tear; in a comparison, the marks. */

import { memo } from 'react'
import type { Block } from '../../conversation/index.ts'
import { useWords } from '../use-words.ts'
import { BlockLine } from './block.tsx'
import { PlacedContext, type Marks } from './marks.tsx'

interface AnswerTextProps {
  readonly blocks: readonly Block[]
  readonly alive: boolean
  /** Places in the text, in UTF-16 units. */
  readonly tears: readonly number[]
  readonly marks?: Marks | null
}

function touched({ from, source }: Block, tears: readonly number[], marks: Marks | null): boolean {
  const to = from + source.length
  return (
    tears.some((tear) => tear >= from && tear <= to) ||
    (marks?.ranges.some(([begin, end]) => begin < to && end > from) ?? false)
  )
}

export const AnswerText = memo(function AnswerText({ blocks, alive, tears, marks = null }: AnswerTextProps) {
  const { language } = useWords()
  return (
    <div className="text" lang={language === 'zh' ? 'zh-CN' : undefined}>
      {blocks.map((block, at) => {
        const line = <BlockLine key={block.key} block={block} last={alive && at === blocks.length - 1} />
        if (!touched(block, tears, marks)) return line
        return (
          <PlacedContext key={block.key} value={{ source: block.source, from: block.from, marks, tears }}>
            {line}
          </PlacedContext>
        )
      })}
    </div>
  )
})
