/** Errors in this wire's words: the platform's own numbers, each with its status, in the bodies that its clients look into. */

import type { ApiError, ErrorCode } from '@moonbase/protocol'

/** A number of the platform's table. */
export interface PlatformFault {
  readonly code: number
  readonly status: number
  readonly message: string
}

interface Row {
  readonly code: number
  /** Absent: that of the error itself. */
  readonly status?: number
  /** Absent: those of the error itself, which say more. */
  readonly words?: string
}

/** Of a server's own failure the platform's table says nothing: this number is ours. */
const OWN: Row = { code: 1000 }
const INVALID_INPUT: Row = { code: 8001 }
const OUT_OF_CAPACITY: Row = { code: 3040, status: 429 }
const NO_CREDIT: Row = { code: 2021, status: 402 }
const TIMEOUT: Row = { code: 3007, status: 408 }
const ABORTED: Row = { code: 3008, status: 408 }
const UNKNOWN_KEY: Row = { code: 10000, words: 'Authentication error' }

/**
 * Sources: the platform's page of errors for 3006 to 5007, and of gateways for 2009; 2003 is not confirmed; 2021, 7001, 7003, 8001 and 10000 as clients have met them. Its
 * provider for the AI SDK knows the status, and so whether to try again, by the number alone.
 */
const ROWS: Partial<Record<ErrorCode, Row>> = {
  incorrect_api_key: UNKNOWN_KEY,
  invalid_authentication: UNKNOWN_KEY,
  too_many_attempts: { code: 10000 },
  address_not_allowed: { code: 10000 },
  account_suspended: { code: 3023, status: 403 },
  quota_exceeded: NO_CREDIT,
  model_not_priced: NO_CREDIT,
  model_not_found: { code: 7003, status: 404 },
  route_not_found: { code: 7003, words: 'Could not route to this path, perhaps your object identifier is invalid?' },
  method_not_allowed: { code: 7001, words: 'Method not supported for requested URI.' },
  unsupported_image_url: { code: 5004 },
  unsupported_image_format: { code: 5004 },
  unsupported_video_url: { code: 5004 },
  unsupported_video_format: { code: 5004 },
  body_too_large: { code: 3006, status: 413 },
  headers_too_large: { code: 3006 },
  body_timeout: TIMEOUT,
  body_too_slow: TIMEOUT,
  engine_timeout: TIMEOUT,
  client_closed: ABORTED,
  engine_cut: ABORTED,
  concurrency_limit: OUT_OF_CAPACITY,
  rpm_limit: OUT_OF_CAPACITY,
  tpm_limit: OUT_OF_CAPACITY,
  tpd_limit: OUT_OF_CAPACITY,
  queue_full: OUT_OF_CAPACITY,
  share_limit: OUT_OF_CAPACITY,
  estimate_limit: OUT_OF_CAPACITY,
  engine_overloaded: OUT_OF_CAPACITY,
  engine_unavailable: OUT_OF_CAPACITY,
  engine_misconfigured: OUT_OF_CAPACITY,
  gateway_unauthorized: { code: 2009, status: 401, words: 'Unauthorized' },
  gateway_rate_limit: { code: 2003 },
  gateway_spend_limit: { code: 2003 },
  gateway_not_found: { code: 7003 },
  gateway_timeout: TIMEOUT,
  server_busy: OUT_OF_CAPACITY,
  shutting_down: OUT_OF_CAPACITY,
  ledger_unavailable: OUT_OF_CAPACITY,
  limits_unavailable: OUT_OF_CAPACITY,
}

/** Refusals of a gateway have a name of their own. */
const OF_A_GATEWAY: ReadonlySet<number> = new Set([2003, 2009])

/** Of a hosted model, which the platform runs itself, this is what is said when there is none of the name. */
const NO_SUCH_MODEL: Row = { code: 5007, status: 400 }

/** @param hosted whether a model that the platform runs itself was asked */
export function platformFault(error: ApiError, hosted = false): PlatformFault {
  const { code, status = error.status, words = error.publicMessage } = rowOf(error, hosted)
  return { code, status, message: words }
}

function rowOf({ code, status }: ApiError, hosted: boolean): Row {
  if (hosted && code === 'model_not_found') return NO_SUCH_MODEL
  return ROWS[code] ?? (status >= 500 ? OWN : INVALID_INPUT)
}

/**
 * What the binding reads, in one body for all of its calls: `run` looks for `internalCode`, and throws an error of that `name`
 * that says `<code>: <description>`; models and Markdown look into `errors`, and fail at anything else.
 */
export function bindingError({ code, message }: PlatformFault) {
  return {
    internalCode: code,
    name: nameOf(code),
    message: `${code}: ${message}`,
    description: message,
    ...envelope({ code, message }),
  }
}

function nameOf(code: number): string {
  if (OF_A_GATEWAY.has(code)) return 'AiGatewayError'
  return code === INVALID_INPUT.code ? 'InvalidInput' : 'InferenceUpstreamError'
}

/** What REST answers in place of a result. */
export function envelope({ code, message }: Omit<PlatformFault, 'status'>) {
  return { result: null, success: false, errors: [{ code, message }], messages: [] }
}

/** The same, and beside it what clients of OpenAI's wire look for: without it they know the status and nothing else. */
export function chatError(error: ApiError, fault: PlatformFault) {
  return { ...envelope(fault), error: openaiError(error, fault) }
}

/** In a stream, where both kinds of clients may read it. */
export function streamError(error: ApiError) {
  const { code, message } = platformFault(error)
  return { errors: [{ code, message }], error: openaiError(error, { code, message }) }
}

function openaiError({ type }: ApiError, { code, message }: Omit<PlatformFault, 'status'>) {
  return { message, type, code: String(code) }
}
