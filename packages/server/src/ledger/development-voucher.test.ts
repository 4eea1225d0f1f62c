import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveDevelopmentVoucher } from './development-voucher.ts'
import type { Ledger } from './ledger.ts'

test('an organisation is given ten thousand, under a key by which it is given once', async () => {
  const credits: Parameters<Ledger['credit']>[0][] = []
  const ledger = {
    async credit(credit: Parameters<Ledger['credit']>[0]) {
      credits.push(credit)
      return { id: 'transfer-1', repeated: credits.length > 1 }
    },
  }
  for (let start = 1; start <= 2; start += 1) await giveDevelopmentVoucher(ledger as never, 'org-1', start)
  const once = {
    kind: 'voucher',
    organisation: 'org-1',
    amount: 10_000_000_000_000,
    // Books that were begun with it have it: another key would give it again at the next start.
    idempotencyKey: 'development-voucher',
    by: 'server',
    note: 'development voucher of the first start',
  }
  assert.deepEqual(credits, [
    { ...once, at: 1 },
    { ...once, at: 2 },
  ])
})
