/** What a running server says of itself at `/metrics`: memory, descriptors, delay, and what is open. */

import { call } from '../support/call.ts'
import { GATEWAY_ADMIN_KEY } from '../support/gateway.ts'

export interface Reading {
  /** Seconds since the beginning. */
  readonly at: number
  /** Bytes in memory, of the whole process. */
  readonly resident: number
  /** Bytes of the heap of the main thread, what is dead and not yet collected included. */
  readonly heap: number
  /** Bytes that the heap of the main thread holds outside of it. */
  readonly external: number
  readonly descriptors: number
  /** Milliseconds: the 99th percentile of the delay of the event loop since the reading before. */
  readonly delay: number
  /** Requests under way, without the one that reads. */
  readonly running: number
  readonly streams: number
  readonly slots: number
  readonly holds: number
  readonly unsettled: number
}

export async function readServer(url: string, at: number): Promise<Reading> {
  const { status, text } = await call(`${url}/metrics`, { key: GATEWAY_ADMIN_KEY })
  if (status !== 200) throw new Error(`/metrics answered ${status}`)
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const space = line.lastIndexOf(' ')
    if (!line.startsWith('#') && space > 0) values.set(line.slice(0, space), Number(line.slice(space + 1)))
  }
  const valueOf = (name: string): number => {
    const value = values.get(name)
    if (value === undefined) throw new Error(`/metrics has no ${name}`)
    return value
  }
  return {
    at,
    resident: valueOf('process_resident_memory_bytes'),
    heap: valueOf('nodejs_heap_size_used_bytes'),
    external: valueOf('nodejs_external_memory_bytes'),
    descriptors: valueOf('process_open_fds'),
    delay: valueOf('nodejs_eventloop_lag_p99_seconds') * 1_000,
    running: valueOf('moonbase_requests_running') - 1,
    streams: valueOf('moonbase_streams_open'),
    slots: valueOf('moonbase_admission_running'),
    holds: valueOf('moonbase_ledger_open_holds'),
    unsettled: valueOf('moonbase_ledger_unsettled'),
  }
}

/** What is still under way, in words; nothing when all is over. */
export function leftOpen({ running, streams, slots, holds, unsettled }: Reading): string[] {
  const counts = { requests: running, streams, slots, holds, unsettled }
  return Object.entries(counts).flatMap(([what, count]) => (count === 0 ? [] : [`${count} ${what}`]))
}
