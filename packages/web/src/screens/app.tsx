/** The page: words and looks as chosen, whose it is, and the screen of its address. */

import { useEffect, useState, useSyncExternalStore } from 'react'
import { loadLanguage, wordsOf, type Words } from '../words/say.ts'
import type { Language } from '../words/format.ts'
import { Tooltips } from '../parts/tooltip.tsx'
import { WordsContext } from '../parts/use-words.ts'
import { languageOf, preferences, showPreferences } from '../preferences.ts'
import { EnterKey } from './enter-key.tsx'
import { Frame } from './frame.tsx'
import { useMe } from './use-me.ts'

/** The words of a language as soon as they are there; until then those that were there before. */
function useLoadedWords(language: Language): Words {
  const [words, setWords] = useState(() => wordsOf(language))
  useEffect(() => {
    let over = false
    const show = (): void => {
      if (!over) setWords(wordsOf(language))
    }
    loadLanguage(language).then(show, show)
    return () => {
      over = true
    }
  }, [language])
  return words
}

export function App() {
  const chosen = useSyncExternalStore(preferences.subscribe, preferences.get)
  const words = useLoadedWords(languageOf(chosen))
  const { entrance, enter, leave, refresh } = useMe()
  const [changing, setChanging] = useState(false)
  useEffect(() => showPreferences(chosen), [chosen])

  const inside = entrance.state === 'in' && !changing
  return (
    <WordsContext value={words}>
      <Tooltips>
        {inside && (
          <Frame
            me={entrance.me}
            preferences={chosen}
            changeKey={() => setChanging(true)}
            leave={leave}
            refresh={refresh}
          />
        )}
        {(entrance.state === 'out' || changing) && (
          <EnterKey
            addressOld={entrance.state === 'out' && entrance.addressOld}
            {...(changing ? { cancel: () => setChanging(false) } : {})}
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
