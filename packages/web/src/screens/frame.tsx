/** The frame around each screen: side bar or drawer, palette, keys, and the screen of the address. */

import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { CompareWork } from '../desk/compare-work.ts'
import { DeskWork } from '../desk/desk.ts'
import { useDeskPart } from '../desk/use-desk-part.ts'
import { Sheet } from '../parts/dialog.tsx'
import { SideBar, type PlaceShown, type RecentShown } from '../parts/side-bar.tsx'
import { Toast, type ToastShown } from '../parts/toast.tsx'
import { useWords } from '../parts/use-words.ts'
import { preferences as chosen, type Preferences } from '../preferences.ts'
import { deepLinked, sharedRequest, shareFragment } from '../request/share-link.ts'
import type { Me } from '../server.ts'
import type { InspectorTab } from './inspector.tsx'
import { NotThere } from './not-there.tsx'
import { recentActs, recentShown } from './recent-acts.ts'
import { useAddress } from './use-address.ts'
import { useHistory } from './use-history.ts'
import { useKeys } from './use-keys.ts'
import { useTabSign } from './use-tab-sign.ts'
import { Workbench } from './workbench.tsx'

const Compare = lazy(() => import('./compare.tsx'))
const Runs = lazy(() => import('./runs.tsx'))
const Settings = lazy(() => import('./settings.tsx'))
const RenameDialog = lazy(() => import('../parts/rename-dialog.tsx'))
const Palette = lazy(() => import('./go-anywhere.tsx'))
const Keys = lazy(async () => {
  const { KeysTable } = await import('../parts/keys-table.tsx')
  return { default: KeysTable }
})

const OVER: ReadonlySet<string> = new Set(['complete', 'seam', 'stopped', 'failed'])

interface FrameProps {
  readonly me: Me
  readonly preferences: Preferences
  readonly changeKey: () => void
  readonly leave: () => void
  /** Asks again whose page this is, and what is left. */
  readonly refresh: () => void
}

/** `kimi-k2.5` where the server has it, else its first. */
function firstModel({ models }: Me): string {
  const wanted = new URLSearchParams(location.search).get('model')
  const found = models.find(({ id }) => id === wanted) ?? models.find(({ id }) => id === 'kimi-k2.5') ?? models[0]
  return found?.id ?? 'kimi-k2.5'
}

async function copyLink(work: DeskWork): Promise<void> {
  const fragment = await shareFragment(work.request())
  await navigator.clipboard.writeText(`${location.origin}/${fragment}`)
}

/** A request that came with the address is opened, once, and taken out of it. */
function useOpened(work: DeskWork): void {
  const taken = useRef(false)
  useEffect(() => {
    if (taken.current) return
    taken.current = true
    const open = async (): Promise<void> => {
      const request =
        (await sharedRequest(location.hash)) ?? deepLinked(location.search, work.store.get().settings.model)
      if (request === null) return
      history.replaceState(null, '', location.pathname)
      work.open(request)
    }
    void open()
  }, [work])
}

export function Frame({ me, preferences, changeKey, leave, refresh }: FrameProps) {
  const { say, language } = useWords()
  const [at, go] = useLocation()
  const [work, setWork] = useState(() => new DeskWork(firstModel(me)))
  const latest = useRef(work)
  useEffect(() => {
    latest.current = work
  }, [work])
  const [comparison, setComparison] = useState<CompareWork | null>(null)
  const makeRow = useCallback((): DeskWork => {
    const made = new DeskWork(firstModel(me))
    made.store.set({ settings: latest.current.store.get().settings })
    return made
  }, [me])
  const [drawer, setDrawer] = useState(false)
  const [palette, setPalette] = useState(false)
  const [keys, setKeys] = useState(false)
  const [tab, setTab] = useState<InspectorTab>('settings')
  const [spelling, setSpelling] = useState(() => new URLSearchParams(location.search).get('code') ?? 'curl')
  const [toast, setToast] = useState<ToastShown | null>(null)
  const [renaming, setRenaming] = useState<RecentShown | null>(null)
  const [jsonAsked, setJsonAsked] = useState(0)

  useEffect(() => work.changed(), [work])
  useOpened(work)
  const tell = useCallback((says: string) => setToast({ says }), [])
  const remembered = useHistory(work)
  useAddress({ work, setWork, remembered, at, go, model: firstModel(me) })

  const importAll = remembered.import
  const around = useMemo(
    () => ({
      language,
      enterKey: changeKey,
      showJson: () => {
        setTab('settings')
        setJsonAsked((times) => times + 1)
      },
      say: tell,
      share: () => {
        copyLink(latest.current).then(
          () => tell(say('linkCopied')),
          () => tell(say('couldNotOpen')),
        )
      },
      importFiles: (files: readonly File[]) => {
        importAll(files).then(
          ({ came, skipped }) => tell(say('imported', came, skipped)),
          () => tell(say('couldNotOpen')),
        )
      },
    }),
    [language, changeKey, say, tell, importAll],
  )
  const id = useDeskPart(work, (state) => state.id)
  const title = useDeskPart(work, (state) => state.title)
  const phase = useDeskPart(work, ({ view }) => view.turns.at(-1)?.answer?.phase ?? 'none')
  useTabSign(title, phase)
  useEffect(() => {
    // An answer that is over was paid for: what is left is another amount.
    if (OVER.has(phase)) refresh()
  }, [phase, refresh])

  const newRequest = useCallback((): void => {
    setWork(new DeskWork(firstModel(me)))
    go('/')
  }, [me, go])

  const onCompare = at.startsWith('/compare')
  useEffect(() => {
    if (onCompare) setComparison((before) => before ?? new CompareWork(work))
  }, [onCompare, work])

  useKeys((command) => {
    const acts: Partial<Record<typeof command, () => void>> = {
      palette: () => setPalette(true),
      keys: () => setKeys(true),
      side: () => chosen.set({ sideClosed: !chosen.get().sideClosed }),
      goWorkbench: () => go('/'),
      goCompare: () => go('/compare'),
      goRuns: () => go('/runs'),
      goSettings: () => go('/settings'),
    }
    acts[command]?.()
    return command in acts
  })

  const onWorkbench = at === '/' || at.startsWith('/c/')
  const places = useMemo<readonly PlaceShown[]>(
    () => [
      { href: '/', says: say('workbench'), icon: 'prompt', here: onWorkbench },
      { href: '/compare', says: say('compare'), icon: 'columns', here: onCompare },
      { href: '/runs', says: say('runs'), icon: 'lines', here: at.startsWith('/runs') },
      { href: '/settings', says: say('settings'), icon: 'gear', here: at === '/settings' },
    ],
    [say, at, onWorkbench, onCompare],
  )
  const recent = useMemo(
    () => recentShown(remembered.list, { id: onWorkbench ? id : null, phase }),
    [remembered.list, onWorkbench, id, phase],
  )
  const acts = useMemo(
    () =>
      recentActs(remembered, {
        say,
        toast: setToast,
        rename: setRenaming,
        removed: (gone) => {
          if (gone === latest.current.store.get().id) newRequest()
        },
      }),
    [remembered, say, newRequest],
  )
  const side = (
    <SideBar
      host={`:${location.port || (location.protocol === 'https:' ? '443' : '80')}`}
      places={places}
      recent={recent}
      acts={acts}
      note={remembered.full && <p className="note warn side-note">{say('storageFull')}</p>}
      owner={
        me.organisation === null
          ? null
          : {
              name: me.organisation.name,
              about: [me.key?.name ?? '', me.organisation.tier].filter((part) => part !== '').join(' · '),
              available: me.balance?.available ?? null,
              currency: me.balance?.currency ?? me.organisation.currency,
            }
      }
      openOwner={() => go('/settings')}
      now={Date.now()}
    />
  )

  return (
    <div className={preferences.sideClosed ? 'frame side-closed' : 'frame'}>
      {(onWorkbench || onCompare) && (
        <a className="skip" href="#composer">
          {say('skipToField')}
        </a>
      )}
      {side}
      {onWorkbench ? (
        <Workbench
          work={work}
          me={me}
          around={around}
          preferences={preferences}
          openMenu={() => setDrawer(true)}
          newRequest={newRequest}
          compare={() => {
            setComparison(new CompareWork(work))
            go('/compare')
          }}
          keyName={me.key?.name ?? ''}
          changeKey={changeKey}
          tab={tab}
          setTab={setTab}
          spelling={spelling}
          setSpelling={setSpelling}
          jsonAsked={jsonAsked}
        />
      ) : onCompare ? (
        <Suspense>
          {comparison !== null && (
            <Compare
              work={comparison}
              me={me}
              around={around}
              preferences={preferences}
              openMenu={() => setDrawer(true)}
              choose={(column) => {
                const chosenWork = comparison.works[column]
                if (chosenWork === undefined) return
                chosenWork.store.set({ draft: '' })
                setWork(chosenWork)
                setComparison(null)
                go('/')
              }}
            />
          )}
        </Suspense>
      ) : at.startsWith('/runs') ? (
        <Suspense>
          <Runs makeRow={makeRow} openMenu={() => setDrawer(true)} say={tell} />
        </Suspense>
      ) : at === '/settings' ? (
        <Suspense>
          <Settings preferences={preferences} me={me} leave={leave} openMenu={() => setDrawer(true)} />
        </Suspense>
      ) : (
        <NotThere go={() => go('/')} />
      )}
      <Sheet open={drawer} close={() => setDrawer(false)} title={say('menu')} side="left">
        {side}
      </Sheet>
      <Suspense>
        {palette && (
          <Palette
            close={() => setPalette(false)}
            places={places}
            go={go}
            newRequest={newRequest}
            recent={recent}
            models={me.models.map((model) => model.id)}
          />
        )}
        {keys && <Keys open close={() => setKeys(false)} />}
      </Suspense>
      <Toast toast={toast} gone={() => setToast(null)} />
      <Suspense>
        {renaming !== null && (
          <RenameDialog
            title={renaming.title}
            save={(name) => {
              remembered.rename(renaming.id, name)
              if (renaming.id === id) work.store.set({ title: name })
            }}
            close={() => setRenaming(null)}
          />
        )}
      </Suspense>
    </div>
  )
}
