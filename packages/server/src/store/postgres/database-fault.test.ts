import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { DatabaseCrowd, DatabaseSilence, databaseFault } from './database-fault.ts'

const withCode = (code: string): Error => Object.assign(new Error('what it says'), { code })

function assertFault(error: Error, expected: { readonly passing: boolean; readonly unsure: boolean }): void {
  const { passing, unsure } = databaseFault(error)
  assert.deepEqual({ passing, unsure }, expected, String(error))
}

describe('a fault of the database', () => {
  it('passes, and leaves nothing behind, when nothing was sent', () => {
    const refused = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CONNECT_TIMEOUT', '53300']
    for (const code of refused) assertFault(withCode(code), { passing: true, unsure: false })
    assertFault(new DatabaseCrowd('too much waits'), { passing: true, unsure: false })
  })

  it('passes, and leaves nothing behind, when the database starts or stops and lets nobody in', () => {
    const fault = databaseFault(withCode('57P03'))
    assert.deepEqual(fault, {
      text: 'the database is stopped or starts (what it says)',
      passing: true,
      unsure: false,
    })
  })

  it('passes, and leaves nothing behind, when the database has rolled back', () => {
    for (const code of ['40001', '40P01', '55P03', '57014', '53100', '25006', '58030']) {
      assertFault(withCode(code), { passing: true, unsure: false })
    }
  })

  it('passes, and may have left what was asked, when a connection ends without an answer', () => {
    const lost = ['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '08006']
    for (const code of lost) assertFault(withCode(code), { passing: true, unsure: true })
    assertFault(new DatabaseSilence('says nothing'), { passing: true, unsure: true })
  })

  it('does not pass when the database does not take what was asked', () => {
    for (const code of ['22021', '23505', '42P01', '57P04'])
      assertFault(withCode(code), { passing: false, unsure: false })
    assertFault(new RangeError('no number'), { passing: false, unsure: false })
  })
})
