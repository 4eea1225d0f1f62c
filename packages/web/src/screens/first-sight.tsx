/** What a newcomer sees: the field with the focus in it, three things to try, and the way from here to a program. */

import type { ReactNode } from 'react'
import { CopyLine } from '../parts/button.tsx'
import { Starters, type StarterShown } from '../parts/starters.tsx'
import { useWords } from '../parts/use-words.ts'

interface FirstSightProps {
  readonly model: string
  readonly base: string
  readonly offline: boolean
  readonly starters: readonly StarterShown[]
  readonly take: (key: string) => void
  readonly ask: ReactNode
  readonly system: ReactNode
}

export function FirstSight({ model, base, offline, starters, take, ask, system }: FirstSightProps) {
  const { say, language } = useWords()
  return (
    <div className="first-sight" lang={language}>
      <div>
        <h1>{say('whatShould', model)}</h1>
        {system}
        <div>{ask}</div>
        <Starters starters={starters} take={take} />
        <div className="ways">
          <div>
            {say('sameServer')}
            <CopyLine text={`${base}/v1`} />
          </div>
          <div>
            {say('withKey')}
            <CopyLine text="grep ^MOONBASE_API_KEY= data/credentials" />
          </div>
          {offline && (
            <div className="whole">
              {say('offlineAnswers')}
              <CopyLine text="MOONBASE_UPSTREAM=http://10.0.0.5:8000/v1 npm start" />
            </div>
          )}
        </div>
      </div>
    </div>
  )
}
