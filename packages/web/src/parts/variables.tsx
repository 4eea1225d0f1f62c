/** A field for each `{{name}}` that stands in the message. */

import { useId } from 'react'
import { useWords } from './use-words.ts'

interface VariablesProps {
  readonly names: readonly string[]
  readonly values: Readonly<Record<string, string>>
  readonly set: (name: string, value: string) => void
  readonly explained: boolean
}

export function Variables({ names, values, set, explained }: VariablesProps) {
  const { say } = useWords()
  const id = useId()
  if (names.length === 0) return explained ? <p className="variables hint">{say('variablesNone')}</p> : null
  return (
    <div className="variables">
      {names.map((name) => (
        <VariableField key={name} id={`${id}${name}`} name={name} value={values[name] ?? ''} set={set} />
      ))}
    </div>
  )
}

interface VariableFieldProps extends Pick<VariablesProps, 'set'> {
  readonly id: string
  readonly name: string
  readonly value: string
}

function VariableField({ id, name, value, set }: VariableFieldProps) {
  return (
    <>
      <label htmlFor={id} className="chip mono">{`{{${name}}}`}</label>
      <span className="field-box">
        <input id={id} value={value} onChange={(event) => set(name, event.target.value)} />
      </span>
    </>
  )
}
