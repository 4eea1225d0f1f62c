import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from './ledger.ts'

test('a failure of the ledger says what is left, and what caused it where something did', () => {
  const cause = new Error('the disk is full')
  const failed = new LedgerError('unavailable', 'it could not be kept', { cause })
  assert.deepEqual([failed.kind, failed.cause, failed.available], ['unavailable', cause, undefined])
  const poor = new LedgerError('insufficient', 'too little', { available: 7 })
  assert.deepEqual([poor.available, 'cause' in poor], [7, false])
})
