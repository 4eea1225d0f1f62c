import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, type ErrorCode, apiError } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import { keyAccount } from '../accounts/testing/account-fixtures.ts'
import { bearerToken } from '../keys/bearer-token.ts'
import { bearerKey, identify } from './identify.ts'

const key = keyAccount({ name: 'mine' })
const throttle = {
  attempt<Found>(_: unknown, find: () => Found | undefined): Found {
    const found = find()
    if (found === undefined) throw apiError('incorrect_api_key')
    return found
  },
}

function authenticate(header: string | undefined) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that is looked at of an exchange
  const exchange = { header: () => header } as unknown as Exchange
  const find = (presented: string) => (presented === 'sk-right-key' ? key : undefined)
  return identify(exchange, { shown: bearerKey, find, admit: () => undefined }, throttle)
}

function refusal(header: string | undefined): ErrorCode {
  try {
    authenticate(header)
  } catch (error) {
    assert.ok(error instanceof ApiError)
    assert.equal(error.status, 401)
    return error.code
  }
  throw new assert.AssertionError({ message: `${header} was let in` })
}

test('a known key is let in, in whatever case the scheme is written', () => {
  for (const header of ['Bearer sk-right-key', 'bearer sk-right-key', 'BEARER  sk-right-key']) {
    assert.equal(authenticate(header), key)
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
      authenticate(header)
    } catch (error) {
      assert.ok(error instanceof ApiError && !`${error.message}${error.publicMessage}`.includes('hush'))
    }
  }
})
