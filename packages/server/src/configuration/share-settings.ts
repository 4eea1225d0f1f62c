/** What of this server one organisation may take, and when it takes nothing new, from the file's `limits` to values. */

import { DEFAULTS } from './configuration.ts'

/** `limits.shares` of the file, as its schema lets it through. */
export interface SharesShape {
  bodies_bytes?: number
  body_bytes_per_second?: number
  body_values?: number
  bodies_waiting?: number
  prompts_waiting?: number
  videos_waiting?: number
  estimates_per_minute?: number
  connections?: number
  idle_connections?: number
}

export interface OverloadShape {
  heap?: number
  delay_ms?: number
}

export interface SharesConfiguration {
  /** Of all request bodies in hand; `undefined`: by the memory that the process may have. */
  readonly bodiesBytes: number | undefined
  /** A body that comes slower is given up; 0: none is. */
  readonly bodyBytesPerSecond: number
  /** Of one JSON document. */
  readonly bodyValues: number
  /** Of one organisation; of all together four times as many. */
  readonly bodiesWaiting: number
  readonly promptsWaiting: number
  readonly videosWaiting: number
  /** Of one organisation; 0: as many as anybody likes. */
  readonly estimatesPerMinute: number
  /** Of all clients; `undefined`: by the descriptors that the process may have. */
  readonly connections: number | undefined
  /** Of one address, without a key. */
  readonly idleConnections: number
}

export interface OverloadConfiguration {
  /** Of the heap; 1: never too full. */
  readonly heap: number
  /** How late the event loop may be; 0: as late as it likes. */
  readonly delayMs: number
}

/** No one owner has more of the bytes of bodies, so the largest body must fit into it. */
export const SHARE_OF_BODIES = 3 / 4

export function sharesFrom(given: SharesShape | undefined): SharesConfiguration {
  const usual = DEFAULTS.limits.shares
  return {
    bodiesBytes: given?.bodies_bytes,
    bodyBytesPerSecond: given?.body_bytes_per_second ?? usual.bodyBytesPerSecond,
    bodyValues: given?.body_values ?? usual.bodyValues,
    bodiesWaiting: given?.bodies_waiting ?? usual.bodiesWaiting,
    promptsWaiting: given?.prompts_waiting ?? usual.promptsWaiting,
    videosWaiting: given?.videos_waiting ?? usual.videosWaiting,
    estimatesPerMinute: given?.estimates_per_minute ?? usual.estimatesPerMinute,
    connections: given?.connections,
    idleConnections: given?.idle_connections ?? usual.idleConnections,
  }
}

export function overloadFrom(given: OverloadShape | undefined): OverloadConfiguration {
  const usual = DEFAULTS.limits.overload
  return { heap: given?.heap ?? usual.heap, delayMs: given?.delay_ms ?? usual.delayMs }
}
