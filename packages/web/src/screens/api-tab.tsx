/** The API tab of the workbench: the request as a program, and under it what went over the wire. */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Code } from '../parts/api/code.tsx'
import { Wire } from '../parts/api/wire.tsx'
import type { WireShown } from '../wire/wire-shown.ts'
import { useWords } from '../parts/use-words.ts'
import { hasMedia, spellingsShown, spelt } from '../request/spelt.ts'
import type { Desk } from './desk.ts'

const EVERY_MS = 250

/** While bytes come, their view is drawn four times a second. */
function useCalm(wire: WireShown | null): WireShown | null {
  const [shown, setShown] = useState(wire)
  const latest = useRef(wire)
  const waits = wire !== shown
  const alive = wire?.alive === true
  useEffect(() => {
    latest.current = wire
  })
  useEffect(() => {
    if (!waits) return undefined
    const timer = setTimeout(() => setShown(latest.current), alive ? EVERY_MS : 0)
    return () => clearTimeout(timer)
  }, [waits, alive, shown])
  return shown
}

interface ApiTabProps {
  readonly desk: Desk
  readonly spelling: string
  readonly setSpelling: (id: string) => void
  readonly codeSource: (source: string) => void
}

export default function ApiTab({ desk, spelling, setSpelling, codeSource }: ApiTabProps) {
  const { language } = useWords()
  const { request, headers } = desk
  const wire = useCalm(desk.wire)
  const spellings = useMemo(() => spellingsShown(language), [language])
  const spell = useCallback(
    (id: string, { everything, withMedia }: { everything: boolean; withMedia: boolean }) =>
      spelt(id, request, { language, baseUrl: location.origin, everything, withMedia, headers }),
    [request, headers, language],
  )
  return (
    <>
      <Code
        spellings={spellings}
        chosen={spelling}
        choose={setSpelling}
        spell={spell}
        hasMedia={hasMedia(request)}
        current={codeSource}
      />
      <Wire wire={wire} downloads={desk.downloads} />
    </>
  )
}
