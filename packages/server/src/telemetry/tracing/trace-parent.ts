/** The header `traceparent` of W3C Trace Context: of which span the caller's request is a part. */

import type { SpanContext } from '@opentelemetry/api'

const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)

/** `undefined` for what is none: the request then begins a trace of its own, as the standard has it. */
export function traceParent(header: string | undefined): SpanContext | undefined {
  if (header === undefined) return undefined
  const [, version, traceId, spanId, flags = '', more] = HEADER.exec(header.trim()) ?? []
  if (traceId === undefined || spanId === undefined || traceId === NO_TRACE || spanId === NO_SPAN) return undefined
  // Later versions may say more behind what is known; `ff` is none.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined
  // Of the flags only the first is known: whether the caller keeps the trace.
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true }
}
