/** A failure in the place of an answer, or under what came of one: our sentence, the platform's words, what can be done. */

import { useEffect, useState } from 'react'
import type { Remedy, WorkError } from '../conversation/index.ts'
import { errorSentence, remedySays } from '../words/error-sentence.ts'
import { Button } from './button.tsx'
import { useWords } from './use-words.ts'

/** The milliseconds that are left, told once a second. */
function useLeft(until: number | undefined): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (until === undefined) return undefined
    const timer = setInterval(() => setNow(Date.now()), 1000)
    return () => clearInterval(timer)
  }, [until])
  return until === undefined ? 0 : Math.max(0, until - now)
}

interface ErrorBoxProps {
  readonly error: WorkError
  /** Those that can be done here, in the order of their buttons. */
  readonly remedies: readonly Remedy[]
  readonly act: (remedy: Remedy) => void
  /** It runs by itself when the time has come. */
  readonly waits?: boolean
  readonly doNotRun?: () => void
}

export function ErrorBox({ error, remedies, act, waits = false, doNotRun }: ErrorBoxProps) {
  const { say } = useWords()
  const left = useLeft(error.retryAt)
  const sentence = errorSentence(error, say)
  const counted = waits && left > 0 ? `${sentence} ${say('errRunsIn', left)}` : sentence
  const about = [error.status, error.type].filter((part) => part !== undefined).join(' ')
  return (
    <div className="error" role="alert">
      <b>{counted}</b>
      {error.words !== '' && <code>{error.words}</code>}
      <footer>
        {remedies.map((remedy, at) => (
          <Button
            key={remedy}
            small
            kind={at === 0 && !waits ? 'solid' : at === 0 ? 'plain' : 'quiet'}
            onClick={() => act(remedy)}
          >
            {waits && remedy === 'run-when-room' ? say('actNow') : remedySays(remedy, error, say)}
          </Button>
        ))}
        {waits && doNotRun !== undefined && (
          <Button small kind="quiet" onClick={doNotRun}>
            {say('actDoNotRun')}
          </Button>
        )}
        {about !== '' && <span className="number">{about}</span>}
      </footer>
    </div>
  )
}
