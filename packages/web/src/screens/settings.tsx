/** What a person chooses for this browser, and the session. */

import type { ReactNode } from 'react'
import { Button, IconButton } from '../parts/button.tsx'
import { Segments, Switch } from '../parts/controls.tsx'
import { useWords } from '../parts/use-words.ts'
import { preferences as store, type Preferences } from '../preferences.ts'
import type { Me } from '../server.ts'
import { sessionEnd } from './session-end.ts'

interface SettingsProps {
  readonly preferences: Preferences
  readonly me: Me
  readonly leave: () => void
  readonly openMenu: () => void
}

function Line({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="row">
      <span className="name">{name}</span>
      {children}
    </div>
  )
}

export default function Settings({ preferences, me, leave, openMenu }: SettingsProps) {
  const { say, format } = useWords()
  const until = sessionEnd(me)
  return (
    <main className="main">
      <div className="bar">
        <IconButton icon="bars" label={say('menu')} className="only-narrow" onClick={openMenu} />
        <h1>{say('settings')}</h1>
      </div>
      <div className="page">
        <div>
          <Line name={say('language')}>
            <Segments
              label={say('language')}
              value={preferences.language}
              segments={[
                { value: 'system', says: say('languageSystem') },
                { value: 'en', says: 'English' },
                { value: 'zh', says: '简体中文' },
              ]}
              choose={(language) => store.set({ language })}
            />
          </Line>
          <Line name={say('theme')}>
            <Segments
              label={say('theme')}
              value={preferences.theme}
              segments={[
                { value: 'system', says: say('themeSystem') },
                { value: 'light', says: say('themeLight') },
                { value: 'dark', says: say('themeDark') },
              ]}
              choose={(theme) => store.set({ theme })}
            />
          </Line>
          <Line name={say('thinkingShown')}>
            <Segments
              label={say('thinkingShown')}
              value={preferences.thinking}
              segments={[
                { value: 'window', says: say('thinkingWindow') },
                { value: 'open', says: say('thinkingOpen') },
                { value: 'closed', says: say('thinkingClosed') },
              ]}
              choose={(thinking) => store.set({ thinking })}
            />
          </Line>
          <Line name={say('enterRuns')}>
            <Switch
              label={say('enterRuns')}
              on={preferences.enterRuns}
              turn={(enterRuns) => store.set({ enterRuns })}
            />
          </Line>
          <Line name={say('retryAlone')}>
            <Switch label={say('retryAlone')} on={preferences.retry} turn={(retry) => store.set({ retry })} />
          </Line>
          <h2>{say('session')}</h2>
          <Line name={me.key === null ? say('session') : `${say('apiKey')}: ${me.key.name}`}>
            {until !== null && <span className="dim">{say('sessionUntil', format.exactly(until))}</span>}
            <Button small onClick={leave}>
              {say('leave')}
            </Button>
          </Line>
        </div>
      </div>
    </main>
  )
}
