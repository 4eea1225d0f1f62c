/** The rounds of one whole reply: paid for together, or not at all. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { LedgerError } from '../ledger/ledger.ts'
import type { DocumentWrite } from '../records/document.ts'
import { type Failure, SettlementGroup, type UnsettledRound } from './settlement-group.ts'

const DOCUMENTS = [{ kind: 'toy' }] as unknown as readonly DocumentWrite[]
const CUT: Failure = { code: 'client_closed', status: 499 }

/** Rounds that note what they are told; `settles` and `releases` say which of them fail, and with what. */
function groupOf(
  rounds: number,
  fails: { readonly settles?: Record<number, Error>; readonly releases?: Record<number, Error> } = {},
) {
  const group = new SettlementGroup()
  const told: unknown[] = []
  for (let number = 1; number <= rounds; number += 1) {
    const round: UnsettledRound = {
      kept: undefined,
      async settle(documents) {
        told.push([number, 'settled', documents.length])
        const error = fails.settles?.[number]
        if (error !== undefined) throw error
      },
      async release({ code, status }, documents) {
        told.push([number, code, status, documents.length])
        const error = fails.releases?.[number]
        if (error !== undefined) throw error
      },
    }
    group.add(round)
  }
  return { group, told }
}

describe('rounds that are paid for', () => {
  it('are settled in one turn, and once', async () => {
    const { group, told } = groupOf(3)
    let isOver = false
    setImmediate(() => (isOver = true))
    await group.settle()
    assert.deepEqual([told.length, isOver], [3, false])
    await group.settle()
    assert.equal(told.length, 3)
  })

  it('have their documents with the last of them, which comes first', async () => {
    const { group, told } = groupOf(3)
    await group.settle(DOCUMENTS)
    assert.deepEqual(told, [
      [3, 'settled', 1],
      [1, 'settled', 0],
      [2, 'settled', 0],
    ])
  })

  it('all end, whichever of them could not be kept', async () => {
    const full = new Error('the disk is full')
    const { group, told } = groupOf(3, { settles: { 1: full } })
    await assert.rejects(group.settle(), full)
    assert.equal(told.length, 3)
  })

  it('are free where somebody else has kept their documents, and where the last could not be kept', async () => {
    for (const [error, code, status] of [
      [new LedgerError('document_conflict', 'taken'), 'document_conflict', 409],
      [new LedgerError('unavailable', 'away'), 'ledger_unavailable', 503],
      [new Error('full'), 'ledger_unavailable', 503],
    ] as const) {
      const { group, told } = groupOf(3, { settles: { 3: error } })
      await assert.rejects(group.settle(DOCUMENTS), error)
      assert.deepEqual(told, [
        [3, 'settled', 1],
        [1, code, status, 0],
        [2, code, status, 0],
      ])
    }
  })
})

describe('rounds that nobody gets', () => {
  it('are free, with the documents in the last', async () => {
    const { group, told } = groupOf(2)
    await group.release(CUT, DOCUMENTS)
    assert.deepEqual(told, [
      [1, 'client_closed', 499, 0],
      [2, 'client_closed', 499, 1],
    ])
    await group.release(CUT)
    assert.equal(told.length, 2)
  })

  it('all end, and the failure of one is told', async () => {
    const away = new Error('the store is away')
    const { group, told } = groupOf(3, { releases: { 2: away } })
    await assert.rejects(group.release(CUT), away)
    assert.equal(told.length, 3)
  })
})
