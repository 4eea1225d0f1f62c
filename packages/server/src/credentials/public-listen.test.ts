import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StartError } from '../records/start-error.ts'
import { isLoopback, refusePublicListen } from './public-listen.ts'

test('loopback is 127.0.0.0/8, ::1 and localhost, however they are written', () => {
  for (const host of [
    '127.0.0.1',
    '127.255.0.9',
    '::1',
    '0:0:0:0:0:0:0:1',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
  ]) {
    assert.equal(isLoopback(host), true, host)
  }
  for (const host of ['0.0.0.0', '::', '128.0.0.1', '10.0.0.1', 'localhost.example.com', '127.0.0.1.example.com', '']) {
    assert.equal(isLoopback(host), false, host)
  }
})

test('only others, a generated key and no permission together are refused, and the way on is told', () => {
  assert.equal(refused('0.0.0.0', true, false), true)
  assert.equal(refused('127.0.0.1', true, false), false)
  assert.equal(refused('0.0.0.0', false, false), false)
  assert.equal(refused('0.0.0.0', true, true), false)
})

function refused(host: string, developmentKeysInUse: boolean, allowDevelopmentKeys: boolean): boolean {
  try {
    refusePublicListen({ listen: { host }, allowDevelopmentKeys }, { developmentKeysInUse })
    return false
  } catch (error) {
    assert.ok(error instanceof StartError)
    assert.match(error.message, /MOONBASE_API_KEY.*--allow-development-keys.*MOONBASE_ALLOW_DEVELOPMENT_KEYS=1/s)
    return true
  }
}
