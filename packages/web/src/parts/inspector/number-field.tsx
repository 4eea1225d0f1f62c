/** A field for a whole number with its unit: what is typed holds once it is a number within its bounds. */

import { useState } from 'react'
import { useWords } from '../use-words.ts'

interface NumberFieldProps {
  readonly id: string
  readonly value: number | undefined
  /** What holds where nothing is written. */
  readonly otherwise: number
  readonly from: number
  readonly to: number
  readonly unit: string
  readonly change: (value: number | undefined) => void
}

const read = (text: string): number => Number(text.replace(/[\s,_]/g, ''))

export function NumberField({ id, value, otherwise, from, to, unit, change }: NumberFieldProps) {
  const { say, format } = useWords()
  const [typed, setTyped] = useState<string | null>(null)
  const shown = typed ?? (value === undefined ? '' : format.count(value))
  const wrong = (text: string): boolean => {
    const number = read(text)
    return text !== '' && !(Number.isInteger(number) && number >= from && number <= to)
  }
  const bad = typed !== null && wrong(typed)
  return (
    <span className="field-box number-box" data-wrong={bad || undefined}>
      <input
        id={id}
        inputMode="numeric"
        value={shown}
        placeholder={format.count(otherwise)}
        aria-invalid={bad}
        title={bad ? say('wrongNumber', from, to) : undefined}
        onChange={({ target }) => {
          setTyped(target.value)
          if (!wrong(target.value)) change(target.value === '' ? undefined : read(target.value))
        }}
        onBlur={() => setTyped(null)}
      />
      <span className="dim">{unit}</span>
    </span>
  )
}
