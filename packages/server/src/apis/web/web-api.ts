/** `/web/v1`: what the workbench asks beside the API itself. A session opens it, and an API key, for whoever tries it by hand. */

import { apiError } from '@moonbase/protocol'
import type { Accounts, KeyAccount } from '../../accounts/accounts.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import type { PageSession } from '../../sessions/page-sessions.ts'
import type { Api, Caller, Route } from '../api.ts'
import { bearerKey } from '../identify.ts'
import { refuse } from '../refuse.ts'
import { type EstimateServices, showEstimate } from './estimate.ts'
import { type MeServices, showMe } from './me.ts'
import { type OwnRequestServices, showOwnRequest, showOwnTimeline } from './own-request.ts'
import { type SessionOwners, ownersOf } from './session-view.ts'

export interface WebServices extends MeServices, EstimateServices, OwnRequestServices {
  readonly accounts: Pick<Accounts, 'findKey' | 'keyOf' | 'adminOf' | 'prices' | 'projects'>
  readonly ledger: Pick<Ledger, 'balance' | 'keepsBooks' | 'transfers'>
}

/** Who asks, with the session that says so; `undefined`: with a key of his own. */
export interface WebCaller extends SessionOwners {
  readonly session: PageSession | undefined
}

export function webApi(services: WebServices): Api<WebCaller> {
  const { accounts } = services
  return {
    name: 'web',
    prefixes: ['/web/v1'],
    order: 'key-first',
    // For our own page, which is of the same origin.
    pages: false,
    headers: [['Cache-Control', 'no-store']],
    authentication: {
      shown: bearerKey,
      find(text) {
        const key = accounts.findKey(text)
        return key === undefined ? undefined : { session: undefined, key, admin: undefined }
      },
      ofSession(session) {
        const owners = ownersOf(session, accounts)
        return owners.key === undefined && owners.admin === undefined ? undefined : { session, ...owners }
      },
      admit({ key, admin }, exchange) {
        if (key?.mayComeFrom(exchange) === false) throw apiError('address_not_allowed')
        const noted = key?.id ?? admin?.id
        if (noted !== undefined) exchange.notes.keyId = noted
        const organisation = key?.organisation ?? admin?.organisation ?? undefined
        if (organisation !== undefined) exchange.notes.organisation = organisation
      },
    },
    routes: [
      { method: 'GET', path: '/web/v1/me', answer: showMe(services) },
      { method: 'POST', path: '/web/v1/estimate', answer: withKey(showEstimate(services)) },
      { method: 'GET', path: '/web/v1/requests/:id', answer: withKey(showOwnRequest(services)) },
      { method: 'GET', path: '/web/v1/requests/:id/timeline', answer: withKey(showOwnTimeline(services)) },
    ],
    refuse,
  }
}

/** For what an API key is needed. @throws ApiError for a session that holds an admin key alone */
function withKey(answer: Route<KeyAccount>['answer']): Route<WebCaller>['answer'] {
  return (exchange, caller: Caller<WebCaller>) => {
    const { key } = caller.key
    if (key === undefined) throw apiError('api_not_open')
    return answer(exchange, { ...caller, key })
  }
}
