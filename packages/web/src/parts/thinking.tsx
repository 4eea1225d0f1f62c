/** The model's thinking: a window of eight lines while it runs, one line once the answer began, and open for whoever opened it. */

import { useEffect, useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { useWords } from './use-words.ts'

interface ThinkingProps {
  /** Paragraphs as they came; all but the last are final. */
  readonly text: string
  readonly live: boolean
  readonly ms: number | null
  readonly tokens: number | null
  readonly shown: 'window' | 'open' | 'closed'
  readonly mark?: ReactNode
  /** Rises when a key asks to open or close it. */
  readonly toggled?: number
}

/** The reader's hand on it: what was opened, scrolled or selected stays as it is. */
type Hold = 'none' | 'kept' | 'open' | 'closed'

/** Cut at empty lines, so that only the last part is laid out again. */
function paragraphs(text: string): string[] {
  const parts = text.split(/(?<=\n\n)(?!\n)/)
  // Few and large enough that a long thought does not become ten thousand elements.
  const joined: string[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && last.length + part.length < 1200) joined[joined.length - 1] = last + part
    else joined.push(part)
  }
  return joined
}

export function Thinking({ text, live, ms, tokens, shown, mark, toggled = 0 }: ThinkingProps) {
  const { say, format } = useWords()
  const [hold, setHold] = useState<Hold>('none')
  const box = useRef<HTMLDivElement>(null)
  const atEnd = useRef(true)
  const first = useRef(toggled)

  const byItself = shown === 'open' || (shown === 'window' && live)
  const open = hold === 'none' ? byItself : hold !== 'closed'
  const windowed = shown === 'window' && (hold === 'kept' || (hold === 'none' && live))

  // A window opens fully, what is open closes, what is closed opens.
  const toggle = (): void => setHold(open && !windowed ? 'closed' : 'open')

  useEffect(() => {
    if (toggled === first.current) return
    first.current = toggled
    setHold(open ? 'closed' : 'open')
  }, [toggled, open])

  // Its own scroll follows its end while the reader is there; the page is never moved.
  useLayoutEffect(() => {
    if (windowed && atEnd.current && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [text, windowed])

  const touched = (): void => setHold((now) => (now === 'none' ? 'kept' : now))
  const read = (): void => {
    if (box.current === null) return
    const { scrollTop, scrollHeight, clientHeight } = box.current
    atEnd.current = scrollHeight - scrollTop - clientHeight < 4
  }

  const parts = paragraphs(text)
  return (
    <div className="thinking-part">
      <div className="head">
        <button type="button" aria-expanded={open} onClick={toggle}>
          <Icon name="right" small />
          <span>{live || ms === null ? say('thinking') : say('thoughtFor', ms)}</span>
          <span className="dim number">
            {live && ms !== null ? `${format.duration(ms)} · ` : ''}
            {tokens === null ? '' : say('tokens', tokens)}
          </span>
        </button>
        {mark}
      </div>
      {open && (
        <div className="open">
          <button
            type="button"
            className={live ? 'rule live' : 'rule'}
            aria-label={say('closeThinking')}
            tabIndex={-1}
            onClick={() => setHold('closed')}
          />
          <div
            ref={box}
            className={windowed ? 'thoughts window cut-above' : 'thoughts'}
            {...(windowed ? { tabIndex: 0, role: 'group', 'aria-label': say('thinking') } : {})}
            onWheel={touched}
            onPointerDown={touched}
            onScroll={read}
          >
            {parts.map((part, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- parts only ever follow one another
              <span key={at}>
                {part}
                {live && at === parts.length - 1 && <i className="caret" />}
              </span>
            ))}
          </div>
          {!windowed && !live && (
            <Button kind="quiet" small className="close" onClick={() => setHold('closed')}>
              {say('close')}
            </Button>
          )}
        </div>
      )}
    </div>
  )
}
