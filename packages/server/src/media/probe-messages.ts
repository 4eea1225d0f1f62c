/** What the event loop and the worker that opens videos say to each other: one video at a time, bytes on demand. */

import type { VideoMeasure } from '@moonbase/format'

/** To the worker. */
export type ProbeOrder =
  | { readonly type: 'measure'; readonly mime: string; readonly size: number }
  /** The answer to a `read`: as many bytes as were asked for, fewer at the end, none when the reading has to stop. */
  | { readonly type: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }

/** From the worker. */
export type ProbeReport =
  /** Its library is loaded. */
  | { readonly type: 'ready' }
  | { readonly type: 'read'; readonly offset: number; readonly length: number }
  | { readonly type: 'measured'; readonly measure: VideoMeasure }
  /** The video cannot be measured. `reason` is for the log; `broken` says that the library itself failed. */
  | { readonly type: 'unreadable'; readonly reason: string; readonly broken: boolean }
