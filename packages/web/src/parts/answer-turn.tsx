/** A turn of the model: who answers and how far, the thinking, the text, the calls, what is to be said of it, the strip and the figures. */

import { memo, useMemo, type ReactNode } from 'react'
import type { Action, AnswerView, Remedy, TurnId, TurnView, WorkError } from '../conversation/index.ts'
import type { Marks } from './answer/marks.tsx'
import { AnswerText } from './answer/answer-text.tsx'
import { JsonAnswer } from './answer/json-answer.tsx'
import { Branches } from './branches.tsx'
import { Button, CopyButton, IconButton } from './button.tsx'
import { Calls } from './calls.tsx'
import { ErrorBox } from './error-box.tsx'
import { Figures } from './figures.tsx'
import { Menu } from './menu.tsx'
import { Notes } from './notes.tsx'
import { PhaseDisc } from './phase.tsx'
import { Popover } from './popover.tsx'
import { Strip } from './strip.tsx'
import { Thinking } from './thinking.tsx'
import type { TurnActs } from './turn-acts.ts'
import { useWords } from './use-words.ts'

interface AnswerTurnProps {
  readonly turn: TurnView
  readonly answer: AnswerView
  readonly scale: number
  readonly acts: TurnActs
  readonly thinkingShown: 'window' | 'open' | 'closed'
  /** Nothing follows it: its calls can be answered, it can be gone on with. */
  readonly last: boolean
  readonly remedy: (turn: TurnId, remedy: Remedy, error: WorkError) => void
  /** Which of an error's remedies can be done here. */
  readonly can: (remedy: Remedy, error: WorkError) => boolean
  /** It is run again by itself when its time has come. */
  readonly waits?: boolean
  readonly doNotRun?: (turn: TurnId) => void
  readonly held?: { readonly amount: string; readonly currency: string } | undefined
  readonly raisedTo: number
  readonly marks?: Marks | null
  readonly thinkingToggled?: number
  readonly head?: ReactNode
}

const NO_SEAMS: readonly number[] = []

function tearsOf(answer: AnswerView): readonly number[] {
  const note = answer.notes.find((one) => one.kind === 'seams')
  return note === undefined ? NO_SEAMS : note.seams.map((seam) => seam.inText)
}

function Engines({ answer }: { readonly answer: AnswerView }) {
  const { say } = useWords()
  const note = answer.notes.find((one) => one.kind === 'seams')
  const passed = note?.seams.flatMap(({ from, to }, at) => (at === 0 ? [from, to] : [to])) ?? []
  const engines = passed.length > 0 ? passed : answer.engine === undefined ? [] : [answer.engine]
  const queued = answer.notes.find((one) => one.kind === 'queued')
  if (answer.phase === 'waiting')
    return (
      <span className="cut">{say('waitingFor', queued?.ahead ?? 0, Math.ceil((queued?.aboutMs ?? 0) / 1000))}</span>
    )
  return <span className="cut">{say('inOrder', engines)}</span>
}

function Chips({ answer }: { readonly answer: AnswerView }) {
  const { say } = useWords()
  const offline = answer.chips.some(({ kind }) => kind === 'no-model')
  // The stand-in has a name of its own as a model: its chip says enough.
  return answer.chips
    .filter(({ kind }) => !offline || kind !== 'stand-in')
    .map((chip) => {
      if (chip.kind === 'no-model')
        return (
          <span key="offline" className="chip" title={say('noteOfflineWhy')}>
            {say('noteOffline')}
          </span>
        )
      if (chip.kind === 'stand-in')
        return (
          <span key="stand-in" className="chip seam">
            {say('noteServedBy', chip.model)}
          </span>
        )
      return (
        <Popover
          key="lenient"
          label={say('noteLenient', chip.values)}
          button={
            <button type="button" className="chip">
              {say('noteLenient', chip.values)}
            </button>
          }
        >
          <ul className="lenient-notes">
            {chip.notes.map(({ name, fields }) => (
              <li key={name}>
                <code>{name}</code> {fields.join(', ')}
              </li>
            ))}
          </ul>
        </Popover>
      )
    })
}

function HeaderActs({ turn, answer, acts }: Pick<AnswerTurnProps, 'turn' | 'answer' | 'acts'>) {
  const { say } = useWords()
  if (answer.alive)
    return answer.actions.includes('skip-thinking') ? (
      <span className="acts">
        <Button kind="quiet" small onClick={() => acts.act(turn.id, 'skip-thinking')}>
          {say('skipThinking')}
        </Button>
      </span>
    ) : null
  const both = `${answer.thinking.text}\n\n${answer.text}`
  return (
    <span className="acts">
      <IconButton icon="again" label={say('again')} keys="r" small onClick={() => acts.act(turn.id, 'again')} />
      <IconButton icon="fork" label={say('fork')} keys="f" small onClick={() => acts.fork(turn.id)} />
      <CopyButton text={() => answer.text} label={say('copyAnswer')} iconOnly />
      <Menu
        button={<IconButton icon="dots" label={say('more')} small />}
        acts={[
          { key: 'again', icon: 'again', says: say('again'), keys: 'r', act: () => acts.act(turn.id, 'again') },
          { key: 'fork', icon: 'fork', says: say('fork'), keys: 'f', act: () => acts.fork(turn.id) },
          { key: 'copy', icon: 'copy', says: say('copyAnswer'), keys: 'y', act: () => acts.copy(answer.text) },
          { key: 'edit', icon: 'pen', says: say('edit'), act: () => acts.act(turn.id, 'edit') },
          ...(answer.thinking.text === ''
            ? []
            : [
                {
                  key: 'think',
                  icon: 'copy' as const,
                  says: say('copyThinking'),
                  act: () => acts.copy(answer.thinking.text),
                },
                { key: 'both', icon: 'copy' as const, says: say('copyBoth'), act: () => acts.copy(both) },
              ]),
          'line',
          { key: 'remove', icon: 'bin', says: say('removeTurn'), bad: true, act: () => acts.remove(turn.id) },
        ]}
      />
    </span>
  )
}

/** Those that stand as buttons under the answer, and not in a note or in its head. */
const UNDER = ['stop-waiting', 'go-on', 'again', 'edit'] as const satisfies readonly Action[]

function UnderButtons({ turn, answer, acts }: Pick<AnswerTurnProps, 'turn' | 'answer' | 'acts'>) {
  const { say } = useWords()
  const noted = answer.notes.some(({ kind }) => kind === 'limit' || kind === 'thought-only' || kind === 'failed')
  const shown = answer.phase === 'waiting' || answer.phase === 'stopped'
  if (!shown || noted) return null
  const words = {
    'stop-waiting': say('stopWaiting'),
    'go-on': say('goOnHere'),
    again: say('again'),
    edit: say('edit'),
  } as const
  const under = UNDER.filter((action) => answer.actions.includes(action))
  return (
    <div className="buttons">
      {under.map((action, at) => (
        <Button
          key={action}
          small
          kind={action === 'go-on' ? 'solid' : at < 2 ? 'plain' : 'quiet'}
          {...(action === 'stop-waiting' ? { icon: 'stop' as const } : {})}
          onClick={() => acts.act(turn.id, action)}
        >
          {words[action]}
        </Button>
      ))}
    </div>
  )
}

function ThinkingOf({
  answer,
  shown,
  toggled,
}: {
  answer: AnswerView
  shown: 'window' | 'open' | 'closed'
  toggled: number
}) {
  const { say } = useWords()
  const { thinking } = answer
  if (thinking.state === 'off') return <p className="dim did-not-think">{say('didNotThink')}</p>
  if (thinking.state === 'none' || (thinking.text === '' && thinking.state === 'running')) return null
  const mark =
    answer.calls.length > 0 ? (
      <span className="chip" title={say('sentBackWhy')}>
        {say(thinking.sentBack ? 'sentBack' : 'notSentBack')}
      </span>
    ) : undefined
  return (
    <Thinking
      text={thinking.text}
      live={thinking.state === 'running' && answer.alive}
      ms={thinking.ms}
      tokens={thinking.tokens}
      shown={shown}
      mark={mark}
      toggled={toggled}
    />
  )
}

export const AnswerTurn = memo(function AnswerTurn(props: AnswerTurnProps) {
  const { turn, answer, scale, acts, last } = props
  const { say } = useWords()
  const tears = useMemo(() => tearsOf(answer), [answer])
  const started = answer.phase !== 'waiting' && answer.phase !== 'sent'
  const failedBefore = answer.notes.some((note) => note.kind === 'failed' && note.before)
  return (
    <article
      className="turn answer"
      id={`turn-${turn.id}`}
      tabIndex={-1}
      aria-busy={answer.alive}
      aria-label={`${answer.model}: ${say('assistant')}`}
      data-phase={answer.phase}
    >
      <header>
        {props.head}
        <PhaseDisc phase={answer.phase} />
        <b>{answer.model}</b>
        <Engines answer={answer} />
        <Chips answer={answer} />
        <Branches branch={turn.branch} choose={acts.branch} />
        <HeaderActs turn={turn} answer={answer} acts={acts} />
      </header>
      {started && !failedBefore && (
        <ThinkingOf answer={answer} shown={props.thinkingShown} toggled={props.thinkingToggled ?? 0} />
      )}
      {answer.text !== '' &&
        (answer.form === 'text' || answer.alive ? (
          <AnswerText
            blocks={answer.blocks}
            alive={answer.alive && answer.phase === 'answering'}
            tears={tears}
            marks={props.marks ?? null}
          />
        ) : (
          <JsonAnswer text={answer.text} faults={answer.notes.find((note) => note.kind === 'fits-not')?.faults ?? []} />
        ))}
      <Calls
        calls={answer.calls}
        open={last && (answer.phase === 'complete' || answer.phase === 'seam')}
        setResult={(index, text) => acts.setResult(answer.run, index, text)}
        example={acts.example}
        send={() => acts.act(turn.id, 'send-results')}
      />
      <Notes
        notes={answer.notes}
        actions={last ? answer.actions : []}
        act={(action) => acts.act(turn.id, action)}
        showPlace={acts.showPlace}
        raisedTo={props.raisedTo}
        error={({ error }) => (
          <ErrorBox
            error={error}
            remedies={last ? error.remedies.filter((remedy) => props.can(remedy, error)) : []}
            act={(remedy) => props.remedy(turn.id, remedy, error)}
            waits={props.waits ?? false}
            doNotRun={() => props.doNotRun?.(turn.id)}
          />
        )}
      />
      {!failedBefore && <Strip strip={answer.strip} scale={scale} />}
      {!failedBefore && (
        <Figures
          figures={answer.figures}
          strip={answer.strip}
          alive={answer.alive}
          held={answer.alive ? props.held : undefined}
        />
      )}
      {last && <UnderButtons turn={turn} answer={answer} acts={acts} />}
    </article>
  )
})
