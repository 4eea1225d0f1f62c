/** An error that clients see: raised by its code, with the words of its row filled in. */

import { type ErrorRow, REQUEST_ERRORS } from './error-table.ts'
import type { LenientSwitch } from './leniency.ts'
import type { PLATFORM_ERRORS } from './platform-error-table.ts'

/** Of either part of the table. */
export type ErrorCode = keyof typeof REQUEST_ERRORS | keyof typeof PLATFORM_ERRORS

type RequestErrorCode = keyof typeof REQUEST_ERRORS

/** The `{names}` inside some words, as a union of strings. */
type NamesIn<Words extends string> = Words extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never

/** What has to be given with these words. */
export type ParametersOf<Words extends string> = [NamesIn<Words>] extends [never]
  ? []
  : [parameters: Record<NamesIn<Words>, string | number>]

type RequestParameters<Code extends RequestErrorCode> = ParametersOf<(typeof REQUEST_ERRORS)[Code]['words']>

/** What goes with an error beside its words. None of it reaches the client but `retryAfterMs` and `headers`. */
export interface ApiErrorDetails {
  /** For our log: what really happened. Never shown to a client. */
  readonly reason?: string
  readonly cause?: unknown
  /** Milliseconds after which a retry may succeed; becomes `Retry-After`. */
  readonly retryAfterMs?: number
  /** Extra reply headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>
  /** What it is about, for our log. */
  readonly field?: RefusedField
  /** What would let it pass, for a hint: of codes that say too little to tell it. */
  readonly switch?: LenientSwitch
}

/** What the `{names}` of some words stand for. */
export type ErrorParameters = Readonly<Record<string, string | number>>

/** Names may come from a client; values are numbers, which hold nothing of a prompt. */
export interface RefusedField {
  readonly name: string
  readonly value?: number
  readonly allowed?: number
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
  readonly field: RefusedField | undefined
  readonly switch: LenientSwitch | undefined
  /** What its words were filled in with: another wire says the same in words of its own. */
  readonly parameters: ErrorParameters

  constructor(
    code: ErrorCode,
    row: ErrorRow,
    publicMessage: string,
    details: ApiErrorDetails = {},
    parameters: ErrorParameters = {},
  ) {
    super(details.reason ?? publicMessage, details.cause === undefined ? undefined : { cause: details.cause })
    this.code = code
    this.status = row.status
    this.type = row.type
    this.publicMessage = publicMessage
    this.retryAfterMs = details.retryAfterMs
    this.headers = details.headers ?? {}
    this.field = details.field
    this.switch = details.switch
    this.parameters = parameters
  }
}

/** Raises no error, makes one: `throw apiError('model_not_found', { model })`. */
export function apiError<Code extends RequestErrorCode>(code: Code, ...parameters: RequestParameters<Code>): ApiError {
  return new ApiError(code, REQUEST_ERRORS[code], wordsOf(code, ...parameters), {}, parameters[0])
}

/** The same, with what our log should know. */
export function apiErrorWith<Code extends RequestErrorCode>(
  code: Code,
  details: ApiErrorDetails,
  ...parameters: RequestParameters<Code>
): ApiError {
  return new ApiError(code, REQUEST_ERRORS[code], wordsOf(code, ...parameters), details, parameters[0])
}

export function wordsOf<Code extends RequestErrorCode>(code: Code, ...parameters: RequestParameters<Code>): string {
  return filledIn(REQUEST_ERRORS[code].words, parameters[0])
}

/** What a client sent may stand in an error; a megabyte of it may not. */
const MAXIMUM_VALUE_CHARACTERS = 1000

/** Words with their `{names}` filled in, each cut to a length that a person reads: also where half an emoji is left. */
export function filledIn(words: string, parameters: ErrorParameters | undefined): string {
  const filled = words.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(parameters?.[name] ?? '')
    return value.length > MAXIMUM_VALUE_CHARACTERS ? `${value.slice(0, MAXIMUM_VALUE_CHARACTERS)}…` : value
  })
  return filled.toWellFormed()
}

/** The body of an error reply, and of an in-band error event: `{"error":{"message":…,"type":…}}`. The platform's schema has a `code` as well. */
export interface ErrorBody {
  readonly error: { readonly message: string; readonly type: string; readonly code?: string }
}

/** Agents that do not know the platform's sentence compact by OpenAI's code: Qwen Code and Cline do. */
const CODES: Partial<Record<ErrorCode, string>> = { window_exceeded: 'context_length_exceeded' }

export function errorBody({ publicMessage, type, code }: ApiError): ErrorBody {
  const known = CODES[code]
  return { error: { message: publicMessage, type, ...(known === undefined ? {} : { code: known }) } }
}
