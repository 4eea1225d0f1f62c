/** The audit: silent over right books, also under load, and never silent over wrong ones. */

import assert from 'node:assert/strict'
import { type ContractTest, type StoreBench, START } from './contract-test.ts'

async function assertFinds(bench: StoreBench, told: readonly string[]): Promise<void> {
  bench.clean = false
  const report = await bench.store.ledger.audit(bench.time.now)
  assert.ok(report.problems.length > 0, 'the audit found nothing')
  const text = report.problems.join('\n')
  assert.ok(
    told.some((word) => text.includes(word)),
    `expected ${told.join(' or ')} in: ${text}`,
  )
}

export function auditContract(it: ContractTest): void {
  it('an audit counts what it looked at', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 10)
    const hold = await bench.hold(org, 5)
    const report = await bench.store.ledger.audit(START)
    assert.equal(report.at, START)
    assert.equal(report.organisations, 1)
    assert.deepEqual(report.holds, { open: 1, ended: 1 })
    assert.ok(report.transfers >= 4)
    await bench.settle(hold, 5)
  })

  it('an audit raises no alarm while money moves', async (bench) => {
    const orgs = await Promise.all([bench.organisation(1_000_000), bench.organisation(1_000_000, 'CNY')])
    const until = new AbortController()
    const spender = async (index: number): Promise<void> => {
      const org = orgs[index % orgs.length] ?? ''
      for (let turn = 0; !until.signal.aborted; turn++) {
        const hold = await bench.hold(org, 10)
        if (turn % 3 === 0) await bench.credit(org, 'recharge', 5)
        await bench.settle(hold, turn % 11)
      }
    }
    const spenders = Array.from({ length: 16 }, (_, index) => spender(index))
    try {
      for (let audits = 0; audits < 5; audits++) await bench.assertClean()
    } finally {
      until.abort()
      await Promise.all(spenders)
    }
  })

  it('a hold that is older than its deadline is found', async (bench) => {
    const org = await bench.organisation(100)
    const hold = await bench.hold(org, 5, { deadline: START + 1_000 })
    bench.time.now = START + 1_000
    await bench.assertClean()
    bench.time.now++
    await assertFinds(bench, [hold.request])
    await bench.settle(hold, 0)
    await bench.assertClean()
  })

  it('an amount that was changed is found', async (bench) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.spend(org, 10)
    const [settle] = await bench.store.ledger.transfers(org, { limit: 1 })
    await bench.site.plant({ kind: 'tampered-transfer', transfer: settle?.id ?? '' })
    await assertFinds(bench, [org, hold.request, settle?.id ?? ''])
  })

  it('a recharge that was changed is found', async (bench) => {
    const org = await bench.organisation(1_000)
    const [recharge] = await bench.store.ledger.transfers(org, { limit: 1 })
    await bench.site.plant({ kind: 'tampered-transfer', transfer: recharge?.id ?? '' })
    await assertFinds(bench, [org])
  })

  it('an end that is gone is found', async (bench) => {
    const org = await bench.organisation(1_000)
    const hold = await bench.spend(org, 10)
    await bench.site.plant({ kind: 'missing-end', request: hold.request })
    await assertFinds(bench, [org, hold.request])
  })

  it('a balance that was changed is found', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 10)
    await bench.site.plant({ kind: 'wrong-balance', organisation: org })
    await assertFinds(bench, [org])
  })

  it('sums of usage that were changed are found', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 10)
    await bench.site.plant({ kind: 'wrong-usage', organisation: org })
    await assertFinds(bench, [org])
  })
}
