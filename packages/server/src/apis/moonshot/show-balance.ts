/** `GET /v1/users/me/balance`: what the key's organisation has left, in the platform's shape. */

import { admissionError } from '../../admission/limit-errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Caller } from '../api.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { type Nano, unitsText } from '../../records/money.ts'

/** Numbers in units of the organisation's currency. What is held for running requests is not available, nor in either balance. */
export function showBalance(ledger: Pick<Ledger, 'balance'>) {
  return async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const { cash, voucher } = await ledger.balance(key.organisation).catch((error: unknown) => {
      throw admissionError(error, key)
    })
    const data = {
      // Cash may be negative; a debt is not paid with vouchers.
      available_balance: units(Math.max(cash, 0) + voucher),
      voucher_balance: units(voucher),
      cash_balance: units(cash),
    }
    sendJson(exchange, 200, { code: 0, data, scode: '0x0', status: true })
  }
}

/** The number whose shortest decimal is the amount: a JSON number with just its digits. */
function units(amount: Nano): number {
  return Number(unitsText(amount))
}
