/** An answer that was refused for want of room is run again by itself, when its time has come and nobody said not to. */

import { useEffect } from 'react'
import type { DeskWork } from '../desk/desk.ts'
import type { Desk } from './desk.ts'

export function useRetry(work: DeskWork, desk: Desk, on: boolean): void {
  const turn = desk.view.turns.at(-1)
  const failed = turn?.answer?.notes.find((note) => note.kind === 'failed')
  const at = failed?.error.remedies.includes('run-when-room') === true ? failed.error.retryAt : undefined
  const id = turn?.id
  useEffect(() => {
    if (!on || at === undefined || id === undefined) return undefined
    work.store.set({ waiting: { ...work.store.get().waiting, [id]: at } })
    const timer = setTimeout(
      () => {
        if (work.store.get().waiting[id] === undefined) return
        work.doNotRun(id)
        work.again(id)
      },
      Math.max(0, at - Date.now()),
    )
    return () => clearTimeout(timer)
  }, [work, on, at, id])
}
