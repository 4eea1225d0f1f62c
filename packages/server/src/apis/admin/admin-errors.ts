/** What accounts and ledger throw, as the row of the error table that an operator sees for it. */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import { AccountError } from '../../accounts/accounts.ts'
import { LedgerError } from '../../ledger/ledger.ts'

/** What is thrown on is a mistake of ours. `ids` are those that the request named, the narrowest last. */
export function adminError(error: unknown, ids: Readonly<Record<string, string>>): unknown {
  if (error instanceof AccountError) return accountError(error, ids)
  if (error instanceof LedgerError) return ledgerError(error, ids)
  return error
}

/** Where the word of the path is not the word for people. */
const KINDS: Readonly<Record<string, string>> = { key: 'API key', admin_key: 'admin key', content: 'content of' }

/** As if it were not there, whether it is another's or nobody's: the words are the same. */
export function notFound(kind: string, id: string): ApiError {
  return apiError('account_not_found', { kind: KINDS[kind] ?? kind, id })
}

function accountError(error: AccountError, ids: Readonly<Record<string, string>>): ApiError {
  const details = { details: error.message }
  switch (error.kind) {
    case 'not_found': {
      const [kind = 'entry', id = ''] = Object.entries(ids).at(-1) ?? []
      return notFound(kind, id)
    }
    case 'conflict':
    case 'limit':
      return apiErrorWith('account_conflict', { cause: error }, details)
    case 'invalid':
      return apiErrorWith('invalid_request', { cause: error }, details)
    case 'unavailable':
      return apiErrorWith('ledger_unavailable', { cause: error, reason: error.message })
  }
}

function ledgerError(error: LedgerError, ids: Readonly<Record<string, string>>): ApiError {
  switch (error.kind) {
    case 'unknown_organisation':
      return notFound('organisation', ids['organisation'] ?? '')
    case 'idempotency_conflict':
      return apiErrorWith('idempotency_conflict', { cause: error })
    case 'amount_too_large':
    case 'insufficient':
    case 'key_budget':
    case 'project_budget':
      return apiErrorWith('invalid_request', { cause: error }, { details: error.message })
    case 'not_held':
    case 'document_conflict':
    case 'unavailable':
      return apiErrorWith('ledger_unavailable', { cause: error, reason: error.message })
  }
}
