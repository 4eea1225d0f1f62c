/** Compare: the race above, a column a way, one field for all, and the settings of the column that has the focus. */

import { useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { CompareWork } from '../desk/compare-work.ts'
import { LETTERS, MOST_COLUMNS } from '../desk/compare-work.ts'
import { download } from '../desk/download.ts'
import type { Around } from '../desk/use-desk.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Composer } from '../parts/composer/composer.tsx'
import { Segments } from '../parts/controls.tsx'
import { Sheet } from '../parts/dialog.tsx'
import { printedKeys } from '../keys.ts'
import { onMac } from '../parts/on-mac.ts'
import { MediaChip } from '../parts/media-chip.tsx'
import { Race } from '../parts/race.tsx'
import { useWords } from '../parts/use-words.ts'
import type { Preferences } from '../preferences.ts'
import { together } from '../request/together.ts'
import { whatVaries } from '../request/what-varies.ts'
import { compareReport } from '../request/compare-report.ts'
import type { Me } from '../server.ts'
import { CompareColumn, type CompareShown } from './compare-column.tsx'
import { CompareSettings } from './compare-settings.tsx'
import { useKeys } from './use-keys.ts'

interface CompareProps {
  readonly work: CompareWork
  readonly me: Me
  readonly around: Around
  readonly preferences: Preferences
  readonly openMenu: () => void
  readonly choose: (at: number) => void
}

export default function Compare({ work, me, around, preferences, openMenu, choose }: CompareProps) {
  const words = useWords()
  const { say, format } = words
  const state = useSyncExternalStore(work.subscribe, work.get)
  const [shown, setShown] = useState<CompareShown>('answers')
  const [settingsOf, setSettingsOf] = useState<number | null>(null)
  const columns = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const chips = useMemo(
    () =>
      whatVaries(
        state.columns.map(({ settings }) => settings),
        words,
      ),
    [state.columns, words],
  )
  const answers = state.columns.map(({ view }) => view.turns.findLast(({ answer }) => answer !== undefined)?.answer)
  const running = answers.some((answer) => answer?.alive === true)
  const [firstWork] = work.works
  const media = (state.columns[0]?.media ?? []).flatMap((part) => firstWork?.media.shown(part) ?? [])
  const sum = together(state.columns.map(({ estimate }) => estimate))
  const focus = (at: number): void => {
    const column = columns.current?.children[at]
    if (!(column instanceof HTMLElement)) return
    column.focus()
    column.scrollIntoView({ inline: 'start', block: 'nearest' })
  }

  useKeys((command) => {
    const column = /^column([1-4])$/.exec(command)?.[1]
    if (column !== undefined) focus(Number(column) - 1)
    else if (command === 'differences') setShown(shown === 'differences' ? 'answers' : 'differences')
    else if (command === 'run') work.run()
    else if (command === 'escape' && running) work.stop()
    else if (command === 'field') field.current?.focus()
    else return false
    return true
  })

  return (
    <>
      <main className="main">
        <div className="bar">
          <IconButton icon="bars" label={say('menu')} className="only-narrow" onClick={openMenu} />
          <h1 className="cut">{say('compare')}</h1>
          <span className="space" />
          <Segments<CompareShown>
            label={say('compare')}
            value={shown}
            segments={[
              { value: 'answers', says: say('answers') },
              { value: 'differences', says: say('differences') },
              { value: 'thinking', says: say('thinking0') },
            ]}
            choose={setShown}
          />
          <Button
            kind="quiet"
            icon="save"
            className="only-wide"
            onClick={() => download('comparison.md', 'text/markdown', [compareReport(state.columns)])}
          >
            <span className="words">{say('report')}</span>
          </Button>
          {state.columns.length < MOST_COLUMNS && (
            <Button icon="plus" className="only-wide" onClick={() => work.add()}>
              <span className="words">{say('column')}</span>
            </Button>
          )}
        </div>
        <Race
          rows={state.columns.map(({ settings }, at) => ({
            letter: LETTERS[at] ?? '',
            model: settings.model,
            chips: chips[at] ?? [],
            answer: answers[at],
            focus: () => focus(at),
          }))}
        />
        <div className="columns" ref={columns}>
          {work.works.map((one, at) => (
            <CompareColumn
              // A column is its desk.
              key={LETTERS[at]}
              at={at}
              work={one}
              me={me}
              around={around}
              chips={chips[at] ?? []}
              shown={shown}
              thinkingShown={preferences.thinking}
              against={answers[at === 0 ? 1 : 0]}
              againstLetter={LETTERS[at === 0 ? 1 : 0] ?? ''}
              openSettings={() => setSettingsOf(at)}
              runOne={() => work.runOne(at)}
              remove={state.columns.length > 2 ? () => work.remove(at) : undefined}
              choose={() => choose(at)}
            />
          ))}
        </div>
        <div className="composer-place broad">
          <Composer
            broad
            field={field}
            value={state.draft}
            change={(draft) => work.setDraft(draft)}
            placeholder={say('ask')}
            run={() => work.run()}
            enterRuns={preferences.enterRuns}
            addFiles={(files) => {
              for (const file of files) work.addFile(file).catch(() => around.say(file.name))
            }}
            media={
              media.length > 0 && (
                <div className="media-row">
                  {media.map((one) => (
                    <MediaChip key={one.key} media={one} remove={() => work.removeMedia(one.key)} />
                  ))}
                </div>
              )
            }
            focusAtOnce
            tools={<span className="dim wide-only">{say('samePrompt')}</span>}
            estimate={
              sum !== null && (
                <>
                  {say('together')} <b>{format.money(sum.amount, sum.currency)}</b>
                </>
              )
            }
            act={
              running ? (
                <Button icon="stop" keys="Esc" onClick={() => work.stop()}>
                  {say('stop')}
                </Button>
              ) : (
                <Button
                  kind="go"
                  icon="play"
                  keys={printedKeys('Mod Enter', onMac)}
                  aria-disabled={state.draft.trim() === ''}
                  onClick={() => work.run()}
                >
                  {state.columns.length === 2 ? say('runBoth') : say('runAll', state.columns.length)}
                </Button>
              )
            }
          />
        </div>
      </main>
      <Sheet
        open={settingsOf !== null}
        close={() => setSettingsOf(null)}
        title={say('columnSettings', LETTERS[settingsOf ?? 0] ?? '')}
      >
        {settingsOf !== null && work.works[settingsOf] !== undefined && (
          <CompareSettings
            work={work.works[settingsOf]}
            me={me}
            around={around}
            letter={LETTERS[settingsOf] ?? ''}
            close={() => setSettingsOf(null)}
          />
        )}
      </Sheet>
    </>
  )
}
