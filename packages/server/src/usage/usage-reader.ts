/** What operators ask of the usage: sums over hours or days, and single requests. */

import type { Currency, Nano } from '../records/money.ts'
import type { RequestRecord } from '../records/request-record.ts'

export const USAGE_DIMENSIONS = ['organisation', 'project', 'key', 'model', 'engine'] as const
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number]

export type UsageFilter = { readonly [Dimension in UsageDimension]?: string }

export interface UsageQuery {
  readonly filter: UsageFilter
  /** Milliseconds since the Unix epoch, whole hours; from ≤ time < to. */
  readonly from: number
  readonly to: number
  /** Columns that are told apart; without any, one row for each bucket. */
  readonly by: readonly UsageDimension[]
  readonly bucket: 'hour' | 'day' | 'all'
  /** Rows at most. */
  readonly limit: number
}

/** Sums of one bucket. Costs of two currencies are never added: an organisation has one, and rows are told apart by it. */
export interface UsageRow extends Partial<Record<UsageDimension, string>> {
  /** Start of the bucket, in milliseconds since the Unix epoch; `from` of the query for `all`. */
  readonly at: number
  readonly currency: Currency
  readonly requests: number
  readonly errors: number
  readonly prompt: number
  readonly cached: number
  readonly completion: number
  readonly reasoning: number
  readonly cost: Nano
}

/** What single requests are found by besides, which usage is not summed by. */
export const REQUEST_FIELDS = ['api', 'parent', 'run'] as const
type RequestFilter = UsageFilter & { readonly [Field in (typeof REQUEST_FIELDS)[number]]?: string }

export interface RequestQuery {
  /** `parent` and `run` have an index: a whole loop is found at once. */
  readonly filter: RequestFilter
  readonly from: number
  readonly to: number
  readonly error?: string
  /** Requests behind this one, as ids of the last page go. */
  readonly before?: string
  readonly limit: number
}

export interface UsageReader {
  /** In the order of time, then of the columns. What was committed a second ago is in it. */
  usage(query: UsageQuery): Promise<UsageRow[]>
  /** Newest first. */
  requests(query: RequestQuery): Promise<RequestRecord[]>
  /** One of them, of this organisation if one is named. Recent ones are found sooner. */
  request(id: string, organisation?: string): Promise<RequestRecord | undefined>
}
