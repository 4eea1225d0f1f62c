import assert from 'node:assert/strict'
import { test } from 'node:test'
import { faultMessage, faultText, unavailable } from './store-fault.ts'

test('what SQLite says is told in words that an operator can act on, and its own behind them', () => {
  const words = [5, 6, 8, 10, 11, 13, 14, 26].map((code) => faultText({ code, message: 'x' }))
  assert.deepEqual(words, [
    'the database is locked by another program (x)',
    'the database is locked by another connection (x)',
    'the database cannot be written: it is read-only (x)',
    'the disk does not read or write (x)',
    'the database is corrupt (x)',
    'the disk is full (x)',
    'the database cannot be opened (x)',
    'the file is not a database of SQLite (x)',
  ])
  // An extended code is one of those and more.
  assert.equal(faultText({ code: 13 + 256, message: 'x' }), 'the disk is full (x)')
  for (const code of [undefined, 1]) assert.equal(faultText({ code, message: 'x' }), 'x')
})

test('a fault has the code that SQLite gave it, and anything that is thrown has words', () => {
  assert.deepEqual(faultMessage(Object.assign(new Error('full'), { errcode: 13 })), { code: 13, message: 'full' })
  assert.deepEqual(faultMessage(new Error('odd')), { code: undefined, message: 'odd' })
  assert.deepEqual(faultMessage('odd'), { code: undefined, message: 'odd' })
  const { kind, message } = unavailable({ code: 13, message: 'x' })
  assert.deepEqual([kind, message], ['unavailable', 'The store cannot keep this: the disk is full (x).'])
})
