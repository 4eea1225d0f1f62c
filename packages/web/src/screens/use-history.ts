/** The list of what this browser keeps, and what is done with it; the desk that is open is kept while it changes. */

import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { DeskWork } from '../desk/desk.ts'
import { download } from '../desk/download.ts'
import { keepMedia, keptOf, openedDesk } from '../desk/kept-desk.ts'
import type { Change, History, Keeper, Kept, Summary } from '../history/index.ts'

export interface Remembered {
  readonly list: readonly Summary[]
  readonly full: boolean
  /** Resolves to null where it is gone or cannot be read. */
  readonly open: (id: string, model: string) => Promise<DeskWork | null>
  readonly rename: (id: string, title: string) => void
  readonly pin: (id: string, pinned: boolean) => void
  /** What is given back undoes it. */
  readonly remove: (id: string) => Promise<(() => void) | null>
  readonly exportJson: (ids: readonly string[]) => void
  readonly exportMarkdown: (id: string) => void
  /** How many came, and how many were left out. */
  readonly import: (files: readonly File[]) => Promise<{ readonly came: number; readonly skipped: number }>
}

interface Opened {
  readonly history: History
  readonly code: typeof import('../history/index.ts')
  readonly close: () => void
}

async function openHistory(changed: (change: Change) => void): Promise<Opened> {
  const code = await import('../history/index.ts')
  const shelf = await code.openIndexedShelf(indexedDB, () => location.reload())
  const channel = new BroadcastChannel('moonbase')
  const history = new code.History(shelf, (change) => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel of this origin alone
    channel.postMessage(change)
    changed(change)
  })
  const deaf = code.onChange(channel, changed)
  return {
    history,
    code,
    close: () => {
      deaf()
      channel.close()
      shelf.close()
    },
  }
}

const later = (work: () => void, ms: number): (() => void) => {
  const timer = setTimeout(work, ms)
  return () => clearTimeout(timer)
}

/** Nothing that fails here stops the work: what is not kept is said to be not kept. */
function quietly(work: Promise<unknown>): void {
  work.catch(() => undefined)
}

async function importFile({ history, code }: Opened, file: File) {
  const known = { newId: () => crypto.randomUUID(), now: Date.now() }
  const { conversations, media, skipped } = await code.importFile(await file.text(), known)
  for (const [digest, blob] of media) await history.keepMedia(digest, blob)
  for (const kept of conversations) await history.keep(kept)
  return { came: conversations.length, skipped: skipped.length }
}

export function useHistory(work: DeskWork): Remembered {
  const [list, setList] = useState<readonly Summary[]>([])
  const [full, setFull] = useState(false)
  const opened = useRef<Promise<Opened> | null>(null)
  const madeAt = useRef(new Map<string, Pick<Kept, 'madeAt' | 'pinned'>>())

  const refresh = useCallback(async (): Promise<void> => {
    const { history } = (await opened.current) ?? {}
    if (history === undefined) return
    const lines = await history.list()
    for (const { id, madeAt: at, pinned } of lines) madeAt.current.set(id, { madeAt: at, pinned })
    setList(lines)
  }, [])

  useEffect(() => {
    const opening = openHistory(() => quietly(refresh()))
    opened.current = opening
    quietly(opening.then(() => refresh()))
    return () => {
      opened.current = null
      quietly(opening.then(({ close }) => close()))
    }
  }, [refresh])

  useEffect(() => {
    let keeper: Keeper | null = null
    let last = work.store.conversation
    let over = false
    const keep = (): void => {
      if (keeper === null || work.store.conversation === last) return
      last = work.store.conversation
      const id = work.store.get().id ?? ''
      const known = madeAt.current.get(id) ?? { madeAt: Date.now(), pinned: false }
      madeAt.current.set(id, known)
      const kept = keptOf(work, known, Date.now())
      if (kept === null) return
      keeper.changed(kept)
      if (!work.running) quietly(keeper.flush())
    }
    const begin = async (): Promise<void> => {
      const { history, code } = (await opened.current) ?? {}
      if (history === undefined || code === undefined || over) return
      keeper = new code.Keeper({
        keep: async (kept) => {
          await keepMedia(history, work)
          return history.keep(kept)
        },
        told: (how) => {
          setFull(how === 'full')
          work.store.set({ kept: how })
        },
        later,
      })
      keep()
    }
    quietly(begin())
    const leave = work.store.subscribe(keep)
    const hidden = (): void => {
      if (document.visibilityState === 'hidden' && keeper !== null) quietly(keeper.flush())
    }
    document.addEventListener('visibilitychange', hidden)
    return () => {
      over = true
      leave()
      document.removeEventListener('visibilitychange', hidden)
      if (keeper !== null) quietly(keeper.flush())
    }
  }, [work])

  return useMemo(() => {
    const with_ = async <Result>(act: (opened: Opened) => Promise<Result>): Promise<Result | null> => {
      const found = await opened.current
      return found === null ? null : act(found)
    }
    return {
      list,
      full,
      open: (id, model) =>
        with_(async ({ history }) => {
          const kept = await history.open(id)
          return kept === undefined ? null : openedDesk(history, kept, model)
        }),
      rename: (id, title) => quietly(with_(({ history }) => history.change(id, { title }))),
      pin: (id, pinned) => quietly(with_(({ history }) => history.change(id, { pinned }))),
      remove: (id) =>
        with_(async ({ history }) => {
          const undo = await history.remove(id)
          return undo === undefined ? null : () => quietly(undo())
        }),
      exportJson: (ids) =>
        quietly(
          with_(async ({ history, code }) => {
            const kept = (await Promise.all(ids.map((id) => history.open(id)))).filter((one) => one !== undefined)
            const text = await code.exportJson(kept, (digest) => history.media(digest), new Date().toISOString())
            download('moonbase-conversations.json', 'application/json', [text])
          }),
        ),
      exportMarkdown: (id) =>
        quietly(
          with_(async ({ history, code }) => {
            const kept = await history.open(id)
            if (kept !== undefined) download('conversation.md', 'text/markdown', [code.exportMarkdown(kept)])
          }),
        ),
      import: async (files) => {
        const sum = { came: 0, skipped: 0 }
        for (const file of files) {
          const found = await with_((opening) => importFile(opening, file))
          sum.came += found?.came ?? 0
          sum.skipped += found?.skipped ?? 0
        }
        return sum
      },
    }
  }, [list, full])
}
