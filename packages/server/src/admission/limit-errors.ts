/** Refusals of limits and of the ledger, in the platform's words. */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import { LedgerError } from '../ledger/ledger.ts'
import { unitsText } from '../records/money.ts'
import { type LimitRefusal, type LimitedSubject, LimiterError } from './limiter.ts'

/** The word for what is limited, as the platform's texts have it. */
const SCOPES = {
  organisation: 'organization',
  project: 'project',
  key: 'key',
  'batch-organisation': 'organization batch',
  'batch-project': 'project batch',
  'batch-key': 'key batch',
} as const satisfies Record<LimitedSubject['scope'], string>

export function limitError(
  { refused, subject, current, limit, retryAfterMs }: LimitRefusal,
  key: KeyAccount,
): ApiError {
  const account = { organisation: key.organisation, key: key.id, scope: SCOPES[subject.scope], limit }
  const seconds = Math.max(Math.ceil((retryAfterMs ?? 0) / 1000), 1)
  const details = retryAfterMs === undefined ? {} : { retryAfterMs: seconds * 1000 }
  switch (refused) {
    case 'concurrency':
      return apiErrorWith('concurrency_limit', details, { ...account, seconds })
    case 'rpm':
      return apiErrorWith('rpm_limit', details, { ...account, seconds })
    case 'tpm':
      return apiErrorWith('tpm_limit', details, { ...account, current })
    case 'tpd':
      return apiErrorWith('tpd_limit', details, { ...account, current })
  }
}

/** Whatever the ledger or the limiter threw, as the client hears of it. What is neither is thrown on. */
export function admissionError(error: unknown, key: KeyAccount): ApiError {
  if (error instanceof LimiterError) return apiErrorWith('limits_unavailable', { cause: error, reason: error.message })
  if (!(error instanceof LedgerError)) throw error
  switch (error.kind) {
    case 'insufficient':
    case 'key_budget':
    case 'project_budget':
      return apiErrorWith(
        'quota_exceeded',
        { cause: error, reason: error.message },
        { organisation: key.organisation, credit: unitsText(error.available ?? 0) },
      )
    case 'unknown_organisation':
    case 'idempotency_conflict':
    case 'amount_too_large':
    case 'not_held':
    case 'document_conflict':
    case 'unavailable':
      return apiErrorWith('ledger_unavailable', { cause: error, reason: error.message })
  }
}

const TRY_AGAIN_MS = 1_000

/**
 * There may be enough as soon as requests have ended that are held for at more than they take. It is no quota and no limit that
 * was reached, so it is told as what clients wait for.
 */
export function tryAgain({ organisation }: KeyAccount, cause: unknown): ApiError {
  const seconds = TRY_AGAIN_MS / 1000
  const reason = 'what is free is held at bounds'
  return apiErrorWith('queue_full', { cause, reason, retryAfterMs: TRY_AGAIN_MS }, { organisation, seconds })
}

/** Before any limit is looked at: whether this account and this key may ask this model at all. */
export function assertMayAsk(key: KeyAccount, model: string): void {
  if (key.account.status === 'suspended') {
    throw apiError('account_suspended', { organisation: key.organisation, key: key.id })
  }
  if (key.models !== null && !key.models.has(model)) throw apiError('model_not_found', { model })
}
