/** What is noted of a request while it is answered, for its line in the log and for the metrics. No content, no keys. */

import type { Usage } from '@moonbase/core/generation'
import type { RoutingTrace } from '@moonbase/core/routing'
import type { ApiError } from '@moonbase/protocol'

export interface ExchangeNotes {
  /** The API's name. */
  api?: string
  keyId?: string
  organisation?: string
  /** The route's pattern, never the path as it was sent. */
  route?: string
  model?: string
  /** HTTP status of the reply. */
  status?: number
  streamed?: boolean
  engine?: string
  servedModel?: string
  usage?: Usage
  failure?: ApiError
  /** Milliseconds from the request's arrival to the first event of a stream. */
  firstTokenMs?: number
  /** Who was asked for the answer, and how that ended. */
  journey?: RoutingNotes
}

/** The part of a `RoutingTrace` that is told. */
export type RoutingNotes = Pick<RoutingTrace, 'attempts' | 'hedges' | 'seams' | 'ends'>
