/** The workbench: its page, its sessions, and the addresses that let a person in. Nothing of it is there where it is off. */

import { randomBytes } from 'node:crypto'
import type { Accounts } from './accounts/accounts.ts'
import type { ConfiguredKeys } from './accounts/configured-keys.ts'
import { workbenchLink } from './apis/oxen/workbench-link.ts'
import { type MountedApi, mount } from './apis/serve-apis.ts'
import { pageApi } from './apis/web/page-api.ts'
import { builtPage, readPage } from './apis/web/page-files.ts'
import { sessionApi } from './apis/web/session-api.ts'
import { type WebServices, webApi } from './apis/web/web-api.ts'
import { type Configuration, runsNoModel } from './configuration/index.ts'
import type { Documents } from './documents/documents.ts'
import type { LoginThrottle } from './keys/login-throttle.ts'
import { EntryTokens } from './sessions/entry-tokens.ts'
import { PageSessions } from './sessions/page-sessions.ts'

interface WebParts {
  readonly documents: Documents
  readonly accounts: Accounts
  readonly throttle: Pick<LoginThrottle, 'attempt'>
  readonly keys: ConfiguredKeys
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
  /** The folder of the built page, where it is not in its usual place. */
  readonly page: string | undefined
}

interface OpenWeb {
  readonly sessions: PageSessions | undefined
  apis(services: Omit<WebServices, 'accounts'>): readonly MountedApi[]
  /** What a person opens to come in without typing a key; `undefined` where there is no page. A new one each time. */
  entryUrl(address: string): string | undefined
}

const CLOSED: OpenWeb = { sessions: undefined, apis: () => [], entryUrl: () => undefined }

export function openWeb(on: boolean, { documents, accounts, throttle, keys, now, page }: WebParts): OpenWeb {
  if (!on) return CLOSED
  const built = page === undefined ? builtPage() : readPage(page)
  const sessions = new PageSessions({ documents, now, random: randomBytes })
  const entries = new EntryTokens(now)
  // Of several, the first: that which clients of this machine have.
  const opened = { key: keys.apiKeys[0]?.digest ?? null, admin: keys.adminKey.digest }
  return {
    sessions,
    apis: (services) => [
      mount(sessionApi({ accounts, sessions, entries, throttle })),
      mount(webApi({ ...services, accounts })),
      ...(built === undefined ? [] : [mount(workbenchLink())]),
      mount(pageApi(built)),
    ],
    entryUrl: (address) => (built === undefined ? undefined : `${address}/#enter=${entries.issue(opened)}`),
  }
}

/** What the page is told of an engine; one that a reload has just taken away may answer still. */
export function engineFacts({ engines }: Pick<Configuration, 'engines'>, name: string) {
  const engine = engines[name]
  return { kind: engine?.type ?? 'unknown', standIn: engine !== undefined && runsNoModel(engine) }
}
