/** A turn that a person wrote: system, user, assistant by hand, tool; it can be edited in its place, left out, moved, removed. */

import { memo, useState, type KeyboardEvent } from 'react'
import type { Part, TurnId, TurnView } from '../conversation/index.ts'
import { composes } from '../keys.ts'
import { Branches } from './branches.tsx'
import { Button, CopyButton, IconButton } from './button.tsx'
import { MediaChip, type MediaShown } from './media-chip.tsx'
import { Menu } from './menu.tsx'
import type { TurnActs } from './turn-acts.ts'
import { useWords } from './use-words.ts'

const ROLES = { system: 'system', user: 'you', assistant: 'assistant', tool: 'toolResult' } as const

interface PersonTurnProps {
  readonly turn: TurnView
  readonly at: number | null
  readonly acts: TurnActs
  readonly media: (part: Part) => MediaShown | null
  readonly editing: boolean
  readonly setEditing: (turn: TurnId | null) => void
}

const FOLDED_BEYOND = 1200

function textOf(parts: readonly Part[]): string {
  return parts.flatMap((part) => (part.kind === 'text' ? [part.text] : [])).join('\n')
}

function Editor({ turn, acts, setEditing }: Pick<PersonTurnProps, 'turn' | 'acts' | 'setEditing'>) {
  const { say } = useWords()
  const [text, setText] = useState(() => textOf(turn.parts))
  const save = (run: boolean): void => {
    setEditing(null)
    acts.edit(turn.id, text, run)
  }
  const pressed = (event: KeyboardEvent): void => {
    if (composes(event.nativeEvent)) return
    if (event.key === 'Escape') {
      event.stopPropagation()
      setEditing(null)
    } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault()
      event.stopPropagation()
      save(turn.role === 'user')
    }
  }
  return (
    <div className="composer">
      <textarea
        autoFocus
        value={text}
        aria-label={say('edit')}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
      />
      <footer>
        <span className="space" />
        <Button kind="quiet" small onClick={() => setEditing(null)}>
          {say('cancel')}
        </Button>
        <Button small onClick={() => save(false)}>
          {say('keepEdited')}
        </Button>
        {turn.role === 'user' && (
          <Button kind="go" small icon="up" onClick={() => save(true)}>
            {say('runEdited')}
          </Button>
        )}
      </footer>
    </div>
  )
}

function Bubble({ turn, media }: Pick<PersonTurnProps, 'turn' | 'media'>) {
  const { say } = useWords()
  const [whole, setWhole] = useState(false)
  const text = textOf(turn.parts)
  const shown = turn.parts.flatMap((part) => media(part) ?? [])
  const long = text.length > FOLDED_BEYOND
  return (
    <>
      <div className={`bubble ${shown.length > 0 ? 'with-media' : ''} ${long && !whole ? 'folded' : ''}`}>
        {text !== '' && <p>{text}</p>}
        {shown.map((one) => (
          <MediaChip key={one.key} media={one} />
        ))}
      </div>
      {long && (
        <div>
          <Button kind="quiet" small onClick={() => setWhole(!whole)}>
            {say(whole ? 'showLess' : 'wholeText')}
          </Button>
        </div>
      )}
    </>
  )
}

export const PersonTurn = memo(function PersonTurn(props: PersonTurnProps) {
  const { turn, at, acts, editing, setEditing } = props
  const { say, format } = useWords()
  const edit = (): void => setEditing(turn.id)
  return (
    <article
      className={turn.on ? 'turn person' : 'turn person off'}
      id={`turn-${turn.id}`}
      tabIndex={-1}
      aria-label={say(ROLES[turn.role])}
    >
      <header>
        <b>{say(ROLES[turn.role])}</b>
        {at !== null && (
          <time dateTime={new Date(at).toISOString()} title={format.exactly(at)} className="number">
            {format.time(at)}
          </time>
        )}
        {turn.answers !== undefined && <code className="cut">{turn.answers}</code>}
        {turn.role === 'assistant' && <span>{say('writtenByHand')}</span>}
        <Branches branch={turn.branch} choose={acts.branch} />
        {!editing && (
          <span className="acts">
            <IconButton icon="pen" label={say('edit')} keys="e" small onClick={edit} />
            <IconButton icon="fork" label={say('fork')} keys="f" small onClick={() => acts.fork(turn.id)} />
            <CopyButton text={() => textOf(turn.parts)} label={say('copyText')} iconOnly />
            <Menu
              button={<IconButton icon="dots" label={say('more')} small />}
              acts={[
                { key: 'edit', icon: 'pen', says: say('edit'), keys: 'e', act: edit },
                { key: 'fork', icon: 'fork', says: say('fork'), keys: 'f', act: () => acts.fork(turn.id) },
                {
                  key: 'copy',
                  icon: 'copy',
                  says: say('copyText'),
                  keys: 'y',
                  act: () => acts.copy(textOf(turn.parts)),
                },
                'line',
                { key: 'on', says: say(turn.on ? 'turnOff' : 'turnOn'), act: () => acts.turnOn(turn.id, !turn.on) },
                { key: 'up', says: say('moveUp'), act: () => acts.move(turn.id, -1) },
                { key: 'down', says: say('moveDown'), act: () => acts.move(turn.id, 1) },
                'line',
                { key: 'remove', icon: 'bin', bad: true, says: say('removeTurn'), act: () => acts.remove(turn.id) },
              ]}
            />
          </span>
        )}
      </header>
      {editing ? (
        <Editor turn={turn} acts={acts} setEditing={setEditing} />
      ) : (
        <Bubble turn={turn} media={props.media} />
      )}
    </article>
  )
})
