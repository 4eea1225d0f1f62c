/** The conversation: its turns, the room that is kept under a running one, and the way to its end. */

import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { TurnId, TurnView } from '../conversation/index.ts'
import { AnswerTurn } from '../parts/answer-turn.tsx'
import { Button } from '../parts/button.tsx'
import { PersonTurn } from '../parts/person-turn.tsx'
import { SystemLine } from '../parts/system-line.tsx'
import { useFollow } from '../parts/use-follow.ts'
import { useWords } from '../parts/use-words.ts'
import type { Desk } from './desk.ts'

interface TalkProps {
  readonly desk: Desk
  readonly thinkingShown: 'window' | 'open' | 'closed'
  readonly editing: TurnId | null
  readonly setEditing: (turn: TurnId | null) => void
  readonly systemOpen: boolean
  readonly setSystemOpen: (open: boolean) => void
  readonly thinkingToggled: number
}

/** On Run the new turn goes to the top of the view, and room is kept under it. */
function useTurnOnTop(turns: readonly TurnView[], running: boolean) {
  const box = useRef<HTMLDivElement>(null)
  const asked = turns.findLast((turn) => turn.answer === undefined)?.id
  const last = useRef({ asked, running })
  const [room, setRoom] = useState(0)
  useLayoutEffect(() => {
    const before = last.current
    last.current = { asked, running }
    const element = box.current
    if (element === null || asked === undefined || !running || (before.running && before.asked === asked)) return
    setRoom(element.clientHeight)
  }, [asked, running])
  useLayoutEffect(() => {
    if (room > 0 && asked !== undefined) document.getElementById(`turn-${asked}`)?.scrollIntoView({ block: 'start' })
  }, [room, asked])
  return { box, room }
}

export function Talk(props: TalkProps) {
  const { desk, editing, setEditing } = props
  const { say, language } = useWords()
  const { view, acts } = desk
  const running = view.running.length > 0
  const shown = view.turns.filter((turn, at) => !(at === 0 && turn.role === 'system'))
  const { box, room } = useTurnOnTop(shown, running)
  const { below, toEnd } = useFollow(box, view, running)
  const lastTurn = shown.at(-1)

  useEffect(() => {
    const end = (event: Event): void => {
      event.preventDefault()
      toEnd()
    }
    document.addEventListener('moonbase-end', end)
    return () => document.removeEventListener('moonbase-end', end)
  }, [toEnd])

  return (
    <div className="talk-place">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keys */}
      <div
        className="talk"
        ref={box}
        role="log"
        aria-live="off"
        aria-label={say('conversation')}
        tabIndex={0}
        lang={language}
      >
        <div className="column">
          <SystemLine
            text={desk.system}
            tokens={null}
            change={acts.setSystem}
            open={props.systemOpen}
            setOpen={props.setSystemOpen}
          />
          {shown.map((turn) =>
            turn.answer === undefined ? (
              <PersonTurn
                key={turn.id}
                turn={turn}
                at={desk.turnAt(turn.id)}
                acts={acts.turns}
                media={acts.mediaOf}
                editing={editing === turn.id}
                setEditing={setEditing}
              />
            ) : (
              <AnswerTurn
                key={turn.id}
                turn={turn}
                answer={turn.answer}
                scale={view.scaleMs}
                acts={acts.turns}
                thinkingShown={props.thinkingShown}
                last={turn === lastTurn}
                held={turn === lastTurn ? (desk.held ?? undefined) : undefined}
                raisedTo={acts.raisedTo}
                thinkingToggled={turn === lastTurn ? props.thinkingToggled : 0}
                remedy={acts.remedy}
                can={acts.can}
                waits={acts.waits(turn.id)}
                doNotRun={acts.doNotRun}
              />
            ),
          )}
          <div data-end="" />
        </div>
        {room > 0 && <RoomBelow height={room} running={running} />}
      </div>
      {running && below && (
        <Button small className="to-end" icon="down" onClick={toEnd}>
          {say('toEnd')}
        </Button>
      )}
    </div>
  )
}

/** Room under the last turn, as tall as the view less that turn, so that the turn can stand at its top. */
function RoomBelow({ height, running }: { readonly height: number; readonly running: boolean }) {
  const place = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = place.current
    const column = element?.previousElementSibling
    if (element === null || !(column instanceof HTMLElement)) return undefined
    const fit = (): void => {
      const asked = [...column.querySelectorAll('.turn.person')].at(-1)
      const end = column.querySelector('[data-end]')
      if (asked === undefined || end === null) return
      const used = end.getBoundingClientRect().top - asked.getBoundingClientRect().top
      element.style.height = `${Math.max(0, height - used - 40)}px`
    }
    fit()
    const observer = new ResizeObserver(fit)
    observer.observe(column)
    return () => observer.disconnect()
  }, [height, running])
  return <div ref={place} aria-hidden="true" />
}
