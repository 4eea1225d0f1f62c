/** `POST /web/v1/estimate`: what a chat request would cost at most, and what would be held for it, before anybody sends it. */

import { moonshot } from '@moonbase/core/dialects/moonshot'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { type Nano, unitsText } from '../../records/money.ts'
import type { Caller } from '../api.ts'
import { type CountServices, countRequest } from '../count-prompt.ts'

export interface EstimateServices extends CountServices {
  readonly ledger: Pick<Ledger, 'balance' | 'keepsBooks'>
}

/** Takes the body of a chat request. By the code that bills it, as the platform's own estimate, whose reply has tokens alone. */
export function showEstimate(services: EstimateServices) {
  const dialect = moonshot(mediaFromUrl)
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const { tokens, exact, budget, window, atMost, held } = await countRequest(dialect, exchange, caller, services)
    sendJson(exchange, 200, {
      tokens,
      exact,
      max_completion_tokens: budget,
      context_length: window,
      currency: caller.key.account.currency,
      at_most: textOf(atMost),
      held: textOf(held),
      available: await availableTo(caller.key, services),
    })
  }
}

function textOf(amount: Nano | undefined): string | null {
  return amount === undefined ? null : unitsText(amount)
}

/** `null` where nothing is charged. @throws ApiError where the books are away */
async function availableTo(key: KeyAccount, { ledger }: EstimateServices): Promise<string | null> {
  if (!ledger.keepsBooks) return null
  const { cash, voucher } = await ledger.balance(key.organisation).catch((error: unknown) => {
    throw admissionError(error, key)
  })
  return unitsText(Math.max(cash, 0) + voucher)
}
