/** Usage and the request log: what was asked, what it took, what it cost. Never contents. */

import { apiError } from '@moonbase/protocol'
import type { AdminKeyRecord } from '../../records/account-records.ts'
import { REQUEST_FIELDS, type RequestFilter, USAGE_DIMENSIONS, type UsageFilter } from '../../usage/usage-reader.ts'
import { notFound } from './admin-errors.ts'
import { format, id, paging, time } from './field-shapes.ts'
import { type AdminServices, type Operation, operation } from './operation.ts'
import { USUAL_PAGE, listReply } from './pages.ts'
import { SCHEMAS, listOf } from './reply-schemas.ts'
import { choice, described, list, optional, text, wholeNumber } from './shape.ts'
import { timelineView, transfersOf } from '../request-timeline.ts'
import { requestView } from './request-view.ts'
import { usageView } from './usage-views.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const USUAL_USAGE_DAYS = 30
/** Three years and a bit, so that a whole one can be laid beside the one before. */
const LONGEST_MS = 1_200 * DAY_MS
const MOST_ROWS = 10_000

const filters = {
  organisation: optional(id('an organisation')),
  project: optional(id('a project')),
  key: optional(id('an API key')),
  model: optional(text({ description: 'As it was asked for.' })),
  engine: optional(text({ description: 'Who answered.' })),
}

export const usageOperations: readonly Operation[] = [
  operation({
    method: 'GET',
    path: '/admin/v1/usage',
    id: 'showUsage',
    summary: 'Sum up tokens, money, requests and errors',
    description:
      'One row for each bucket, currency and combination of the columns in `by`. Without `from` it begins 30 days ago, without `to` it goes on until now. A table that is too long is refused as CSV; as JSON it has `has_more`.',
    scope: 'usage:read',
    operatorOnly: false,
    organisation: null,
    query: {
      ...filters,
      by: optional(described(list(choice(USAGE_DIMENSIONS), USAGE_DIMENSIONS.length), 'Columns, with commas.')),
      bucket: optional(choice(['hour', 'day', 'all'], { default: 'day', description: 'Days are those of UTC.' })),
      from: optional(described(time, 'A whole hour; inclusive.')),
      to: optional(described(time, 'A whole hour; exclusive.')),
      limit: optional(wholeNumber(1, MOST_ROWS, { default: MOST_ROWS, description: 'Rows at most.' })),
      format,
    },
    reply: listOf(SCHEMAS.Usage),
    csv: true,
    async run({ admin, query, services }) {
      const { by = [], bucket = 'day', limit = MOST_ROWS } = query
      const to = query.to ?? nextHour(services.now())
      const from = query.from ?? Math.floor((to - USUAL_USAGE_DAYS * DAY_MS) / DAY_MS) * DAY_MS
      assertRange(from, to, HOUR_MS)
      const filter = filterFor(admin, query, services)
      const rows = await services.usage.usage({ filter, from, to, by, bucket, limit: limit + 1 })
      return listReply(rows, limit, (row) => usageView(row, by))
    },
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/requests',
    id: 'listRequests',
    summary: 'List requests, newest first',
    description: 'Without `from` and `to`: those of the last 24 hours.',
    scope: 'usage:read',
    operatorOnly: false,
    organisation: null,
    query: {
      ...filters,
      api: optional(text({ description: 'That it came by.' })),
      parent: optional(text({ description: 'All that is a part of this one.' })),
      run: optional(text({ description: 'As its caller names the work that it belongs to.' })),
      error: optional(text({ description: 'A code of the error table.' })),
      from: optional(described(time, 'Inclusive.')),
      to: optional(described(time, 'Exclusive.')),
      ...paging,
      format,
    },
    reply: listOf(SCHEMAS.Request),
    csv: true,
    async run({ admin, query, services }) {
      const { limit = USUAL_PAGE, after, error } = query
      const to = query.to ?? services.now() + 1
      const from = query.from ?? to - DAY_MS
      assertRange(from, to, 1)
      const requests = await services.usage.requests({
        filter: { ...filterFor(admin, query, services), ...pickFields(query) },
        from,
        to,
        limit: limit + 1,
        ...(after === undefined ? {} : { before: after }),
        ...(error === undefined ? {} : { error }),
      })
      return listReply(requests, limit, requestView)
    },
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/requests/:request',
    id: 'showRequest',
    summary: 'Show one request of the log',
    scope: 'usage:read',
    operatorOnly: false,
    organisation: null,
    parameters: { request: id('the request') },
    reply: SCHEMAS.Request,
    async run({ admin, parameters, services }) {
      const found = await services.usage.request(parameters.request, admin.organisation ?? undefined)
      if (found === undefined) throw notFound('request', parameters.request)
      return requestView(found)
    },
  }),
  operation({
    method: 'GET',
    path: '/admin/v1/requests/:request/timeline',
    id: 'showTimeline',
    summary: 'Show what happened while one request was answered',
    description:
      'Who was asked and what came of it, where one engine went on for another, how long each phase took, and what was paid: of transfers only those among the 500 newest of the organisation.',
    scope: 'usage:read',
    operatorOnly: false,
    organisation: null,
    parameters: { request: id('the request') },
    reply: SCHEMAS.Timeline,
    async run({ admin, parameters, services }) {
      const found = await services.usage.request(parameters.request, admin.organisation ?? undefined)
      if (found === undefined) throw notFound('request', parameters.request)
      return timelineView(found, await transfersOf(services.ledger, found))
    },
  }),
]

/** A key of one organisation sees that one; to ask for another is to ask for one that is not there. */
function filterFor(admin: AdminKeyRecord, asked: UsageFilter, { accounts }: AdminServices): UsageFilter {
  const organisation = asked.organisation ?? admin.organisation ?? undefined
  if (organisation !== undefined) {
    const visible = admin.organisation === null || admin.organisation === organisation
    if (!visible || !accounts.organisations().some((one) => one.id === organisation)) {
      throw notFound('organisation', organisation)
    }
  }
  const filter = Object.entries({ ...pickFilter(asked), organisation }).filter(([, value]) => value !== undefined)
  return Object.fromEntries(filter)
}

function pickFilter(asked: UsageFilter): UsageFilter {
  return Object.fromEntries(USAGE_DIMENSIONS.map((dimension) => [dimension, asked[dimension]]))
}

function pickFields(asked: RequestFilter): RequestFilter {
  const fields = REQUEST_FIELDS.map((field) => [field, asked[field]] as const)
  return Object.fromEntries(fields.filter(([, value]) => value !== undefined))
}

function assertRange(from: number, to: number, unit: number): void {
  if (from % unit !== 0 || to % unit !== 0) {
    throw apiError('invalid_request', { details: 'from and to must be whole hours, such as 2026-03-01T12:00:00Z' })
  }
  if (from >= to) throw apiError('invalid_request', { details: 'from must be before to' })
  if (to - from > LONGEST_MS) {
    throw apiError('invalid_request', { details: 'from and to must be at most 1200 days apart' })
  }
}

function nextHour(now: number): number {
  return (Math.floor(now / HOUR_MS) + 1) * HOUR_MS
}
