/** The system prompt: one folded line above the conversation, which opens into a field. */

import { useState } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { useWords } from './use-words.ts'

interface SystemLineProps {
  readonly text: string
  readonly tokens: number | null
  readonly change: (text: string) => void
  readonly open: boolean
  readonly setOpen: (open: boolean) => void
}

export function SystemLine({ text, tokens, change, open, setOpen }: SystemLineProps) {
  const { say } = useWords()
  const [draft, setDraft] = useState<string | null>(null)
  if (open)
    return (
      <div className="composer system-field">
        <textarea
          autoFocus
          rows={3}
          value={draft ?? text}
          aria-label={say('system')}
          placeholder={say('systemIs')}
          onChange={(event) => setDraft(event.target.value)}
        />
        <footer>
          <span className="space" />
          <Button
            small
            kind="solid"
            onClick={() => {
              if (draft !== null) change(draft)
              setDraft(null)
              setOpen(false)
            }}
          >
            {say('done')}
          </Button>
        </footer>
      </div>
    )
  if (text === '') return null
  return (
    <button type="button" className="system-line" onClick={() => setOpen(true)}>
      <span className="dim">{say('system')}</span>
      <span className="words cut">{text}</span>
      {tokens !== null && <span className="dim number">{say('tokens', tokens)}</span>}
      <Icon name="pen" small />
    </button>
  )
}
