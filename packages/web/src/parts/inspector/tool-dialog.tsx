/** One tool of the request: its name, what it does, its parameters as a schema, and what answers for it. */

import { useState } from 'react'
import type { ToolForm } from '../../request/settings.ts'
import { Button } from '../button.tsx'
import { Dialog } from '../dialog.tsx'
import { faultsOf } from '../../request/schema-faults.ts'
import { JsonEditor } from '../json-editor.tsx'
import { useWords } from '../use-words.ts'

interface ToolDialogProps {
  /** null: a new one. */
  readonly tool: ToolForm | null
  readonly example: string
  readonly taken: readonly string[]
  readonly save: (tool: ToolForm, example: string) => void
  readonly remove: () => void
  readonly close: () => void
}

const EMPTY = { type: 'object', properties: {}, required: [] }

function parsed(text: string): { value: unknown } | { wrong: string } {
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : String(error) }
  }
}

export default function ToolDialog({ tool, example, taken, save, remove, close }: ToolDialogProps) {
  const { say } = useWords()
  const [name, setName] = useState(tool?.name ?? '')
  const [says, setSays] = useState(tool?.says ?? '')
  const [text, setText] = useState(() => JSON.stringify(tool?.parameters ?? EMPTY, null, 2))
  const [answer, setAnswer] = useState(example)
  const result = parsed(text)
  const wrong = 'wrong' in result ? [result.wrong] : faultsOf(result.value)
  const nameWrong = !/^[A-Za-z][\w-]{0,63}$/.test(name) || (name !== tool?.name && taken.includes(name))
  const tidy = (): void => {
    if ('value' in result) setText(JSON.stringify(result.value, null, 2))
  }
  return (
    <Dialog open close={close} title={tool === null ? say('toolNew') : say('toolEdit', tool.name)} wide>
      <div className="row tall">
        <label htmlFor="tool-name">{say('toolName')}</label>
        <span className="field-box" data-wrong={(name !== '' && nameWrong) || undefined}>
          <input
            id="tool-name"
            className="mono"
            value={name}
            spellCheck={false}
            onChange={(event) => setName(event.target.value)}
          />
        </span>
      </div>
      <div className="row tall">
        <label htmlFor="tool-says">{say('toolSays')}</label>
        <span className="field-box">
          <input id="tool-says" value={says} onChange={(event) => setSays(event.target.value)} />
        </span>
      </div>
      <div className="row tall">
        <span className="name">{say('toolParameters')}</span>
        <JsonEditor boxed label={say('toolParameters')} value={text} change={setText} />
        {wrong.length > 0 && (
          <ul className="faults">
            {wrong.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
      </div>
      <div className="row tall last">
        <label htmlFor="tool-example">{say('toolExample')}</label>
        <span className="field-box">
          <textarea
            id="tool-example"
            className="mono plain-area"
            value={answer}
            rows={3}
            spellCheck={false}
            onChange={(event) => setAnswer(event.target.value)}
          />
        </span>
      </div>
      <div className="buttons">
        <Button
          kind="solid"
          disabled={nameWrong || !('value' in result)}
          onClick={() => {
            if ('value' in result) save({ name, says, parameters: result.value, builtIn: false }, answer)
          }}
        >
          {say('done')}
        </Button>
        <Button onClick={tidy}>{say('toolTidy')}</Button>
        {tool !== null && (
          <Button kind="quiet" className="bad" onClick={remove}>
            {say('remove')}
          </Button>
        )}
      </div>
    </Dialog>
  )
}
