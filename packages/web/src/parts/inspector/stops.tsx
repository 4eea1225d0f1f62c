/** The texts at which an answer stops: chips, and a field that makes another of what Enter ends. */

import { useState, type KeyboardEvent } from 'react'
import { composes } from '../../keys.ts'
import { Icon } from '../icon.tsx'
import { useWords } from '../use-words.ts'

const MOST = 5

interface StopsProps {
  readonly stops: readonly string[]
  readonly change: (stops: readonly string[]) => void
}

export function Stops({ stops, change }: StopsProps) {
  const { say } = useWords()
  const [text, setText] = useState('')
  const take = (): void => {
    if (text !== '' && !stops.includes(text)) change([...stops, text])
    setText('')
  }
  const pressed = (event: KeyboardEvent): void => {
    if (composes(event.nativeEvent)) return
    if (event.key === 'Enter') {
      event.preventDefault()
      take()
    } else if (event.key === 'Backspace' && text === '') change(stops.slice(0, -1))
  }
  return (
    <span className="chips">
      {stops.map((stop) => (
        <span key={stop} className="chip mono">
          {JSON.stringify(stop).slice(1, -1)}
          <button
            type="button"
            aria-label={`${say('remove')}: ${stop}`}
            onClick={() => change(stops.filter((one) => one !== stop))}
          >
            <Icon name="cross" small />
          </button>
        </span>
      ))}
      {stops.length < MOST && (
        <span className="field-box short">
          <input
            value={text}
            aria-label={say('stopAt')}
            placeholder={say(stops.length === 0 ? 'nothing' : 'add')}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={pressed}
            onBlur={take}
          />
        </span>
      )}
    </span>
  )
}
