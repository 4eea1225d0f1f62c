/** The headers that say truthfully how an answer came about: who gave it, what was let pass, how much room is left. */

import type { AppliedLeniency } from '@moonbase/core/contract'
import type { RunFacts } from '@moonbase/core/inference'
import type { LeniencyNote, LenientSwitch } from '@moonbase/protocol'
import type { Exchange } from '../http/exchange.ts'
import type { Inference } from '../inference/inference.ts'
import { RECEIPT_HEADER, receiptText } from './receipt.ts'

/** Fields that are named; a body may hold a million that nobody knows. */
const MAXIMUM_FIELDS = 16
const MAXIMUM_FIELD_CHARACTERS = 64
const MAXIMUM_HEADER_CHARACTERS = 512

type Headers = Pick<Exchange, 'setHeader'>

/** The headers that the platform's help centre names, where the account has a limit of requests. */
export function sayRoom(exchange: Headers, room: Inference['room']): void {
  if (room === null) return
  exchange.setHeader('X-RateLimit-Limit', String(room.limit))
  exchange.setHeader('X-RateLimit-Remaining', String(room.remaining))
  exchange.setHeader('X-RateLimit-Reset', String(Math.ceil(room.resetMs / 1000)))
}

/** Of a run that has begun. Returns the header that says who answers. */
export function sayAnswer(
  exchange: Headers,
  { engine = '', servedModel = '', approximate }: Pick<RunFacts, 'engine' | 'servedModel' | 'approximate'>,
  decoded: readonly LeniencyNote[],
  agreed: Inference['leniency'],
): string {
  const servedBy = `${printable(servedModel)}; engine=${printable(engine)}`
  exchange.setHeader('x-moonbase-served-by', servedBy)
  if (approximate === true) exchange.setHeader('x-moonbase-token-count', 'approximate')
  for (const [name, value] of leniencyHeaders(decoded, agreed)) exchange.setHeader(name, value)
  return servedBy
}

/** Of a whole reply, which is paid for. */
export function sayReceipt(exchange: Headers, { receipt }: Pick<Inference, 'receipt'>): void {
  if (receipt !== undefined) exchange.setHeader(RECEIPT_HEADER, receiptText(receipt))
}

/** @param decoded what was let pass before the contract, by the dialect */
export function leniencyHeaders(
  decoded: readonly LeniencyNote[],
  { notes, schemaWarning }: Readonly<AppliedLeniency>,
): [name: string, value: string][] {
  const headers: [string, string][] = []
  const lenient = lenientHeader([...decoded, ...notes])
  if (lenient !== undefined) headers.push(['x-moonbase-lenient', lenient])
  if (schemaWarning !== undefined) headers.push(['msh-schema-warning', printable(schemaWarning)])
  return headers
}

/** `drop-fixed-sampling;fields="temperature top_p"`. Field names come from the client, so only harmless characters are shown. */
function lenientHeader(notes: readonly LeniencyNote[]): string | undefined {
  if (notes.length === 0) return undefined
  const fields = new Map<LenientSwitch, string[]>()
  for (const { switch: name, field } of notes) {
    const names = fields.get(name) ?? []
    fields.set(name, names)
    if (names.length < MAXIMUM_FIELDS) names.push(field.slice(0, MAXIMUM_FIELD_CHARACTERS).replace(/[^\w.$-]/g, '_'))
  }
  return [...fields].map(([name, names]) => `${name};fields="${names.join(' ')}"`).join(', ')
}

/** Words of an upstream or a client that end up in a header: only what a header may hold. */
export function printable(text: string): string {
  return text.slice(0, MAXIMUM_HEADER_CHARACTERS).replace(/[^\x20-\x7e]/g, '?')
}
