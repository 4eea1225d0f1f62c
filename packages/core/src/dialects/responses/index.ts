/** The Responses dialect: OpenAI's wire of items and typed events. */

import type { LenientSwitch } from '@moonbase/protocol'
import type { Reply } from '../../generation/index.ts'
import type { DecodedRequest, Dialect, WireRequest } from '../dialect.ts'
import type { ReasoningSeal } from './decode-items.ts'
import { type AskedResponse, type BodyParts, decodeBody } from './decode-request.ts'
import { errorBodyOf, errorEventOf } from './errors.ts'
import { EventEncoder } from './event-encoder.ts'
import type { AnyItem } from './item.ts'
import { eventsOf } from './reply-events.ts'
import { ResponseObject } from './response-object.ts'

export interface ResponsesParts extends BodyParts {
  /** Bound to whose request it is. */
  readonly seal: ReasoningSeal
  /** Unix seconds. */
  readonly now: () => number
}

export interface DecodedResponse extends DecodedRequest {
  readonly asked: AskedResponse
  /** Of this request alone, each with an id. */
  readonly input: readonly AnyItem[]
  /** The answer as an object, while its events are pushed. */
  readonly response: () => ResponseObject
  readonly events: () => EventEncoder
}

export interface ResponsesDialect extends Dialect {
  decode(wire: WireRequest, lenient: ReadonlySet<LenientSwitch>): DecodedResponse
}

/**
 * What this wire's clients send by themselves: tools of their host, schemas that are no MFJS, a temperature, a thought that was
 * empty, a budget as large as the window, calls without the thought before them. Each of it is named in the reply's header.
 */
const LENIENT: ReadonlySet<LenientSwitch> = new Set([
  'ignore-unknown-fields',
  'relax-schema',
  'drop-fixed-sampling',
  'accept-empty-reasoning',
  'clamp-budget',
  'repair-tools',
  'restore-reasoning',
])

/** One is made for each request: it knows whose it is, and what it refers to. */
export function responses(parts: ResponsesParts): ResponsesDialect {
  return {
    ...RESPONSES_FORM,
    decode(wire, lenient) {
      const decoded = decodeBody(wire.body(), lenient, parts)
      return { ...decoded, ...answering(decoded.asked, parts.seal, parts.now) }
    },
  }
}

/** Apart, so that what answers holds on to nothing of the conversation. */
function answering(
  asked: AskedResponse,
  seal: ReasoningSeal,
  now: () => number,
): Pick<DecodedResponse, 'response' | 'whole' | 'events'> {
  const response = (): ResponseObject => new ResponseObject(asked, seal, now)
  return {
    response,
    whole: (_, reply) => wholeOf(response(), reply),
    events: () => new EventEncoder(asked, seal, now),
  }
}

/** What all requests of this wire have in common. */
export const RESPONSES_FORM: Omit<Dialect, 'decode'> = {
  name: 'responses',
  lenient: LENIENT,
  encodeError: errorBodyOf,
  encodeFailure: errorEventOf,
}

function wholeOf(response: ResponseObject, reply: Reply): unknown {
  for (const event of eventsOf(reply)) response.push(event)
  response.complete()
  return response.toObject()
}

export { type Earlier, referencesOf } from './decode-input.ts'
export type { ReasoningSeal } from './decode-items.ts'
export type { AskedResponse } from './decode-request.ts'
export { EventEncoder } from './event-encoder.ts'
export { type ResponseIdentity, isResponseId, placeOfItem, responseIdentity } from './item-ids.ts'
export type { AnyItem }
export { ResponseObject } from './response-object.ts'
