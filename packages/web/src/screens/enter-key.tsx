/** Where the server does not know whose page this is: one field for a key, and where to find one. */

import { useState } from 'react'
import { Button, CopyLine } from '../parts/button.tsx'
import { Logo } from '../parts/logo.tsx'
import { useWords } from '../parts/use-words.ts'

interface EnterKeyProps {
  /** Resolves to whether the server took it. */
  readonly enter: (key: string) => Promise<boolean>
  /** The printed address did not open: it was used, or is too old. */
  readonly addressOld: boolean
  /** There is a session already: one may stay with it. */
  readonly cancel?: () => void
}

export function EnterKey({ enter, addressOld, cancel }: EnterKeyProps) {
  const { say } = useWords()
  const [key, setKey] = useState('')
  const [wrong, setWrong] = useState(false)
  const [busy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setBusy(true)
    try {
      setWrong(!(await enter(key.trim())))
    } catch {
      setWrong(true)
    }
    setBusy(false)
    setKey('')
  }
  return (
    <div className="lone">
      <main>
        <Logo />
        <h1>{say('enterKey')}</h1>
        {addressOld && (
          <p className="note warn" role="alert">
            {say('enterAddressOld')}
          </p>
        )}
        <p>{say('enterKeyWhy')}</p>
        <form
          onSubmit={(event) => {
            event.preventDefault()
            if (key.trim() !== '' && !busy) void submit()
          }}
        >
          <span className="field-box" data-wrong={wrong || undefined}>
            <input
              // The one thing to do here.
              autoFocus
              type="password"
              autoComplete="off"
              spellCheck={false}
              value={key}
              aria-label={say('enterKeyField')}
              aria-invalid={wrong}
              placeholder="sk-…"
              onChange={(event) => {
                setKey(event.target.value)
                setWrong(false)
              }}
            />
          </span>
          <Button kind="go" type="submit" aria-disabled={key.trim() === '' || busy}>
            {say('enter')}
          </Button>
          {cancel !== undefined && (
            <Button kind="quiet" onClick={cancel}>
              {say('cancel')}
            </Button>
          )}
        </form>
        {wrong && (
          <p className="hint wrong" role="alert">
            {say('enterKeyWrong')}
          </p>
        )}
        <dl>
          <dt>{say('apiKey')}</dt>
          <dd>{say('enterKeyApi')}</dd>
        </dl>
        <CopyLine text="grep ^MOONBASE_API_KEY= data/credentials" />
        <dl>
          <dt>{say('adminKey')}</dt>
          <dd>{say('enterKeyAdmin')}</dd>
        </dl>
        <p>{say('enterKeyOr')}</p>
        <CopyLine text="npx moonbase open" />
      </main>
    </div>
  )
}
