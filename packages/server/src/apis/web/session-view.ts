/** A session as its page sees it: whose keys it holds, and until when. Never a key. */

import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { AdminKeyRecord } from '../../records/account-records.ts'
import type { PageSession } from '../../sessions/page-sessions.ts'

/** What the keys of a session open now: one that was revoked opens nothing. */
export interface SessionOwners {
  readonly key: KeyAccount | undefined
  readonly admin: AdminKeyRecord | undefined
}

export function ownersOf(
  { key, admin }: Pick<PageSession, 'key' | 'admin'>,
  accounts: Pick<Accounts, 'keyOf' | 'adminOf'>,
): SessionOwners {
  return {
    key: key === null ? undefined : accounts.keyOf(key),
    admin: admin === null ? undefined : accounts.adminOf(admin),
  }
}

export function sessionView({ expiresAt }: Pick<PageSession, 'expiresAt'>, { key, admin }: SessionOwners) {
  return {
    api_key: key === undefined ? null : keyView(key),
    admin_key: admin === undefined ? null : adminView(admin),
    expires_at: new Date(expiresAt).toISOString(),
  }
}

function keyView({ id, name, organisation, project }: KeyAccount) {
  return { id, name, organisation, project }
}

function adminView({ id, name, organisation, scopes }: AdminKeyRecord) {
  return { id, name, organisation, scopes }
}
