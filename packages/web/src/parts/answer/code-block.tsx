/** A block of code: pieces of which only the last one changes while it grows, with its language and a copy button. */

import { memo, useRef, useState } from 'react'
import { Button, CopyButton } from '../button.tsx'
import { useWords } from '../use-words.ts'
import { useColours } from './use-colours.ts'

/** A block that is longer begins folded once it is whole. */
const FOLDED_LINES = 400
const SHOWN_PIECES = 2

interface CodeBlockProps {
  readonly pieces: readonly string[]
  readonly lines: number
  readonly language: string
  /** Its fence has not closed: it grows at its end. */
  readonly open?: boolean
  /** Without head and border: somebody else's frame. */
  readonly plain?: boolean
}

const Piece = memo(function Piece({ text }: { readonly text: string }) {
  return <span className="piece">{text}</span>
})

export const CodeBlock = memo(function CodeBlock(props: CodeBlockProps) {
  const { pieces, lines, language, open = false, plain = false } = props
  const { say } = useWords()
  const [whole, setWhole] = useState(false)
  const element = useRef<HTMLElement>(null)
  const folds = !open && !plain && lines > FOLDED_LINES
  const shown = folds && !whole ? pieces.slice(0, SHOWN_PIECES) : pieces
  useColours(element, shown, language, open)
  const body = (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keys
    <pre tabIndex={0} aria-label={language === '' ? say('code') : language}>
      <code ref={element}>
        {shown.map((piece, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- pieces only ever follow one another
          <Piece key={at} text={piece} />
        ))}
      </code>
    </pre>
  )
  if (plain) return <div className="code plain">{body}</div>
  return (
    <div className="code">
      <header>
        <span>{language}</span>
        <CopyButton text={() => pieces.join('')} />
      </header>
      {body}
      {folds && (
        <footer>
          <Button kind="quiet" small onClick={() => setWhole(!whole)}>
            {whole ? say('showLess') : say('showAllLines', lines)}
          </Button>
        </footer>
      )}
    </div>
  )
})
