/** The text of an answer, block by block; where an engine broke off, the tear. */

import { memo } from 'react'
import type { Block } from '../../conversation/index.ts'
import { useWords } from '../use-words.ts'
import { BlockLine } from './block.tsx'
import { MarksContext, TearsContext, type Marks } from './marks.tsx'

interface AnswerTextProps {
  readonly blocks: readonly Block[]
  readonly alive: boolean
  /** Places in the text, in UTF-16 units. */
  readonly tears: readonly number[]
  readonly marks?: Marks | null
}

const NONE: readonly number[] = []

/** A block's own tears, by their place in its source; the same array while they are the same. */
function tearsOf(block: Block, tears: readonly number[]): readonly number[] {
  if (tears.length === 0) return NONE
  const within = tears.filter((tear) => tear >= block.from && tear < block.from + block.source.length)
  return within.length === 0 ? NONE : within.map((tear) => tear - block.from)
}

export const AnswerText = memo(function AnswerText({ blocks, alive, tears, marks = null }: AnswerTextProps) {
  const { language } = useWords()
  return (
    <MarksContext value={marks}>
      <div className="text" lang={language === 'zh' ? 'zh-CN' : undefined}>
        {blocks.map((block, at) => {
          const own = tearsOf(block, tears)
          const line = <BlockLine key={block.key} block={block} last={alive && at === blocks.length - 1} />
          if (own === NONE) return line
          return (
            <TearsContext key={block.key} value={{ source: block.source, places: own }}>
              {line}
            </TearsContext>
          )
        })}
      </div>
    </MarksContext>
  )
})
