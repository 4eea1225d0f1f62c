/** The one way in which an engine fails. Foreign errors become this where they enter, with their `cause`. */

import { ApiError, type ApiErrorDetails, apiErrorWith } from '@moonbase/protocol/errors'
import { fullWindowIn } from './full-window.ts'

export type EngineErrorKind =
  /**
   * It read the request and said no; `publicMessage` holds its words. Or it could not be given all of the request: the
   * `cause` is then the `ApiError` that says why.
   */
  | 'refused'
  /** It filtered the request or the answer. */
  | 'content-filter'
  /** It does not know the model it was asked for. */
  | 'model-not-found'
  /** Our credentials or our address for it are wrong: the operator's to mend, not the client's. */
  | 'misconfigured'
  /** It is there but has no room now. */
  | 'overloaded'
  /** It cannot be reached, or answers that it cannot serve. */
  | 'unavailable'
  /** It took longer than it may. */
  | 'timeout'
  /** It said something that its protocol does not allow. */
  | 'protocol'
  /** It stopped in the middle. */
  | 'cut'
  /** It said more than we hold. */
  | 'limit'
  /** `signal` fired. */
  | 'aborted'

export interface EngineErrorDetails {
  readonly engine: string
  readonly cause?: unknown
  /** The HTTP status that the engine answered with, where there was one. */
  readonly status?: number
  readonly retryAfterMs?: number
  /** Words of the engine that are meant for the client. Only `refused` shows them. */
  readonly publicMessage?: string
  /** For `limit`. */
  readonly limit?: { readonly size: number; readonly unit: string }
}

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly kind: EngineErrorKind
  readonly details: EngineErrorDetails
  /** The message without the engine's name. */
  readonly words: string

  /** `message` is for our log. */
  constructor(kind: EngineErrorKind, message: string, details: EngineErrorDetails) {
    super(`${details.engine}: ${message}`, details.cause === undefined ? undefined : { cause: details.cause })
    this.kind = kind
    this.details = details
    this.words = message
  }

  /** The same failure, told in other words. */
  inWords(words: string): EngineError {
    return new EngineError(this.kind, words, this.details)
  }

  /** The row of the error table that a client sees for this failure. */
  toApiError(model: string): ApiError {
    const { retryAfterMs, publicMessage, limit } = this.details
    const known = { reason: this.message, cause: this, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
    switch (this.kind) {
      case 'refused':
        if (this.cause instanceof ApiError) return this.cause
        return refusalInWords(publicMessage ?? 'Invalid request Error', known)
      case 'content-filter':
        return apiErrorWith('content_filter', known)
      case 'model-not-found':
        return apiErrorWith('model_not_found', known, { model })
      case 'misconfigured':
        return apiErrorWith('engine_misconfigured', known)
      case 'overloaded':
        return apiErrorWith('engine_overloaded', known)
      case 'unavailable':
        return apiErrorWith('engine_unavailable', known)
      case 'timeout':
        return apiErrorWith('engine_timeout', known)
      case 'protocol':
        return apiErrorWith('engine_protocol', known)
      case 'cut':
        return apiErrorWith('engine_cut', known)
      case 'limit':
        return apiErrorWith('engine_limit', known, { limit: limit?.size ?? 0, unit: limit?.unit ?? 'bytes' })
      case 'aborted':
        return apiErrorWith('client_closed', known)
    }
  }
}

/** One event, one text, whoever counted: agents compact by it. Other words of a host are passed on. */
function refusalInWords(message: string, known: ApiErrorDetails): ApiError {
  const full = fullWindowIn(message)
  if (full === undefined) return apiErrorWith('engine_refused', known, { message })
  return apiErrorWith('window_exceeded', known, { limit: full.limit, requested: full.requested })
}

/** What an upstream's refusal says beside its status. */
export interface StatusDetails {
  /** Its `error.message`, already cut to a sane length. */
  readonly message?: string
  /** Its `error.type`. */
  readonly type?: string
  readonly retryAfterMs?: number
}

/** The failure that an HTTP status of an engine stands for. */
export function engineErrorFromStatus(engine: string, status: number, said: StatusDetails = {}): EngineError {
  const { message, type, retryAfterMs } = said
  const details = {
    engine,
    status,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(message === undefined ? {} : { publicMessage: message }),
  }
  const kind = kindOfStatus(status, type)
  // What is said of a request may quote it, and our log must not: a refusal's words are for the client alone.
  const quoted = message === undefined || ABOUT_THE_REQUEST.has(kind) ? '' : `: ${message}`
  return new EngineError(kind, `answered ${status}${type === undefined ? '' : ` ${type}`}${quoted}`, details)
}

const ABOUT_THE_REQUEST: ReadonlySet<EngineErrorKind> = new Set(['refused', 'content-filter', 'model-not-found'])

function kindOfStatus(status: number, type: string | undefined): EngineErrorKind {
  if (type === 'content_filter') return 'content-filter'
  if (status === 401 || status === 402 || status === 403) return 'misconfigured'
  if (status === 404) return 'model-not-found'
  if (status === 408 || status === 504) return 'timeout'
  // An empty account upstream is not a rush that passes: the client can do nothing about it, the operator can.
  if (status === 429) return type === 'exceeded_current_quota_error' ? 'misconfigured' : 'overloaded'
  return status >= 500 ? 'unavailable' : 'refused'
}
