/** Refusals and failures in Oxen's two forms: one of a few sentences about a call, and one for all else, with a type. */

import { type ApiError, type ErrorCode, ERRORS } from '@moonbase/protocol'
import { NO_MESSAGES, NO_MODEL } from './decode-oxen.ts'
import { oxenName } from './model-names.ts'

export interface OxenFault {
  readonly status: number
  readonly body: SentenceBody | TypedBody
}

interface SentenceBody {
  readonly error: { readonly message: string }
}

interface TypedBody {
  readonly error: {
    readonly type: string
    readonly title: string
    readonly detail: string
    /** The same as `detail`, and not documented: OpenAI's clients show nothing else. */
    readonly message: string
  }
  readonly status: 'error'
  readonly status_message: string
}

export function oxenFault(error: ApiError): OxenFault {
  const sentence = sentenceOf(error)
  if (sentence !== undefined) return { status: error.status, body: { error: { message: sentence } } }
  const { status, type, title = error.publicMessage } = kindOf(error)
  const { publicMessage: detail } = error
  const body = { error: { type, title, detail, message: detail }, status: 'error', status_message: type } as const
  return { status, body }
}

/** What its documentation says in a sentence and nothing more. */
function sentenceOf({ code, publicMessage }: ApiError): string | undefined {
  if (code === 'model_not_found') return `Model not found: ${oxenName(filledIn(code, publicMessage))}`
  if (code !== 'invalid_request') return undefined
  const details = filledIn(code, publicMessage)
  return details === NO_MODEL || details === NO_MESSAGES ? details : undefined
}

/** What stands in the one place of these words that was left for it. */
function filledIn(code: 'model_not_found' | 'invalid_request', words: string): string {
  const [before = '', after = ''] = ERRORS[code].words.split(/\{\w+\}/)
  return words.slice(before.length, words.length - after.length)
}

interface Kind {
  readonly status: number
  readonly type: string
  /** Where it has one of its own. */
  readonly title?: string
}

/** Documented or seen; nothing of the sort is known of a limit and of what may not be asked. */
const NO_CREDITS = { status: 402, type: 'insufficient_credits', title: 'You have run out of credits.' } as const
const NOT_FOUND = { type: 'resource_not_found', title: 'The requested resource could not be found' } as const
const INVALID = {
  type: 'invalid_params',
  title: 'Invalid parameters supplied, please check your request and try again.',
} as const

const KINDS: Partial<Record<ErrorCode, Kind>> = { account_suspended: NO_CREDITS, quota_exceeded: NO_CREDITS }

function kindOf({ code, status }: ApiError): Kind {
  const known = KINDS[code]
  if (known !== undefined) return known
  if (status === 401) return { status, type: 'unauthenticated' }
  if (status === 404 || status === 410) return { status, ...NOT_FOUND }
  if (status === 403) return { status, type: 'forbidden' }
  if (status === 429) return { status, type: 'rate_limit_exceeded' }
  return status < 500 ? { status, ...INVALID } : { status, type: 'unknown_error' }
}
