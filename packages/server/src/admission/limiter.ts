/**
 * May this request run now? Slots for requests under way, and windows that slide over requests and tokens.
 *
 * One request is counted for several subjects, such as its organisation, its project and its key: all let it in, or none
 * counts it.
 */

import type { RateLimits } from '../records/account-records.ts'

export type LimitKind = 'concurrency' | 'rpm' | 'tpm' | 'tpd'

type Owner = 'organisation' | 'project' | 'key'

export interface LimitedSubject {
  /** Batch work is counted by itself: it never uses up what somebody waits for. */
  readonly scope: Owner | `batch-${Owner}`
  readonly id: string
  readonly limits: RateLimits
}

export interface AdmissionRequest {
  /** In the order in which refusals are told. */
  readonly subjects: readonly LimitedSubject[]
  /** Prompt and `max_completion_tokens`, counted now; what is not used is given back at the end. */
  readonly tokens: number
  /** A later round of an answer that is let in already: its tokens are counted, and neither a slot nor a request. */
  readonly within?: boolean
}

/** A request that runs. Ended once, whatever happened to it. */
export interface Admission {
  /**
   * Of the first subject, after this request: for the `X-RateLimit-*` headers. `null` where it has no limit of requests, and for
   * a later round, which is none.
   */
  readonly requests: { readonly limit: number; readonly remaining: number; readonly resetMs: number } | null
  /**
   * Gives back what was counted and not used, and keeps the slot: for an answer that has rounds to come. Only the first call
   * counts, and none behind the end. Never fails.
   */
  giveBack(usedTokens: number): void
  /** Frees the slot, and gives back what was counted and not used unless that is done. Only the first call counts. Never fails. */
  end(usedTokens: number): void
}

export interface LimitRefusal {
  readonly refused: LimitKind
  readonly subject: LimitedSubject
  /** What is counted now, this request not included; and what may be. */
  readonly current: number
  readonly limit: number
  /** When the same request would be let in if nobody else came; `undefined`: never, it is larger than the limit. */
  readonly retryAfterMs: number | undefined
}

export type AdmissionAnswer = Admission | LimitRefusal

export interface Limiter {
  /** At once where the counts are in this process. @throws LimiterError when the counts cannot be reached and the choice is `closed` */
  admit(request: AdmissionRequest): AdmissionAnswer | Promise<AdmissionAnswer>
  /**
   * Tokens that all windows of these subjects have room for, known without asking anybody; `undefined`: it is not known, or
   * not for now. `Infinity` where none of them limits tokens, less than nothing where a limit was lowered.
   */
  room(subjects: readonly LimitedSubject[]): number | undefined
  /** What is counted of one now; `undefined` where others count too, and nobody is asked for it. */
  counted(subject: LimitedSubject): Readonly<Record<LimitKind, number>> | undefined
  /** Told of whose organisation something was freed, as far as this process knows. One listener. */
  onRoom(listener: (organisation: string) => void): void
  readonly figures: { readonly running: number; readonly degraded: boolean; readonly failures: number }
  close(): Promise<void>
}

export class LimiterError extends Error {
  override readonly name = 'LimiterError'
}

export function isRefusal(answer: AdmissionAnswer): answer is LimitRefusal {
  return 'refused' in answer
}
