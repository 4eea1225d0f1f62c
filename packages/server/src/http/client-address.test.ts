import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientAddress } from './client-address.ts'

test('without a trusted proxy nobody is believed', () => {
  const address = clientAddress([])
  assert.equal(address('203.0.113.7', '10.0.0.1'), '203.0.113.7')
  assert.equal(address('::ffff:203.0.113.7', undefined), '203.0.113.7')
  assert.equal(address(undefined, undefined), '')
})

test('a trusted proxy says who asked, and what the client itself wrote before is not taken for it', () => {
  const address = clientAddress(['10.0.0.0/8', '2001:db8::1'])
  assert.equal(address('10.0.0.5', '203.0.113.7'), '203.0.113.7')
  assert.equal(address('::ffff:10.0.0.5', '1.1.1.1, 203.0.113.7, 10.9.9.9'), '203.0.113.7')
  assert.equal(address('2001:db8::1', '2001:db8::7'), '2001:db8::7')
  assert.equal(address('203.0.113.9', '10.0.0.1'), '203.0.113.9')
})

test('an entry that is no address ends the chain at the proxy that sent it', () => {
  const address = clientAddress(['10.0.0.0/8'])
  assert.equal(address('10.0.0.5', 'unknown'), '10.0.0.5')
  assert.equal(address('10.0.0.5', ''), '10.0.0.5')
  assert.equal(address('10.0.0.5', `${'10.0.0.6,'.repeat(50)}10.0.0.6`), '10.0.0.6')
})

test('an address is not taken out of the end of something else', () => {
  const address = clientAddress(['10.0.0.0/8'])
  for (const entry of ['client:1.1.1.1', '::ffff.1.1.1.1', '::ffff:1.1.1', '::ffff:2001:db8::7x', '0000001.1.1.1']) {
    assert.equal(address('10.0.0.5', entry), '10.0.0.5', entry)
  }
  assert.equal(address('10.0.0.5', '::ffff:1.1.1.1'), '1.1.1.1')
})
