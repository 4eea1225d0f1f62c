/** The request as JSON, which edits the same thing as the form: what is typed holds once it is a request. */

import { useState } from 'react'
import { requestIn, requestText, type RequestSettings } from '../../request/request-text.ts'
import { JsonEditor } from '../json-editor.tsx'
import { useWords } from '../use-words.ts'

interface RequestJsonProps {
  readonly request: RequestSettings
  readonly set: (request: RequestSettings) => void
}

export default function RequestJson({ request, set }: RequestJsonProps) {
  const { say } = useWords()
  const text = requestText(request)
  const [typed, setTyped] = useState<string | null>(null)
  const [wrong, setWrong] = useState('')
  // What was typed stands while it says the same; what changes elsewhere comes in its place.
  const shown = typed !== null && (wrong !== '' || sameRequest(typed, text)) ? typed : text
  const changed = (next: string): void => {
    setTyped(next)
    const parsed = requestIn(next)
    if ('wrong' in parsed) setWrong(parsed.wrong)
    else {
      setWrong('')
      set(parsed.request)
    }
  }
  return (
    <>
      <p className="hint json-hint">{wrong === '' ? say('jsonIsRequest') : say('jsonWrong', wrong)}</p>
      <JsonEditor label={say('request')} value={shown} change={changed} />
    </>
  )
}

function sameRequest(one: string, other: string): boolean {
  const [first, second] = [requestIn(one), requestIn(other)]
  return 'request' in first && 'request' in second && requestText(first.request) === requestText(second.request)
}
