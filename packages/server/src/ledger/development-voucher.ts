/** What an organisation of the server's own configuration is given to begin with, so that development costs nobody anything. */

import type { Ledger } from './ledger.ts'
import { NANO_PER_UNIT } from '../records/money.ts'

/** Ten thousand dollars: months of tests, and still an end to a program that runs wild. */
const DEVELOPMENT_VOUCHER = 10_000 * NANO_PER_UNIT

/** Once for each organisation, however often it is called: at every start, in case the one before ended in between. */
export async function giveDevelopmentVoucher(
  ledger: Pick<Ledger, 'credit'>,
  organisation: string,
  at: number,
): Promise<void> {
  await ledger.credit({
    kind: 'voucher',
    organisation,
    amount: DEVELOPMENT_VOUCHER,
    idempotencyKey: 'development-voucher',
    by: 'server',
    note: 'development voucher of the first start',
    at,
  })
}
