/** The workbench: a bar, a conversation or the first sight, the field, and the inspector beside them. */

import { useCallback, useEffect, useRef, useState } from 'react'
import type { TurnId } from '../conversation/index.ts'
import type { DeskWork } from '../desk/desk.ts'
import { useDesk, type Around } from '../desk/use-desk.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Sheet } from '../parts/dialog.tsx'
import { SystemLine } from '../parts/system-line.tsx'
import { useWords } from '../parts/use-words.ts'
import type { Preferences } from '../preferences.ts'
import type { Me } from '../server.ts'
import { Ask } from './ask.tsx'
import { FirstSight } from './first-sight.tsx'
import { Inspector, type InspectorTab } from './inspector.tsx'
import { starters } from './starters.ts'
import { StatusRegion } from './status-region.tsx'
import { Talk } from './talk.tsx'
import { useCommands } from './use-commands.ts'
import { useRetry } from './use-retry.ts'
import { useStarterTokens } from './use-starter-tokens.ts'

interface WorkbenchProps {
  readonly work: DeskWork
  readonly me: Me
  readonly around: Around
  readonly preferences: Preferences
  readonly openMenu: () => void
  readonly newRequest: () => void
  readonly compare: () => void
  readonly keyName: string
  readonly changeKey: () => void
  readonly tab: InspectorTab
  readonly setTab: (tab: InspectorTab) => void
  readonly spelling: string
  readonly setSpelling: (id: string) => void
  /** Rises when the request is to be shown as JSON. */
  readonly jsonAsked: number
}

function useNarrow(): boolean {
  const query = '(max-width: 1000px)'
  const [narrow, setNarrow] = useState(() => matchMedia(query).matches)
  useEffect(() => {
    const list = matchMedia(query)
    const changed = (): void => setNarrow(list.matches)
    list.addEventListener('change', changed)
    return () => list.removeEventListener('change', changed)
  }, [])
  return narrow
}

export function Workbench(props: WorkbenchProps) {
  const { work, me, around, preferences, tab, setTab } = props
  const desk = useDesk(work, me, around)
  useRetry(work, desk, preferences.retry)
  const { say, language } = useWords()
  const { acts } = desk
  const narrow = useNarrow()
  const [sheet, setSheet] = useState(false)
  const [shown, setShown] = useState(true)
  const [editing, setEditing] = useState<TurnId | null>(null)
  const [systemOpen, setSystemOpen] = useState(false)
  const [thinkingToggled, setThinkingToggled] = useState(0)
  const field = useRef<HTMLTextAreaElement>(null)
  const source = useRef('')
  const files = useRef<HTMLInputElement>(null)
  const first = desk.view.turns.filter(({ role }) => role !== 'system').length === 0

  const tokens = useStarterTokens(desk.settings.model, language, first)

  useCommands({
    desk,
    field,
    setEditing,
    toggleThinking: () => setThinkingToggled((times) => times + 1),
    toggleInspector: () => (narrow ? setSheet((open) => !open) : setShown((open) => !open)),
    copyCode: () => acts.turns.copy(source.current),
    newRequest: props.newRequest,
    compare: props.compare,
  })

  const keepSource = useCallback((text: string): void => {
    source.current = text
  }, [])
  const closeSheet = useCallback(() => setSheet(false), [])
  const open = (next: InspectorTab): void => {
    setTab(next)
    setSheet(true)
  }
  const inspector = (
    <Inspector
      desk={desk}
      tab={tab}
      setTab={setTab}
      {...(narrow ? { close: closeSheet } : {})}
      keyName={props.keyName}
      changeKey={props.changeKey}
      spelling={props.spelling}
      jsonAsked={props.jsonAsked}
      setSpelling={props.setSpelling}
      codeSource={keepSource}
    />
  )
  const ask = (
    <Ask
      desk={desk}
      field={field}
      enterRuns={preferences.enterRuns}
      first={first}
      openSystem={() => setSystemOpen(true)}
    />
  )

  return (
    <>
      <main className="main">
        <div className="bar">
          <IconButton icon="bars" label={say('menu')} className="only-narrow" onClick={props.openMenu} />
          {!first && <h1 className="cut">{desk.title === '' ? say('untitled') : desk.title}</h1>}
          {!first && <span className="dim kept">{desk.kept === 'kept' ? say('keptHere') : say('notKept')}</span>}
          <span className="space" />
          <Button kind="quiet" icon="columns" className="only-wide" onClick={props.compare}>
            <span className="words">{say('compare')}</span>
          </Button>
          {first ? (
            <Button kind="quiet" icon="into" className="only-wide" onClick={() => files.current?.click()}>
              <span className="words">{say('import')}</span>
            </Button>
          ) : (
            <>
              <Button kind="quiet" icon="link" className="only-wide" onClick={acts.share}>
                <span className="words">{say('share')}</span>
              </Button>
              <Button icon="plus" className="only-wide" onClick={props.newRequest}>
                <span className="words">{say('newOne')}</span>
              </Button>
            </>
          )}
          <IconButton icon="code" label={say('api')} className="only-narrow" onClick={() => open('api')} />
          <IconButton icon="sliders" label={say('settings')} className="only-narrow" onClick={() => open('settings')} />
          <input
            ref={files}
            type="file"
            accept="application/json,.json,.txt,.sh"
            hidden
            onChange={(event) => {
              acts.importFiles([...(event.target.files ?? [])])
              event.target.value = ''
            }}
          />
        </div>
        {first ? (
          <FirstSight
            model={desk.settings.model}
            base={location.origin}
            offline={desk.offline}
            starters={starters(say, tokens)}
            take={acts.starter}
            ask={ask}
            system={
              <SystemLine
                text={desk.system}
                tokens={null}
                change={acts.setSystem}
                open={systemOpen}
                setOpen={setSystemOpen}
              />
            }
          />
        ) : (
          <>
            <Talk
              desk={desk}
              thinkingShown={preferences.thinking}
              editing={editing}
              setEditing={setEditing}
              systemOpen={systemOpen}
              setSystemOpen={setSystemOpen}
              thinkingToggled={thinkingToggled}
            />
            <div className="composer-place">{ask}</div>
          </>
        )}
        <StatusRegion desk={desk} />
      </main>
      {!narrow && shown && inspector}
      {narrow && (
        <Sheet open={sheet} close={() => setSheet(false)} title={say('inspector')} wide={tab === 'api'}>
          {inspector}
        </Sheet>
      )}
    </>
  )
}
