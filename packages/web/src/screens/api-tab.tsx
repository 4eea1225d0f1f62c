/** The API tab of the workbench: the request as a program, and under it what went over the wire. */

import { Code } from '../parts/api/code.tsx'
import { Wire } from '../parts/api/wire.tsx'
import { useWords } from '../parts/use-words.ts'
import { hasMedia, spellingsShown, spelt } from '../request/spelt.ts'
import type { Desk } from './desk.ts'

interface ApiTabProps {
  readonly desk: Desk
  readonly spelling: string
  readonly setSpelling: (id: string) => void
  readonly codeSource: (source: string) => void
}

export default function ApiTab({ desk, spelling, setSpelling, codeSource }: ApiTabProps) {
  const { language } = useWords()
  return (
    <>
      <Code
        spellings={spellingsShown(language)}
        chosen={spelling}
        choose={setSpelling}
        spell={(id, { everything, withMedia }) =>
          spelt(id, desk.request, { language, baseUrl: location.origin, everything, withMedia, headers: desk.headers })
        }
        hasMedia={hasMedia(desk.request)}
        current={codeSource}
      />
      <Wire wire={desk.wire} downloads={desk.downloads} />
    </>
  )
}
