/** Money: what an organisation has, what it is given, and every transfer. */

import { apiError } from '@moonbase/protocol'
import type { CreditKind } from '../../records/transfer-record.ts'
import type { Nano } from '../../records/money.ts'
import { amount, format, id, note, paging, signedAmount } from './field-shapes.ts'
import { type Operation, operation } from './operation.ts'
import { USUAL_PAGE, listReply } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { type Shape, optional, record } from './shape.ts'
import { balanceView, transferView } from './usage-views.ts'

const parameters = { organisation: id('the organisation') }

interface CreditWords {
  readonly kind: CreditKind
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly amount: Shape<Nano>
}

const CREDITS: readonly CreditWords[] = [
  {
    kind: 'recharge',
    path: 'recharges',
    id: 'recharge',
    summary: 'Add money that was paid; the tier goes by it',
    amount,
  },
  {
    kind: 'voucher',
    path: 'vouchers',
    id: 'giveVoucher',
    summary: 'Give a voucher, which is used before cash',
    amount,
  },
  { kind: 'refund', path: 'refunds', id: 'refund', summary: 'Give money back, to cash', amount },
  {
    kind: 'adjustment',
    path: 'adjustments',
    id: 'adjust',
    summary: 'Correct the cash by a positive or negative amount',
    amount: signedAmount,
  },
]

export const moneyOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/organisations/:organisation/balance',
    id: 'showBalance',
    summary: 'Show the balance of an organisation',
    scope: 'money:read',
    operatorOnly: false,
    organisation: 'organisation',
    parameters,
    reply: SCHEMAS.Balance,
    async run({ parameters: { organisation }, services }) {
      return balanceView(organisation, await services.ledger.balance(organisation))
    },
  }),
  ...CREDITS.map(creditOperation),
  operation({
    method: 'GET',
    path: '/admin/v1/organisations/:organisation/transfers',
    id: 'listTransfers',
    summary: 'List the transfers of an organisation, newest first',
    scope: 'money:read',
    operatorOnly: false,
    organisation: 'organisation',
    parameters,
    query: { ...paging, format },
    reply: listOf(SCHEMAS.Transfer),
    csv: true,
    async run({ parameters: { organisation }, query: { limit = USUAL_PAGE, after }, services }) {
      const page = { limit: limit + 1, ...(after === undefined ? {} : { before: after }) }
      return listReply(await services.ledger.transfers(organisation, page), limit, transferView)
    },
  }),
]

function creditOperation({ kind, path, amount: shape, ...words }: CreditWords): Operation {
  return operation({
    ...words,
    method: 'POST',
    path: `/admin/v1/organisations/:organisation/${path}`,
    description: 'The same `Idempotency-Key` again does nothing again, and says what was done then.',
    scope: 'money:write',
    operatorOnly: true,
    organisation: 'organisation',
    parameters,
    body: record({ amount: shape, note: optional(note) }),
    reply: SCHEMAS.Credit,
    idempotent: true,
    made: 'transfer',
    async run({ admin, parameters: { organisation }, body, idempotencyKey, services }) {
      if (body.amount === 0) throw apiError('invalid_request', { details: 'amount must not be 0' })
      const {
        id: transfer,
        repeated,
        balance,
      } = await services.ledger.credit({
        kind,
        organisation,
        amount: body.amount,
        idempotencyKey,
        by: admin.id,
        note: body.note ?? '',
        at: services.now(),
      })
      if (kind === 'recharge') services.accounts.recharged(organisation, balance.recharged)
      return { id: transfer, repeated, balance: balanceView(organisation, balance) }
    },
  })
}
