/** The composer of the workbench: what stands in it, what it costs at most, Run and Stop. */

import { useState, type RefObject } from 'react'
import { printedKeys } from '../keys.ts'
import { Button, IconButton } from '../parts/button.tsx'
import { Composer } from '../parts/composer/composer.tsx'
import { Estimate, Holding } from '../parts/composer/estimate.tsx'
import { Offer } from '../parts/composer/offer.tsx'
import { onMac } from '../parts/on-mac.ts'
import { MediaChip } from '../parts/media-chip.tsx'
import { useWords } from '../parts/use-words.ts'
import { Variables } from '../parts/variables.tsx'
import { variablesIn } from '../parts/variables-in.ts'
import type { Desk } from './desk.ts'

interface AskProps {
  readonly desk: Desk
  readonly field: RefObject<HTMLTextAreaElement | null>
  readonly enterRuns: boolean
  readonly first: boolean
  readonly openSystem: () => void
}

export function Ask({ desk, field, enterRuns, first, openSystem }: AskProps) {
  const { say } = useWords()
  const [explained, setExplained] = useState(false)
  const { acts } = desk
  const running = desk.view.running.length > 0
  const empty = desk.draft.trim() === '' && desk.media.length === 0
  const placeholder = running ? say('askOn') : say(first ? 'askFirst' : 'ask')
  const runKeys = enterRuns ? '↵' : printedKeys('Mod Enter', onMac)

  const act =
    running && empty ? (
      <Button icon="stop" keys="Esc" onClick={acts.stop}>
        {say('stop')}
      </Button>
    ) : (
      <Button kind="go" icon="up" keys={runKeys} onClick={acts.run}>
        {say('run')}
      </Button>
    )

  return (
    <>
      {desk.offer !== null && <Offer kind={desk.offer.kind} open={acts.openOffer} keep={acts.keepText} />}
      {desk.queued > 0 && <p className="queued">{say('queued', desk.queued)}</p>}
      <Composer
        field={field}
        value={desk.draft}
        change={acts.setDraft}
        placeholder={placeholder}
        run={acts.run}
        enterRuns={enterRuns}
        addFiles={acts.addFiles}
        pasted={acts.pasted}
        openOffer={desk.offer === null ? undefined : acts.openOffer}
        focusAtOnce={first}
        media={
          desk.media.length > 0 && (
            <div className="media-row">
              {desk.media.map((media) => (
                <MediaChip key={media.key} media={media} remove={() => acts.removeMedia(media.key)} />
              ))}
            </div>
          )
        }
        below={
          <Variables
            names={variablesIn(desk.draft)}
            values={desk.variables}
            set={acts.setVariable}
            explained={explained}
          />
        }
        tools={
          <>
            <IconButton
              icon="braces"
              label={say('variables')}
              aria-pressed={explained}
              onClick={() => setExplained(!explained)}
            />
            <IconButton icon="lines" label={say('roles')} onClick={openSystem} />
          </>
        }
        estimate={
          running && empty ? (
            <Holding held={desk.held?.amount ?? null} currency={desk.held?.currency ?? 'USD'} />
          ) : (
            <Estimate estimate={desk.estimate} costAlone={first && empty} />
          )
        }
        act={act}
      />
    </>
  )
}
