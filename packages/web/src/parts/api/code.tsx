/** The request as a program, in seven spellings: to copy, and to be told what one of them cannot say. */

import { memo, useEffect, useMemo, useState } from 'react'
import type { SpellingShown, SpeltShown } from '../../request/spelt.ts'
import { Button, CopyButton } from '../button.tsx'
import { CodeBlock } from '../answer/code-block.tsx'
import { Tabs, TabList, TabPanel } from '../tabs.tsx'
import { useWords } from '../use-words.ts'

interface CodeProps {
  readonly spellings: readonly SpellingShown[]
  readonly chosen: string
  readonly choose: (id: string) => void
  readonly spell: (id: string, options: { everything: boolean; withMedia: boolean }) => SpeltShown
  readonly hasMedia: boolean
  /** Told what Ctrl Shift C copies. */
  readonly current?: (source: string) => void
}

export const Code = memo(function Code({ spellings, chosen, choose, spell, hasMedia, current }: CodeProps) {
  const { say } = useWords()
  const [everything, setEverything] = useState(false)
  const [withMedia, setWithMedia] = useState(false)
  const shown = spellings.find(({ id }) => id === chosen) ?? spellings[0]
  const shownId = shown?.id
  const spelt = useMemo(
    () => (shownId === undefined ? null : spell(shownId, { everything, withMedia })),
    [spell, shownId, everything, withMedia],
  )
  const source = spelt?.source ?? ''
  useEffect(() => current?.(source), [current, source])
  if (shown === undefined || spelt === null) return null
  return (
    <Tabs value={shown.id} tabs={spellings.map(({ id, name }) => ({ value: id, says: name }))} choose={choose}>
      <div className="spelling-tabs">
        <TabList label={say('code')} tabs={spellings.map(({ id, name }) => ({ value: id, says: name }))} scrolls />
      </div>
      <TabPanel value={shown.id}>
        <div className="api-code">
          <CodeBlock pieces={[source]} lines={1} language={shown.language} plain />
          <footer>
            <span>{shown.waiting === '' ? say('testedWith', shown.tested) : shown.waiting}</span>
            {hasMedia && (
              <Button kind="quiet" small aria-pressed={withMedia} onClick={() => setWithMedia(!withMedia)}>
                {say('withMedia')}
              </Button>
            )}
            <Button kind="quiet" small aria-pressed={everything} onClick={() => setEverything(!everything)}>
              {say('everything')}
            </Button>
            <CopyButton kind="plain" text={() => source} />
          </footer>
        </div>
        {spelt.notes.length > 0 && (
          <ul className="spelling-notes">
            {spelt.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        )}
      </TabPanel>
    </Tabs>
  )
})
