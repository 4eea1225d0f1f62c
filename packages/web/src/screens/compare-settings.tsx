/** The settings of one column of a comparison, in a sheet. */

import { useState } from 'react'
import type { DeskWork } from '../desk/desk.ts'
import { useDesk, type Around } from '../desk/use-desk.ts'
import type { Me } from '../server.ts'
import { Inspector, type InspectorTab } from './inspector.tsx'

interface CompareSettingsProps {
  readonly work: DeskWork
  readonly me: Me
  readonly around: Around
  readonly letter: string
  readonly close: () => void
}

export function CompareSettings({ work, me, around, close }: CompareSettingsProps) {
  const desk = useDesk(work, me, around)
  const [tab, setTab] = useState<InspectorTab>('settings')
  const [spelling, setSpelling] = useState('curl')
  return (
    <Inspector
      desk={desk}
      tab={tab}
      setTab={setTab}
      close={close}
      keyName={me.key?.name ?? ''}
      changeKey={around.enterKey}
      spelling={spelling}
      setSpelling={setSpelling}
      codeSource={() => undefined}
    />
  )
}
