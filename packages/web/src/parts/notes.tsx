/** What is to be said of an answer beside the answer: a line each, in the order of the view. */

import type { ReactNode } from 'react'
import type { Action, Note } from '../conversation/index.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { useWords } from './use-words.ts'

interface NotesProps {
  readonly notes: readonly Note[]
  readonly actions: readonly Action[]
  readonly act: (action: Action) => void
  readonly showPlace: (path: string) => void
  readonly raisedTo: number
  readonly error: (note: Note & { readonly kind: 'failed' }) => ReactNode
}

function SeamLine({ note }: { readonly note: Note & { readonly kind: 'seams' } }) {
  const { say } = useWords()
  const lines = note.seams.map((seam) => (
    <span key={seam.at}>{say('noteSeam', seam.from, seam.at - (seam.gap ?? 0), seam.to, seam.gap ?? 0)}</span>
  ))
  if (lines.length === 1) return <div className="note seam">{lines}</div>
  return (
    <ul className="note seam">
      {note.seams.map((seam, at) => (
        <li key={seam.at}>{lines[at]}</li>
      ))}
    </ul>
  )
}

function Limit({
  words,
  actions,
  act,
  raisedTo,
}: { words: string } & Pick<NotesProps, 'actions' | 'act' | 'raisedTo'>) {
  const { say } = useWords()
  return (
    <div className="note">
      <span>{words}</span>
      <span className="acts">
        {actions.includes('raise-limit') && (
          <Button small kind="solid" onClick={() => act('raise-limit')}>
            {say('raiseAndGoOn', raisedTo)}
          </Button>
        )}
        {actions.includes('go-on') && (
          <Button small onClick={() => act('go-on')}>
            {say('goOn')}
          </Button>
        )}
      </span>
    </div>
  )
}

function Line({ note, ...props }: NotesProps & { readonly note: Note }) {
  const { say, format } = useWords()
  switch (note.kind) {
    case 'queued':
      return null
    case 'seams':
      return <SeamLine note={note} />
    case 'fetched-again':
      return (
        <div className="note">
          <Icon name="again" small />
          <span>{say('noteAway', note.events)}</span>
        </div>
      )
    case 'stopped':
      return null
    case 'limit':
      return <Limit words={say('noteLength', note.limit ?? 0)} {...props} />
    case 'thought-only':
      return <Limit words={say('noteThoughtOnly', note.limit ?? 0)} {...props} />
    case 'filtered':
      return <div className="note warn">{say('noteFilter')}</div>
    case 'fits-schema':
      return (
        <div className="note">
          <Icon name="tick" small />
          <span>{say('fitsSchema')}</span>
        </div>
      )
    case 'fits-not': {
      const [first] = note.faults
      return (
        <div className="note bad">
          <span>
            {say('doesNotFit', first?.path ?? '', first?.words ?? '')}
            {note.faults.length + note.more > 1 && ` (+${format.count(note.faults.length + note.more - 1)})`}
          </span>
          {first !== undefined && (
            <Button small kind="quiet" className="bad" onClick={() => props.showPlace(first.path)}>
              {say('showPlace')}
            </Button>
          )}
        </div>
      )
    }
    case 'failed':
      return props.error(note)
  }
}

export function Notes(props: NotesProps) {
  return props.notes.map((note) => <Line key={note.kind} {...props} note={note} />)
}
