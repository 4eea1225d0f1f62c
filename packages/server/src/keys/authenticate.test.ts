import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, type ErrorCode } from '@moonbase/protocol'
import { keyAccount } from '../accounts/account-fixtures.ts'
import { authenticate, bearerToken } from './authenticate.ts'

const key = keyAccount({ name: 'mine' })
const accounts = { findKey: (presented: string) => (presented === 'sk-right-key' ? key : undefined) }

function refusal(header: string | undefined): ErrorCode {
  try {
    authenticate(header, accounts)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    assert.equal(error.status, 401)
    return error.code
  }
  throw new assert.AssertionError({ message: `${header} was let in` })
}

test('a known key is let in, in whatever case the scheme is written', () => {
  for (const header of ['Bearer sk-right-key', 'bearer sk-right-key', 'BEARER  sk-right-key']) {
    assert.equal(authenticate(header, accounts), key)
  }
})

test('no header and an unknown key are an incorrect API key, as it was measured', () => {
  for (const header of [undefined, 'Bearer sk-wrong-key', 'Bearer sk-admin-key', `Bearer ${'k'.repeat(10_000)}`]) {
    assert.equal(refusal(header), 'incorrect_api_key', String(header).slice(0, 30))
  }
})

test('a header that is no bearer token is an invalid authentication', () => {
  for (const header of [
    '',
    'Bearer',
    'Bearer ',
    'sk-right-key',
    'Basic c2s6a2V5',
    'Bearersk-right-key',
    'Bearer sk-right-key sk-right-key',
    'Bearer sk-right-key, Bearer sk-right-key',
    'Bearer\tsk-right-key',
    'Bearer "sk-right-key"',
    'Bearer <sk-right-key>',
    'Bearer sk-right-k\u00e9y',
    ' Bearer sk-right-key',
  ]) {
    assert.equal(refusal(header), 'invalid_authentication', header)
  }
})

test('every character that a key may hold can be sent', () => {
  assert.equal(bearerToken('Bearer aZ09-._~+/=!#$%&*:@^|'), 'aZ09-._~+/=!#$%&*:@^|')
})

test('a refusal does not repeat what was presented', () => {
  for (const header of ['Bearer sk-hush-hush', 'hush-hush']) {
    try {
      authenticate(header, accounts)
    } catch (error) {
      assert.ok(error instanceof ApiError && !`${error.message}${error.publicMessage}`.includes('hush'))
    }
  }
})
