/** Budgets of keys and projects. */

import assert from 'node:assert/strict'
import type { HoldRequest } from '../../ledger/ledger.ts'
import { type ContractTest, assertRefused, inTotal, monthly } from './contract-test.ts'

const END_OF_MARCH = Date.UTC(2026, 3, 1) - 1

export function budgetContract(it: ContractTest): void {
  it("a key's budget is refused by one nano, and counts what is held", async (bench) => {
    const org = await bench.organisation(1_000)
    const keyBudget = inTotal(100)
    const hold = await bench.hold(org, 60, { keyBudget })
    const refusal = await assertRefused(bench.hold(org, 41, { keyBudget }), 'key_budget')
    assert.equal(refusal.available, 40)
    await bench.settle(hold, 10)
    await bench.settle(await bench.hold(org, 90, { keyBudget }), 90)
    await assertRefused(bench.hold(org, 1, { keyBudget }), 'key_budget')
    await bench.spend(org, 5, { key: 'ak-2' })
    await bench.assertBalance(org, { cash: 895, held: 0 })
  })

  it("a project's budget counts all of its keys, and keys without a budget too", async (bench) => {
    const org = await bench.organisation(1_000)
    const projectBudget = inTotal(100)
    await bench.spend(org, 30, { key: 'ak-1' })
    await bench.settle(await bench.hold(org, 30, { key: 'ak-2', projectBudget }), 30)
    const refusal = await assertRefused(bench.hold(org, 41, { key: 'ak-3', projectBudget }), 'project_budget')
    assert.equal(refusal.available, 40)
    await bench.spend(org, 41, { project: 'proj-2' })
    await bench.settle(await bench.hold(org, 40, { key: 'ak-3', projectBudget }), 0)
  })

  it('a budget of the month begins anew with the next month in UTC', async (bench) => {
    const org = await bench.organisation(1_000)
    const keyBudget = monthly(100)
    bench.time.now = END_OF_MARCH
    const late = await bench.hold(org, 100, { keyBudget })
    await assertRefused(bench.hold(org, 1, { keyBudget }), 'key_budget')
    bench.time.now += 1
    const early = await bench.hold(org, 99, { keyBudget })
    await bench.settle(late, 80)
    await assertRefused(bench.hold(org, 2, { keyBudget }), 'key_budget')
    await bench.settle(early, 50)
    assert.equal((await assertRefused(bench.hold(org, 51, { keyBudget }), 'key_budget')).available, 50)
    assert.equal((await assertRefused(bench.hold(org, 71, { keyBudget: inTotal(200) }), 'key_budget')).available, 70)
  })

  it('what a budget leaves is known behind holds and ends that it was looked at for', async (bench) => {
    const org = await bench.organisation(1_000)
    const { ledger } = bench.store
    const keyBudget = monthly(400)
    const projectBudget = inTotal(300)
    const both = { keyBudget, projectBudget }
    await bench.spend(org, 30, { key: 'ak-2' })
    const hold = await bench.hold(org, 100, both)
    const free = (more: Partial<HoldRequest> = {}) => ledger.free(bench.request(org, 0, more))
    assert.deepEqual([free({ keyBudget }), free({ projectBudget }), free(both)], [300, 170, 170])
    // A budget that was changed is as it is now.
    assert.equal(free({ keyBudget: monthly(150) }), 50)
    await bench.settle(hold, 40)
    assert.deepEqual([free({ keyBudget }), free({ projectBudget }), free()], [360, 230, 930])
    const { kept, hold: ahead } = ledger.holdAhead(bench.request(org, 50, both)) ?? assert.fail('it is known')
    assert.deepEqual([free({ keyBudget }), free({ projectBudget }), free()], [310, 180, 880])
    await kept
    await bench.settle(ahead, 50)
    assert.equal((await assertRefused(bench.hold(org, 181, both), 'project_budget')).available, 180)
  })

  it('what was spent is known after a restart', async (bench) => {
    const org = await bench.organisation(1_000)
    await bench.spend(org, 70)
    await bench.reopen()
    assert.equal((await assertRefused(bench.hold(org, 31, { keyBudget: monthly(100) }), 'key_budget')).available, 30)
    const project = await assertRefused(bench.hold(org, 31, { projectBudget: inTotal(100) }), 'project_budget')
    assert.equal(project.available, 30)
  })

  it('what a budget refuses leaves nothing behind', async (bench) => {
    const org = await bench.organisation(50)
    await assertRefused(bench.hold(org, 40, { keyBudget: inTotal(100), projectBudget: inTotal(30) }), 'project_budget')
    await assertRefused(bench.hold(org, 60, { keyBudget: inTotal(100) }), 'insufficient')
    await bench.settle(await bench.hold(org, 50, { keyBudget: inTotal(50), projectBudget: inTotal(50) }), 1)
    await bench.assertBalance(org, { cash: 49, held: 0 })
  })
}
