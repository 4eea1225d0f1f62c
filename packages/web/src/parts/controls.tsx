/** What a form is made of: a switch, segments of which one is pressed, a field for a number. */

import { useRef, type KeyboardEvent, type ReactNode } from 'react'

interface SwitchProps {
  readonly label: string
  readonly on: boolean
  readonly turn: (on: boolean) => void
  readonly id?: string
  readonly disabled?: boolean
}

export function Switch({ label, on, turn, id, disabled = false }: SwitchProps) {
  return (
    <button
      type="button"
      id={id}
      className="switch"
      role="switch"
      aria-checked={on}
      aria-label={label}
      disabled={disabled}
      onClick={() => turn(!on)}
    />
  )
}

interface Segment<Value extends string> {
  readonly value: Value
  readonly says: ReactNode
}

interface SegmentsProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly segments: readonly Segment<Value>[]
  readonly choose: (value: Value) => void
}

/** A radio group drawn as one bar: arrows move, one stop of the Tab key. */
export function Segments<Value extends string>({ label, value, segments, choose }: SegmentsProps<Value>) {
  const group = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const at = segments.findIndex((segment) => segment.value === value)
    const next = (at + step + segments.length) % segments.length
    const chosen = segments[next]
    if (chosen === undefined) return
    choose(chosen.value)
    group.current?.querySelectorAll('button')[next]?.focus()
  }
  return (
    <div className="segments" role="radiogroup" aria-label={label} ref={group} onKeyDown={move}>
      {segments.map((segment) => (
        <button
          key={segment.value}
          type="button"
          role="radio"
          aria-checked={segment.value === value}
          tabIndex={segment.value === value ? 0 : -1}
          onClick={() => choose(segment.value)}
        >
          {segment.says}
        </button>
      ))}
    </div>
  )
}
