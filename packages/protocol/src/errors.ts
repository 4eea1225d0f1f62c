/** An error that clients see: raised by its code, with the words of the table filled in. */

import { ERRORS, type ErrorCode } from './error-table.ts'

/** The `{names}` inside some words, as a union of strings. */
type NamesIn<Words extends string> = Words extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

type ParametersOf<Code extends ErrorCode> = [NamesIn<(typeof ERRORS)[Code]['words']>] extends [never]
  ? []
  : [parameters: Record<NamesIn<(typeof ERRORS)[Code]['words']>, string | number>]

/** What goes with an error beside its words. None of it reaches the client but `retryAfterMs` and `headers`. */
export interface ApiErrorDetails {
  /** For our log: what really happened. Never shown to a client. */
  readonly reason?: string
  readonly cause?: unknown
  /** Milliseconds after which a retry may succeed; becomes `Retry-After`. */
  readonly retryAfterMs?: number
  /** Extra reply headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal or failure with two audiences: `message` is for our log, `publicMessage` is all a client ever sees. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code: ErrorCode
  readonly status: number
  readonly type: string
  readonly publicMessage: string
  readonly retryAfterMs: number | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(code: ErrorCode, publicMessage: string, details: ApiErrorDetails = {}) {
    super(details.reason ?? publicMessage, details.cause === undefined ? undefined : { cause: details.cause })
    const row = ERRORS[code]
    this.code = code
    this.status = row.status
    this.type = row.type
    this.publicMessage = publicMessage
    this.retryAfterMs = details.retryAfterMs
    this.headers = details.headers ?? {}
  }
}

/** Raises no error, makes one: `throw apiError('model_not_found', { model })`. */
export function apiError<Code extends ErrorCode>(code: Code, ...parameters: ParametersOf<Code>): ApiError {
  return new ApiError(code, wordsOf(code, ...parameters))
}

/** The same, with what our log should know. */
export function apiErrorWith<Code extends ErrorCode>(
  code: Code,
  details: ApiErrorDetails,
  ...parameters: ParametersOf<Code>
): ApiError {
  return new ApiError(code, wordsOf(code, ...parameters), details)
}

/** What a client sent may stand in an error; a megabyte of it may not. */
const MAXIMUM_VALUE_CHARACTERS = 1000

/** The words of a row with its `{names}` filled in, each cut to a length that a person reads. */
export function wordsOf<Code extends ErrorCode>(code: Code, ...parameters: ParametersOf<Code>): string {
  const values = parameters[0] as Record<string, string | number> | undefined
  return ERRORS[code].words.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(values?.[name] ?? '')
    return value.length > MAXIMUM_VALUE_CHARACTERS ? `${value.slice(0, MAXIMUM_VALUE_CHARACTERS)}…` : value
  })
}

/** The body of an error reply, and of an in-band error event: `{"error":{"message":…,"type":…}}`. */
export interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string }
}

export function errorBody(error: ApiError): ErrorBody {
  return { error: { message: error.publicMessage, type: error.type } }
}
