/** The audit of SQLite: memory against the disk, and a reader that does not outlive it. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MAX_PROBLEMS } from '../audit-sentences.ts'
import { AuditRun } from './audit-run.ts'
import type { LedgerParts } from './ledger-parts.ts'
import type { StoreThread } from './store-thread.ts'

interface Wallet {
  readonly name: string
  readonly cash: number
  readonly voucher: number
  readonly held: number
  readonly recharged: number
}

interface Scene {
  readonly memory: readonly Wallet[]
  readonly disk: readonly Wallet[]
  /** What the database finds in itself. */
  readonly problems?: readonly string[]
  readonly fails?: boolean
  /** The database is in memory, and has one thread. */
  readonly alone?: boolean
}

function wallet(name: string, more: Partial<Wallet> = {}): Wallet {
  return { name, cash: 5, voucher: 7, held: 2, recharged: 9, ...more }
}

/** An audit over threads that answer as they are told, and what was done in which order. */
function audit({ memory, disk, problems = [], fails = false, alone = false }: Scene) {
  const done: string[] = []
  const threadOf = (name: string) => ({
    async ask(order: string) {
      done.push(`${name} ${order}`)
      if (order === 'beginAudit') {
        return disk.map(({ name: organisation, cash, voucher, held, recharged }) => ({
          organisation,
          cash: BigInt(cash),
          voucher: BigInt(voucher),
          held: BigInt(held),
          recharged: BigInt(recharged),
        }))
      }
      if (fails) throw new Error('the disk is gone')
      return { organisations: 3, transfers: 11, open: 1, ended: 4, problems: [...problems], more: 0 }
    },
    async end(why: string) {
      done.push(`${name} ends: ${why}`)
    },
  })
  const parts = {
    state: { wallets: { all: () => memory } },
    commit: {
      async snapshot<Seen>(remember: () => void, see: () => Promise<Seen>): Promise<Seen> {
        done.push('writing stands still')
        remember()
        const seen = await see()
        done.push('writing goes on')
        return seen
      },
    },
    writer: threadOf('writer') as unknown as StoreThread,
    startAuditor: alone ? undefined : async () => threadOf('auditor') as unknown as StoreThread,
  } as unknown as LedgerParts
  return { done, report: new AuditRun(parts).run(1234) }
}

describe('an audit of SQLite', () => {
  it('compares each figure of memory with the disk, and says which differs', async () => {
    const memory = [wallet('org-a'), wallet('org-b', { cash: 6, voucher: 8, held: 3, recharged: 10 }), wallet('org-c')]
    const disk = [wallet('org-a'), wallet('org-b'), wallet('org-c', { held: 0 })]
    const { problems, more } = await audit({ memory, disk }).report
    assert.deepEqual(problems, [
      'org-b: cash is 5 on the disk, and 6 in memory',
      'org-b: voucher is 7 on the disk, and 8 in memory',
      'org-b: held is 2 on the disk, and 3 in memory',
      'org-b: recharged is 9 on the disk, and 10 in memory',
      'org-c: held is 0 on the disk, and 2 in memory',
    ])
    assert.equal(more, 0)
  })

  it('finds nothing where both are alike, nor in an organisation that only one of them has', async () => {
    const report = await audit({
      memory: [wallet('org-a'), wallet('new-here', { cash: 1 })],
      disk: [wallet('org-a'), wallet('new-there', { cash: 1 })],
    }).report
    assert.deepEqual(report, {
      at: 1234,
      organisations: 3,
      transfers: 11,
      holds: { open: 1, ended: 4 },
      problems: [],
      more: 0,
    })
  })

  it('says what the database found in itself before, and counts what is too much to say', async () => {
    const problems = Array.from({ length: MAX_PROBLEMS - 1 }, (_, index) => `problem ${index}`)
    const memory = [wallet('org-a', { cash: 0, held: 0, voucher: 0 })]
    const report = await audit({ memory, disk: [wallet('org-a')], problems }).report
    assert.equal(report.problems.length, MAX_PROBLEMS)
    assert.equal(report.problems.at(-1), 'org-a: cash is 5 on the disk, and 0 in memory')
    assert.equal(report.more, 2)
  })

  it('holds the writing up for as long as its snapshot takes, and ends its own reader', async () => {
    const { done, report } = audit({ memory: [], disk: [] })
    await report
    assert.deepEqual(done, [
      'writing stands still',
      'auditor beginAudit',
      'writing goes on',
      'auditor finishAudit',
      'auditor ends: the audit has ended',
    ])
  })

  it('ends its reader also where it fails', async () => {
    const { done, report } = audit({ memory: [], disk: [], fails: true })
    await assert.rejects(report, /the disk is gone/)
    assert.equal(done.at(-1), 'auditor ends: the audit has ended')
  })

  it('of a database in memory is made by the thread that writes, which writes nothing until it is over', async () => {
    const { done, report } = audit({ memory: [], disk: [], alone: true })
    await report
    assert.deepEqual(done, ['writing stands still', 'writer beginAudit', 'writer finishAudit', 'writing goes on'])
  })
})
