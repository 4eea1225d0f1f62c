/** The schema of the answer: an editor, and what its dialect finds wrong as one types. */

import { useState } from 'react'
import { faultsOfText } from '../../request/schema-faults.ts'
import { JsonEditor } from '../json-editor.tsx'
import { useWords } from '../use-words.ts'

type Schema = Readonly<Record<string, unknown>>

function objectIn(text: string): Schema | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

interface SchemaEditorProps {
  readonly schema: unknown
  readonly set: (schema: Schema) => void
}

export default function SchemaEditor({ schema, set }: SchemaEditorProps) {
  const { say } = useWords()
  const [text, setText] = useState(() => JSON.stringify(schema, null, 2))
  const faults = faultsOfText(text)
  const changed = (next: string): void => {
    setText(next)
    const parsed = objectIn(next)
    if (parsed !== null) set(parsed)
  }
  return (
    <div className="row tall">
      <JsonEditor boxed label={say('schema')} value={text} change={changed} />
      {faults.length > 0 && (
        <ul className="faults">
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
        </ul>
      )}
    </div>
  )
}
