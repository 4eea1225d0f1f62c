/** What replies look like. Each named schema is a component of the OpenAPI document. */

import { ADMIN_SCOPES } from '../../records/account-records.ts'
import { CREDIT_KINDS } from '../../records/transfer-record.ts'
import { CURRENCIES } from '../../records/money.ts'
import { USAGE_DIMENSIONS } from '../../usage/usage-reader.ts'
import { amount, count, listed, oneOf, orNull, text, time, whole } from './reply-shapes.ts'
import { REQUEST_SCHEMA, TIMELINE_SCHEMA } from './request-view.ts'
import type { JsonSchema } from './shape.ts'

const currency = { type: 'string', enum: [...CURRENCIES] }
const texts = listed(text)

const rates = { concurrency: orNull(count), rpm: orNull(count), tpm: orNull(count), tpd: orNull(count) }
const limits = whole(rates)
const budget = whole({ amount, period: oneOf('month', 'total') })

const organisation = whole({
  id: text,
  name: text,
  currency,
  status: oneOf('active', 'suspended'),
  tier: { ...text, description: 'The one that holds.' },
  tier_fixed: { type: 'boolean', description: 'Given by an operator; otherwise it follows from what was recharged.' },
  limits,
  recharged: amount,
  created_at: time,
})

const project = whole({
  id: text,
  organisation: text,
  name: text,
  status: oneOf('active', 'archived'),
  limits: orNull(limits),
  budget: orNull(budget),
  content_retention_days: { ...orNull(count), description: 'null: contents are not kept.' },
  created_at: time,
})

const apiKeyFields = {
  id: text,
  organisation: text,
  project: text,
  name: text,
  prefix: text,
  status: oneOf('active', 'revoked'),
  created_at: time,
  expires_at: orNull(time),
  models: orNull(texts),
  addresses: orNull(texts),
  limits: orNull(limits),
  budget: orNull(budget),
  lenient: texts,
  queue_ms: count,
}

const adminKeyFields = {
  id: text,
  name: text,
  prefix: text,
  status: oneOf('active', 'revoked'),
  scopes: { type: 'array', items: oneOf(...ADMIN_SCOPES) },
  organisation: { ...orNull(text), description: 'null: an operator, for all of them.' },
  created_at: time,
  expires_at: orNull(time),
}

const key = { ...text, description: 'The key itself. It is shown this once and kept nowhere.' }

const balance = whole({
  organisation: text,
  currency,
  available: { ...amount, description: 'What can be spent now.' },
  cash: amount,
  voucher: amount,
  held: { ...amount, description: 'Kept back for requests under way; in neither of the others.' },
  recharged: amount,
})

const tokens = { prompt_tokens: count, cached_tokens: count, completion_tokens: count, reasoning_tokens: count }

const usage: JsonSchema = {
  type: 'object',
  properties: {
    at: time,
    ...Object.fromEntries(USAGE_DIMENSIONS.map((dimension) => [dimension, text])),
    currency,
    requests: count,
    errors: count,
    ...tokens,
    cost: amount,
  },
  required: ['at', 'currency', 'requests', 'errors', ...Object.keys(tokens), 'cost'],
  additionalProperties: false,
}

const audit = whole({
  at: time,
  clean: { type: 'boolean' },
  organisations: count,
  transfers: count,
  open_holds: count,
  ended_holds: count,
  problems: texts,
  more_problems: count,
})

export const SCHEMAS = {
  Organisation: organisation,
  Project: project,
  ApiKey: whole(apiKeyFields),
  NewApiKey: whole({ key, ...apiKeyFields }),
  AdminKey: whole(adminKeyFields),
  NewAdminKey: whole({ key, ...adminKeyFields }),
  Tier: whole({ name: text, ...rates, recharge: whole({ USD: orNull(amount), CNY: orNull(amount) }) }),
  Price: whole({
    id: text,
    source: oneOf('set', 'catalogue'),
    model: text,
    engine: orNull(text),
    currency,
    from: orNull(time),
    to: orNull(time),
    hit: orNull(amount),
    miss: amount,
    output: amount,
    batch_percent: count,
    web_search: amount,
  }),
  Balance: balance,
  Credit: whole({ id: text, repeated: { type: 'boolean' }, balance }),
  Transfer: whole({
    id: text,
    kind: oneOf('hold', 'settle', 'release', ...CREDIT_KINDS),
    organisation: text,
    request: orNull(text),
    debit: text,
    credit: text,
    cash: amount,
    voucher: amount,
    by: orNull(text),
    note: orNull(text),
    at: time,
  }),
  Usage: usage,
  Request: REQUEST_SCHEMA,
  Timeline: TIMELINE_SCHEMA,
  RequestContent: whole({
    id: text,
    at: time,
    organisation: text,
    project: text,
    expires_at: time,
    error: { ...orNull(text), description: 'A code of the error table: of the refusal, or of what ended the answer.' },
    cut: { type: 'boolean', description: 'The answer began, and did not come to its end.' },
    asked: {
      description: 'The body as it was sent, with a note in place of media; null: it could not be read.',
    },
    asked_shortened: { type: 'boolean', description: 'It was too large, and a part of it is left out.' },
    answered: {
      ...orNull({ type: 'object' }),
      description: 'The choices, as far as they were given out; null: nothing was.',
    },
    answered_shortened: { type: 'boolean', description: 'It was too large, and a part of it is left out.' },
  }),
  Forgotten: whole({ forgotten: { ...count, description: 'How many contents were deleted.' } }),
  Audit: whole({ report: audit }),
  LastAudit: whole({ report: { ...orNull(audit), description: 'null: there was none since the start.' } }),
  Error: whole({ error: whole({ message: text, type: text }) }),
} as const satisfies Record<string, JsonSchema>

export function listOf(item: JsonSchema): JsonSchema {
  return whole({
    object: { const: 'list' },
    data: { type: 'array', items: item },
    has_more: { type: 'boolean', description: 'Ask again with `after` and the last id.' },
  })
}
