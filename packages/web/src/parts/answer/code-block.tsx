/** A block of code: pieces of forty lines of which only the last one changes while it grows, with its language and a copy button. */

import { memo, useMemo, useRef, useState } from 'react'
import { Button, CopyButton } from '../button.tsx'
import { useWords } from '../use-words.ts'
import { piecesOf } from './pieces.ts'
import { useColours } from './use-colours.ts'

/** A block that is longer begins folded once it is whole. */
const FOLDED_LINES = 400

interface CodeBlockProps {
  readonly text: string
  readonly language: string
  /** Its fence has not closed: it grows at its end. */
  readonly open?: boolean
  /** Without head and border: somebody else's frame. */
  readonly plain?: boolean
}

const Piece = memo(function Piece({ text }: { readonly text: string }) {
  return <span className="piece">{text}</span>
})

function namedLanguage(language: string): string {
  return /^[\w+#.-]{1,24}/.exec(language.trim())?.[0] ?? ''
}

export const CodeBlock = memo(function CodeBlock({ text, language, open = false, plain = false }: CodeBlockProps) {
  const { say } = useWords()
  const [whole, setWhole] = useState(false)
  const element = useRef<HTMLElement>(null)
  const name = namedLanguage(language)
  const pieces = useMemo(() => piecesOf(text), [text])
  const lines = (pieces.length - 1) * 40 + (pieces.at(-1)?.split('\n').length ?? 0)
  const folds = !open && !plain && lines > FOLDED_LINES
  const shown = folds && !whole ? pieces.slice(0, 2) : pieces
  useColours(element, text, name, open)
  const body = (
    <pre tabIndex={0} aria-label={name === '' ? say('code') : name}>
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
        <span>{name}</span>
        <CopyButton text={() => text} />
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
