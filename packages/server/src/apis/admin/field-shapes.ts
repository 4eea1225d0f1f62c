/** The fields that bodies and queries are made of. */

import { LENIENT_SWITCHES, MODELS, isLenientSwitch } from '@moonbase/protocol'
import { ADMIN_SCOPES } from '../../records/account-records.ts'
import { MOST_RETENTION_DAYS } from '../../accounts/account-rules.ts'
import { CURRENCIES, type Nano } from '../../records/money.ts'
import { MOST_NANO, readAmount, readPrice, readTime } from './formats.ts'
import { type Shape, choice, described, list, nullable, optional, record, text, wholeNumber } from './shape.ts'

export const name = text({ minLength: 1, maxLength: 64, format: 'name', description: 'For people.' })
export const note = text({ maxLength: 500, format: 'note', description: 'For people; kept with the transfer.' })
export const id = (what: string): Shape<string> => text({ description: `The id of ${what}.` })

export const amount: Shape<Nano> = {
  schema: {
    type: 'string',
    format: 'amount',
    examples: ['12.5'],
    description: 'Units of the currency, as a decimal text.',
  },
  read: (json) => present(readAmount(String(json))),
}

export const signedAmount: Shape<Nano> = {
  schema: {
    type: 'string',
    format: 'signed-amount',
    examples: ['-12.5'],
    description: 'Units of the currency, as a decimal text; negative takes money away.',
  },
  read: (json) => present(readAmount(String(json))),
}

export const price: Shape<Nano> = {
  schema: {
    type: 'string',
    format: 'price',
    examples: ['0.6'],
    description: 'Units of the currency per million tokens, as a decimal text.',
  },
  read: (json) => present(readPrice(String(json))),
}

export const time: Shape<number> = {
  schema: { type: 'string', format: 'time', examples: ['2026-03-01T12:00:00Z'], description: 'ISO 8601.' },
  read: (json) => present(readTime(String(json))),
}

export const currency = choice(CURRENCIES)
export const model = choice(MODELS.map(({ id: one }) => one))
export const scopes = list(choice(ADMIN_SCOPES), ADMIN_SCOPES.length, { minItems: 1 })
export const models = described(
  nullable(list(model, 100, { minItems: 1 })),
  'What it may ask; null: all that are served.',
)
export const lenient = list(
  choice(Object.keys(LENIENT_SWITCHES).filter(isLenientSwitch)),
  Object.keys(LENIENT_SWITCHES).length,
)
export const addresses = described(
  nullable(list(text({ format: 'network' }), 100, { minItems: 1 })),
  'Addresses and networks that it may come from; null: any.',
)

const most = (words: string): Shape<number | null> =>
  nullable(wholeNumber(1, MOST_NANO, { description: `${words}; null: no limit.` }))

/** All four must be said: a limit that is left out by mistake would be no limit. */
export const rates = {
  concurrency: most('Requests under way'),
  rpm: most('Requests in any 60 seconds'),
  tpm: most('Tokens in any 60 seconds'),
  tpd: most('Tokens in any 24 hours'),
}
export const limits = nullable(record(rates))

export const budget = nullable(
  record({
    amount,
    period: choice(['month', 'total'], { description: '`month`: of the calendar, in UTC.' }),
  }),
)

export const contentRetentionDays = nullable(
  wholeNumber(1, MOST_RETENTION_DAYS, {
    description: 'How long what is asked and answered is kept; null: it is not, and what was kept expires in its time.',
  }),
)

export const paging = {
  limit: optional(wholeNumber(1, 1000, { default: 100, description: 'Entries at most.' })),
  after: optional(text({ maxLength: 200, description: 'The id of the last entry that was seen.' })),
}

export const format = optional(choice(['json', 'csv'], { description: 'Comes before the header `Accept`.' }))

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a text was read that the schema had not let pass')
  return value
}
