/** The calls of an answer, a card each: name, id, arguments as they come, and a field for what the tool gives. */

import type { CallView } from '../conversation/index.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { useWords } from './use-words.ts'

interface CallsProps {
  readonly calls: readonly CallView[]
  /** Results can be written: the answer has ended with these calls, and nothing follows it yet. */
  readonly open: boolean
  readonly setResult: (index: number, text: string | null) => void
  readonly example: (name: string) => string | undefined
  readonly send: () => void
}

/** Whole arguments are laid out on lines of their own where one line would be long. */
function laidOut({ arguments: text, complete }: CallView): string {
  if (!complete || text.length < 72) return text
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Arguments({ call }: { readonly call: CallView }) {
  const { say } = useWords()
  const wrong = call.validTo < call.arguments.length
  const text = laidOut(call)
  return (
    <pre data-wrong={wrong || undefined} title={wrong ? say('argumentsWrong') : undefined}>
      <code>
        {wrong ? (
          <>
            {call.arguments.slice(0, call.validTo)}
            <mark className="wrong">{call.arguments.slice(call.validTo)}</mark>
          </>
        ) : (
          coloured(text)
        )}
      </code>
    </pre>
  )
}

/** Names blue, texts teal: few enough elements, for arguments are short. */
function coloured(text: string) {
  if (text.length > 4000) return text
  const pieces = text.split(/("(?:[^"\\]|\\.)*"(?:\s*:)?)/)
  return pieces.map((piece, at) => {
    if (!piece.startsWith('"')) return piece
    const name = piece.endsWith(':')
    return (
      // oxlint-disable-next-line react/no-array-index-key -- pieces of a text that only grows
      <span key={at} className={name ? 'code-name' : 'code-string'}>
        {piece}
      </span>
    )
  })
}

export function Calls({ calls, open, setResult, example, send }: CallsProps) {
  const { say } = useWords()
  const missing = calls.filter(({ result }) => result === undefined || result === '').length
  return (
    <>
      {calls.map((call) => {
        const filled = example(call.name)
        const empty = call.result === undefined || call.result === ''
        return (
          <div className="call" role="group" key={call.index} aria-label={`${call.name} ${call.id}`}>
            <header>
              <Icon name="wrench" small />
              <b>{call.name}</b>
              <code className="cut">{call.id}</code>
              <span className="dim number">{say('callOf', call.index + 1, call.of)}</span>
            </header>
            <Arguments call={call} />
            {open && call.complete && (
              <div className="result">
                <textarea
                  rows={1}
                  value={call.result ?? ''}
                  spellCheck={false}
                  aria-label={say('callAnswers', call.name)}
                  placeholder={say('callAnswers', call.name)}
                  onChange={(event) => setResult(call.index, event.target.value === '' ? null : event.target.value)}
                />
                {empty && filled !== undefined && (
                  <Button kind="quiet" small className="link" onClick={() => setResult(call.index, filled)}>
                    {say('fillExample')}
                  </Button>
                )}
                {!empty && <span className="dim by-hand">{say('callByHand')}</span>}
              </div>
            )}
            {!open && !empty && (
              <div className="result">
                <code className="cut">{call.result}</code>
              </div>
            )}
          </div>
        )
      })}
      {open && calls.length > 0 && (
        <div className="buttons">
          <Button
            kind={missing === 0 ? 'go' : 'plain'}
            small
            aria-disabled={missing > 0}
            onClick={() => missing === 0 && send()}
          >
            {missing === 0 ? say('sendResults') : say('sendResultsMissing', missing)}
          </Button>
        </div>
      )}
    </>
  )
}
