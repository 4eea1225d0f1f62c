/** All keys of the page, as they are bound, with a field to find one. */

import { useState } from 'react'
import { KEYS, printedKeys } from '../keys.ts'
import { Dialog } from './dialog.tsx'
import { onMac } from './on-mac.ts'
import { useWords } from './use-words.ts'

export function KeysTable({ open, close }: { readonly open: boolean; readonly close: () => void }) {
  const { say } = useWords()
  const [text, setText] = useState('')
  const wanted = text.trim().toLowerCase()
  const shown = KEYS.map(({ command, keys, says }) => ({
    command,
    printed: printedKeys(keys, onMac),
    says: command.startsWith('column') ? `${say('column')} ${command.slice(-1)}` : say(says),
  })).filter(({ printed, says }) => `${printed} ${says}`.toLowerCase().includes(wanted))
  return (
    <Dialog open={open} close={close} title={say('keys')} wide>
      <div className="field-box keys-find">
        <input
          autoFocus
          value={text}
          placeholder={say('keysFind')}
          aria-label={say('keysFind')}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <ul className="keys">
        {shown.map(({ command, printed, says }) => (
          <li key={command}>
            {says} <kbd>{printed}</kbd>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
