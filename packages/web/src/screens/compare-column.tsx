/** One column of a comparison: its answer, what it has that the other has not, and the choice of it. */

import { useMemo } from 'react'
import type { AnswerView } from '../conversation/index.ts'
import { LETTERS } from '../desk/compare-work.ts'
import type { DeskWork } from '../desk/desk.ts'
import { useDesk, type Around } from '../desk/use-desk.ts'
import type { Marks } from '../parts/answer/marks.tsx'
import { AnswerTurn } from '../parts/answer-turn.tsx'
import { Button, IconButton } from '../parts/button.tsx'
import { useWords } from '../parts/use-words.ts'
import { differences } from '../request/differences.ts'
import type { Me } from '../server.ts'

export type CompareShown = 'answers' | 'differences' | 'thinking'

interface CompareColumnProps {
  readonly at: number
  readonly work: DeskWork
  readonly me: Me
  readonly around: Around
  readonly chips: readonly string[]
  readonly shown: CompareShown
  readonly thinkingShown: 'window' | 'open' | 'closed'
  /** The answer that this one is held against, and whose it is. */
  readonly against: AnswerView | undefined
  readonly againstLetter: string
  readonly openSettings: () => void
  readonly runOne: () => void
  readonly remove: (() => void) | undefined
  readonly choose: () => void
}

interface Difference {
  readonly marks: Marks
  readonly words: number
}

function useDifference(
  answer: AnswerView | undefined,
  against: AnswerView | undefined,
  kind: Marks['kind'],
): Difference | null {
  const [mine, theirs] = [answer?.text, against?.text]
  const ready = answer?.alive === false && against?.alive === false
  return useMemo(() => {
    if (!ready || mine === undefined || theirs === undefined) return null
    const found = differences(mine, theirs)
    return { marks: { kind, ranges: found.one }, words: found.oneWords }
  }, [ready, mine, theirs, kind])
}

export function CompareColumn(props: CompareColumnProps) {
  const { at, work, chips, shown, against } = props
  const { say } = useWords()
  const desk = useDesk(work, props.me, props.around)
  const turn = desk.view.turns.findLast(({ answer }) => answer !== undefined)
  const answer = turn?.answer
  const difference = useDifference(answer, against, at === 0 ? 'own' : 'other')
  const letter = LETTERS[at] ?? ''
  const head = <span className={at === 0 ? 'letter filled' : 'letter'}>{letter}</span>
  const shownThinking = shown === 'thinking' ? 'open' : props.thinkingShown
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls is reached by keys
    <section aria-label={letter} tabIndex={0}>
      <header>
        {answer === undefined && head}
        {answer === undefined && <b>{desk.settings.model}</b>}
        {chips.map((chip) => (
          <span key={chip} className="chip">
            {chip}
          </span>
        ))}
        <span className="space" />
        {shown === 'differences' && difference !== null && (
          <span className="dim number">{say('wordsOnlyHere', difference.words, props.againstLetter)}</span>
        )}
        <IconButton icon="play" label={say('runColumn', letter)} small onClick={props.runOne} />
        <IconButton icon="sliders" label={say('columnSettings', letter)} small onClick={props.openSettings} />
        {props.remove !== undefined && (
          <IconButton icon="cross" label={say('removeColumn', letter)} small onClick={props.remove} />
        )}
      </header>
      {turn === undefined || answer === undefined ? (
        <p className="dim">{at === 0 ? '' : say('compareEmpty')}</p>
      ) : (
        <>
          <AnswerTurn
            // Thinking opens and closes with what is shown.
            key={shownThinking}
            head={head}
            turn={turn}
            answer={answer}
            scale={desk.view.scaleMs}
            acts={desk.acts.turns}
            thinkingShown={shownThinking}
            last
            raisedTo={desk.acts.raisedTo}
            marks={shown === 'differences' ? (difference?.marks ?? null) : null}
            remedy={desk.acts.remedy}
            can={desk.acts.can}
          />
          {!answer.alive && (
            <div className="note">
              <span className="space" />
              <Button small onClick={props.choose}>
                {say('choose', letter)}
              </Button>
            </div>
          )}
        </>
      )}
    </section>
  )
}
