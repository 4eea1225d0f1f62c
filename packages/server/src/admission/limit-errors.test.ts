import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keyAccount, organisationAccount } from '../accounts/testing/account-fixtures.ts'
import { LedgerError } from '../ledger/ledger.ts'
import { admissionError } from './limit-errors.ts'
import { LimiterError } from './limiter.ts'

const KEY = keyAccount({ id: 'ak-1', account: organisationAccount({ id: 'org-1' }) })

test('what the ledger says is a quota where money is missing, and else a ledger that is away', () => {
  for (const kind of ['insufficient', 'key_budget', 'project_budget'] as const) {
    const error = new LedgerError(kind, 'too little', { available: 1_500_000 })
    const { code, publicMessage, cause } = admissionError(error, KEY)
    assert.deepEqual([code, cause], ['quota_exceeded', error])
    assert.match(publicMessage, /<org-1> 0\.0015/)
  }
  for (const kind of [
    'unknown_organisation',
    'idempotency_conflict',
    'amount_too_large',
    'not_held',
    'document_conflict',
    'unavailable',
  ] as const) {
    const { code, status } = admissionError(new LedgerError(kind, 'it is so'), KEY)
    assert.deepEqual([code, status], ['ledger_unavailable', 503], kind)
  }
})

test('what is neither of the ledger nor of the limiter is thrown on', () => {
  assert.equal(admissionError(new LimiterError('away'), KEY).code, 'limits_unavailable')
  const error = new TypeError('x is not a function')
  assert.throws(() => admissionError(error, KEY), error)
})
