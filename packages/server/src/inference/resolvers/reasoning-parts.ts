/** What the store of kept reasoning is made of: its limits, what is counted of it, and what it needs. */

import type { Clock } from '@moonbase/core/generation'
import type { Documents } from '../../documents/documents.ts'

export interface ReasoningLimits {
  /** How long a thought is kept, in milliseconds; 0: none is. */
  readonly keepMs: number
  /** Of one organisation. */
  readonly entries: number
  readonly bytes: number
}

/** What is counted, of one thought each. */
export const REASONING_OUTCOMES = [
  'kept',
  'restored',
  'not-found',
  'ambiguous',
  /** Made room for others before its time. */
  'evicted',
  /** Not kept: longer than a document may be, or behind a conversation that is too long. */
  'too-long',
  /** Not kept: too many wait for the store. */
  'busy',
  /** Not kept: the organisation's room is used up, and nothing could be evicted yet. */
  'full',
  /** Not kept, or not known to be: the store did not take it, or not in time. */
  'failed',
] as const
export type ReasoningOutcome = (typeof REASONING_OUTCOMES)[number]

export interface ReasoningStoreParts {
  readonly documents: Pick<Documents, 'put' | 'list' | 'count' | 'lease'>
  readonly limits: ReasoningLimits
  readonly clock: Clock
  readonly count: (outcome: ReasoningOutcome, amount?: number) => void
  /** For the log: what went wrong where no request is told. */
  readonly onProblem: (problem: string, cause: unknown) => void
}

/** The kind of its documents. */
export const REASONING_KIND = 'reasoning'
