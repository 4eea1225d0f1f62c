/** The address of a conversation: one that was begun gets it, and one that is gone to is opened. */

import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { DeskWork } from '../desk/desk.ts'
import type { Remembered } from './use-history.ts'

interface AddressOptions {
  readonly work: DeskWork
  readonly setWork: (work: DeskWork) => void
  readonly remembered: Remembered
  readonly at: string
  readonly go: (to: string, options?: { readonly replace?: boolean }) => void
  readonly model: string
}

export function useAddress(options: AddressOptions): void {
  const { work, at } = options
  const id = useSyncExternalStore(work.store.subscribe, () => work.store.get().id)
  const wanted = /^\/c\/([\w-]+)/.exec(at)?.[1] ?? null
  const latest = useRef(options)
  useEffect(() => {
    latest.current = options
  })

  useEffect(() => {
    if (id !== null && at === '/') latest.current.go(`/c/${id}`, { replace: true })
  }, [id, at])

  useEffect(() => {
    if (wanted === null || wanted === id) return undefined
    let over = false
    const { remembered, model, go, setWork } = latest.current
    const open = async (): Promise<void> => {
      const opened = await remembered.open(wanted, model)
      if (over) return
      if (opened === null) go('/', { replace: true })
      else setWork(opened)
    }
    open().catch(() => {
      if (!over) go('/', { replace: true })
    })
    return () => {
      over = true
    }
  }, [wanted, id])
}
