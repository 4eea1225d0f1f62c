/** What a failure of an engine means for routing: whose fault it is, and who may be asked next. */

import type { EngineError } from '../generation/index.ts'
import type { Outcome } from './breaker.ts'

export interface Verdict {
  /** What the replica's breaker hears. */
  readonly outcome: Outcome
  /** Who may be asked before anything was given out; `other` means another engine, for this one would say the same. */
  readonly next: 'nobody' | 'other' | 'anybody'
  /** Whether another engine may go on when a part of the answer was given out. */
  readonly resumable: boolean
  /** The replica is left alone for a while. */
  readonly cools: boolean
}

const FINAL: Verdict = { outcome: 'neutral', next: 'nobody', resumable: false, cools: false }
const BROKEN: Verdict = { outcome: 'failure', next: 'anybody', resumable: true, cools: false }
const FULL: Verdict = { outcome: 'neutral', next: 'anybody', resumable: true, cools: true }
const UNKNOWN: Verdict = { outcome: 'neutral', next: 'other', resumable: true, cools: false }
const MISCONFIGURED: Verdict = { outcome: 'failure', next: 'other', resumable: true, cools: false }

/** @param resuming the engine was asked to go on with what another began. */
export function verdictOn(error: EngineError, resuming: boolean): Verdict {
  switch (error.kind) {
    // It read the request and said no: so would the next one, and the client should hear it now. But a continuation is
    // our own request, made of one that was accepted: who refuses that cannot go on, and somebody else may.
    case 'refused':
      return resuming ? UNKNOWN : FINAL
    case 'content-filter':
    case 'limit':
    case 'aborted':
      return FINAL
    // Ours to mend, and only here: elsewhere the request may well be answered.
    case 'model-not-found':
      return UNKNOWN
    case 'misconfigured':
      return MISCONFIGURED
    // Full is not broken, and a 503 is how many servers say that they are full.
    case 'overloaded':
      return FULL
    case 'unavailable':
      return error.details.status === 503 ? FULL : BROKEN
    case 'timeout':
    case 'protocol':
    case 'cut':
      return BROKEN
  }
}

/**
 * Of two failures of one request, the one that tells its client more: a full engine says when to come back, a broken one
 * that coming back may help, and a badly configured one nothing that a client could use. Of equals the later.
 */
export function moreTelling(earlier: EngineError, later: EngineError): EngineError {
  return weightOf(earlier) > weightOf(later) ? earlier : later
}

function weightOf(error: EngineError): number {
  const { next, cools } = verdictOn(error, false)
  if (next === 'nobody') return 3
  if (cools) return 2
  return next === 'anybody' ? 1 : 0
}
