/** Ctrl K: go anywhere by a few letters. */

import { useId, useMemo, useState, type KeyboardEvent } from 'react'
import { composes } from '../keys.ts'
import { Dialog } from './dialog.tsx'
import { Icon, type IconName } from './icon.tsx'
import { useWords } from './use-words.ts'

export interface PaletteEntry {
  readonly key: string
  readonly group: string
  readonly says: string
  readonly dim?: string
  readonly icon: IconName
  readonly act: () => void
}

const MOST = 40

/** Every letter in its order; earlier and closer ones first. Lower is better; null where one is missing. */
function distance(wanted: string, text: string): number | null {
  const lower = text.toLowerCase()
  const whole = lower.indexOf(wanted)
  if (whole >= 0) return whole
  let at = -1
  let sum = 100
  for (const letter of wanted) {
    const next = lower.indexOf(letter, at + 1)
    if (next === -1) return null
    sum += next - at - 1
    at = next
  }
  return sum
}

interface PaletteProps {
  readonly open: boolean
  readonly close: () => void
  readonly entries: readonly PaletteEntry[]
  /** What a text that is no name may be: the id of a request. */
  readonly other?: (text: string) => PaletteEntry | null
}

export function Palette({ open, close, entries, other }: PaletteProps) {
  const { say } = useWords()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const found = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return entries.slice(0, MOST)
    const scored = entries.flatMap((entry) => {
      const score = distance(wanted, entry.says)
      return score === null ? [] : [{ entry, score }]
    })
    const best = scored.toSorted((one, two) => one.score - two.score).slice(0, MOST)
    const more = other?.(text.trim()) ?? null
    return [...best.map(({ entry }) => entry), ...(more === null ? [] : [more])]
  }, [entries, other, text])
  const chosen = Math.min(at, found.length - 1)

  const leave = (): void => {
    setText('')
    setAt(0)
    close()
  }
  const take = (entry: PaletteEntry | undefined): void => {
    if (entry === undefined) return
    leave()
    entry.act()
  }
  const pressed = (event: KeyboardEvent): void => {
    if (composes(event.nativeEvent)) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      setAt((chosen + step + found.length) % Math.max(1, found.length))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      take(found[chosen])
    }
  }

  return (
    <Dialog open={open} close={leave} title={say('palette')} bare className="palette">
      <input
        autoFocus
        value={text}
        placeholder={say('paletteFind')}
        aria-label={say('paletteFind')}
        role="combobox"
        aria-expanded="true"
        aria-controls={list}
        aria-activedescendant={found[chosen] === undefined ? undefined : `${list}-${chosen}`}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={pressed}
      />
      <ul id={list} role="listbox" aria-label={say('palette')}>
        {found.map((entry, index) => (
          <li
            key={entry.key}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === chosen}
            onPointerMove={() => setAt(index)}
            onClick={() => take(entry)}
          >
            <Icon name={entry.icon} small />
            <span className="cut">{entry.says}</span>
            <span className="dim">{entry.dim ?? entry.group}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && (
        <p className="nothing" role="status">
          {say('paletteNothing')}
        </p>
      )}
    </Dialog>
  )
}
