/** Whose page this is: by the printed address if there is one, else by the session, else nobody's. Asked again when the page is looked at. */

import { useCallback, useEffect, useState } from 'react'
import { enterByKey, enterByToken, leave, me, type Me } from '../server.ts'

type Entrance =
  | { readonly state: 'asking' }
  | { readonly state: 'in'; readonly me: Me }
  | { readonly state: 'out'; readonly addressOld: boolean }
  | { readonly state: 'away' }

/** The token of a printed address, taken out of the address at once: it opens once, and stays in no history. */
function takeToken(): string | null {
  const found = /^#enter=(.+)$/.exec(location.hash)
  if (found === null) return null
  history.replaceState(null, '', `${location.pathname}${location.search}`)
  return found[1] ?? null
}

/** Taken once, when the file is read: a second render must not find it gone. */
const token = takeToken()
let used = false

async function arrive(): Promise<Entrance> {
  let addressOld = false
  if (token !== null && !used) {
    used = true
    addressOld = !(await enterByToken(token))
  }
  const found = await me()
  return found === null ? { state: 'out', addressOld } : { state: 'in', me: found }
}

interface Entered {
  readonly entrance: Entrance
  readonly enter: (key: string) => Promise<boolean>
  readonly leave: () => void
  readonly refresh: () => void
}

export function useMe(): Entered {
  const [entrance, setEntrance] = useState<Entrance>({ state: 'asking' })
  const refresh = useCallback((): void => {
    arrive().then(setEntrance, () => setEntrance((before) => (before.state === 'in' ? before : { state: 'away' })))
  }, [])
  useEffect(() => {
    refresh()
    const seen = (): void => {
      if (document.visibilityState === 'visible') refresh()
    }
    document.addEventListener('visibilitychange', seen)
    addEventListener('online', seen)
    return () => {
      document.removeEventListener('visibilitychange', seen)
      removeEventListener('online', seen)
    }
  }, [refresh])
  const enter = async (key: string): Promise<boolean> => {
    const taken = await enterByKey(key)
    if (taken) refresh()
    return taken
  }
  const go = (): void => {
    leave().then(
      () => setEntrance({ state: 'out', addressOld: false }),
      () => refresh(),
    )
  }
  return { entrance, enter, leave: go, refresh }
}
