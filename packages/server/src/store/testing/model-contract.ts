/** Random deeds against a model of a few lines: the same decisions, the same balances, clean books. */

import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { type Balance, type Hold, LedgerError } from '../../ledger/ledger.ts'
import { type ContractTest, type StoreBench, endOf } from './contract-test.ts'

const SEED = Number(process.env['MOONBASE_STORE_SEED'] ?? 20_260_315)
const RUNS = Number(process.env['MOONBASE_STORE_RUNS'] ?? 12)

type Deed =
  | { readonly kind: 'recharge' | 'voucher' | 'refund'; readonly amount: number }
  | { readonly kind: 'adjustment'; readonly amount: number }
  | { readonly kind: 'hold'; readonly amount: number }
  | { readonly kind: 'settle'; readonly which: number; readonly cost: number }
  | { readonly kind: 'progress'; readonly which: number; readonly cost: number }
  | { readonly kind: 'crash' }
  | { readonly kind: 'restart' }

const amount = fc.integer({ min: 1, max: 1_000 })
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('recharge', 'voucher', 'refund'), amount }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('adjustment'), amount: fc.integer({ min: -500, max: 500 }) }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('hold'), amount: fc.nat(800) }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('settle'), which: fc.nat(20), cost: fc.nat(900) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('progress'), which: fc.nat(20), cost: fc.nat(900) }) },
  { weight: 1, arbitrary: fc.constantFrom({ kind: 'crash' }, { kind: 'restart' }) },
)

/** What an organisation has, by the book. */
class Model {
  cash = 0
  voucher = 0
  recharged = 0
  readonly open: { readonly hold: Hold; progress: number }[] = []

  balance(): Omit<Balance, 'currency'> {
    const held = this.open.reduce((sum, { hold }) => sum + hold.amount, 0)
    return { cash: this.cash, voucher: this.voucher, held, recharged: this.recharged }
  }

  end(index: number, asked: number): void {
    const [ended] = this.open.splice(index, 1)
    if (ended === undefined) return
    const cost = Math.min(asked, ended.hold.amount)
    const fromVoucher = Math.min(cost, ended.hold.voucher)
    this.voucher += ended.hold.voucher - fromVoucher
    this.cash += ended.hold.cash - (cost - fromVoucher)
  }
}

async function perform(bench: StoreBench, org: string, model: Model, step: Deed): Promise<void> {
  if (step.kind === 'hold') {
    if (step.amount > model.cash + model.voucher) {
      await assert.rejects(bench.hold(org, step.amount), (error) => error instanceof LedgerError)
      return
    }
    const hold = await bench.hold(org, step.amount)
    assert.equal(hold.voucher, Math.min(model.voucher, step.amount))
    model.voucher -= hold.voucher
    model.cash -= hold.cash
    model.open.push({ hold, progress: 0 })
  } else if (step.kind === 'settle') {
    const index = step.which % Math.max(1, model.open.length)
    const found = model.open[index]
    if (found === undefined) return
    await bench.settle(found.hold, step.cost)
    model.end(index, step.cost)
  } else if (step.kind === 'progress') {
    const found = model.open[step.which % Math.max(1, model.open.length)]
    if (found === undefined) return
    bench.store.ledger.progress(found.hold, endOf(found.hold, step.cost))
    await bench.site.sweep(bench.store)
    found.progress = step.cost
  } else if (step.kind === 'crash' || step.kind === 'restart') {
    await (step.kind === 'crash' ? bench.crash() : bench.reopen())
    while (model.open.length > 0) model.end(0, model.open[0]?.progress ?? 0)
  } else {
    await bench.credit(org, step.kind, step.amount)
    if (step.kind === 'voucher') model.voucher += step.amount
    else model.cash += step.amount
    if (step.kind === 'recharge') model.recharged += step.amount
  }
}

export function modelContract(it: ContractTest): void {
  it(`random deeds do what the model does (seed ${SEED})`, async (bench) => {
    const property = fc.asyncProperty(fc.array(deed, { minLength: 5, maxLength: 40 }), async (deeds) => {
      const org = await bench.organisation()
      const model = new Model()
      for (const step of deeds) {
        await perform(bench, org, model, step)
        await bench.assertBalance(org, model.balance())
      }
      for (const { hold } of model.open) await bench.settle(hold, 0)
      await bench.assertClean()
    })
    await fc.assert(property, { seed: SEED, numRuns: RUNS, endOnFailure: true })
  })
}
