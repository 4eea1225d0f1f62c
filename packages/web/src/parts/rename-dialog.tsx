/** Another name for a conversation. */

import { useState } from 'react'
import { Button } from './button.tsx'
import { Dialog } from './dialog.tsx'
import { useWords } from './use-words.ts'

interface RenameDialogProps {
  readonly title: string
  readonly save: (title: string) => void
  readonly close: () => void
}

export default function RenameDialog({ title, save, close }: RenameDialogProps) {
  const { say } = useWords()
  const [text, setText] = useState(title)
  return (
    <Dialog open close={close} title={say('rename')}>
      <form
        className="rename"
        onSubmit={(event) => {
          event.preventDefault()
          save(text.trim())
          close()
        }}
      >
        <span className="field-box">
          <input autoFocus value={text} aria-label={say('rename')} onChange={(event) => setText(event.target.value)} />
        </span>
        <Button kind="solid" type="submit">
          {say('done')}
        </Button>
      </form>
    </Dialog>
  )
}
