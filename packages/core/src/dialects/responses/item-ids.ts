/** Ids of a response, of its items and of its calls: made of one another, so that an item leads to the response that holds it. */

/** What ids are made of. */
export interface ResponseIdentity {
  /** `resp_`, eight hex digits of the time and the 32 of a random UUID: ids are in the order of time. */
  readonly id: string
  /** Unix seconds. */
  readonly createdAt: number
}

const RESPONSE = 'resp_'

/** @param requestId a random UUID @param createdAt Unix seconds */
export function responseIdentity(requestId: string, createdAt: number): ResponseIdentity {
  const time = createdAt.toString(16).padStart(8, '0')
  return { id: `${RESPONSE}${time}${requestId.replaceAll('-', '')}`, createdAt }
}

type Side = 'i' | 'o'

/** `rs_…o0001`: behind the digits of its response, which side it is of and its place there. */
export function itemId(prefix: string, response: string, side: Side, place: number): string {
  return `${prefix}_${response.slice(RESPONSE.length)}${side}${String(place).padStart(4, '0')}`
}

const ITEM = /^[a-z]+_([0-9a-f]{40})([io])\d{4,6}$/

/** Where an item is kept; `undefined` for an id that this server never made. */
export function placeOfItem(
  item: string,
): { readonly response: string; readonly side: 'input' | 'output' } | undefined {
  const [, digits, side] = ITEM.exec(item) ?? []
  return digits === undefined ? undefined : { response: RESPONSE + digits, side: side === 'i' ? 'input' : 'output' }
}

const RESPONSE_ID = /^resp_[0-9a-f]{40}$/

export function isResponseId(text: string): boolean {
  return RESPONSE_ID.test(text)
}

/** Unique over a whole conversation, which clients count on: `call_`, 16 digits of its response, and its place among the calls. */
export function callId(response: string, place: number): string {
  return `call_${response.slice(-16)}_${place}`
}

const CALL = /^call_([0-9a-f]{16})_\d{1,5}$/

/** Whether two calls were made in one answer of this server. */
export function isSameAnswer(one: string, other: string): boolean {
  const digits = CALL.exec(one)?.[1]
  return digits !== undefined && CALL.exec(other)?.[1] === digits
}
