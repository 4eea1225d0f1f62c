/** The page: words and looks as chosen, whose it is, and the screen of its address. */

import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { wordsOf } from '../words/say.ts'
import { Tooltips } from '../parts/tooltip.tsx'
import { WordsContext } from '../parts/use-words.ts'
import { languageOf, preferences, showPreferences } from '../preferences.ts'
import { EnterKey } from './enter-key.tsx'
import { Frame } from './frame.tsx'
import { useMe } from './use-me.ts'

export function App() {
  const chosen = useSyncExternalStore(preferences.subscribe, preferences.get)
  const words = useMemo(() => wordsOf(languageOf(chosen)), [chosen])
  const { entrance, enter, leave } = useMe()
  const [changing, setChanging] = useState(false)
  useEffect(() => showPreferences(chosen), [chosen])

  const inside = entrance.state === 'in' && !changing
  return (
    <WordsContext value={words}>
      <Tooltips>
        {inside && <Frame me={entrance.me} preferences={chosen} changeKey={() => setChanging(true)} leave={leave} />}
        {(entrance.state === 'out' || changing) && (
          <EnterKey
            addressOld={entrance.state === 'out' && entrance.addressOld}
            enter={async (key) => {
              const taken = await enter(key)
              if (taken) setChanging(false)
              return taken
            }}
          />
        )}
        {entrance.state === 'away' && (
          <div className="lone">
            <main>
              <p role="alert">{words.say('errNetwork')}</p>
            </main>
          </div>
        )}
      </Tooltips>
    </WordsContext>
  )
}
