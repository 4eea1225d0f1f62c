/** The events of a generation: the one vocabulary between engines, transforms, dialects and the meter. */

import type { ErrorCode } from '@moonbase/protocol'

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

/** Tokens. `prompt` includes `cached`, `completion` includes `reasoning`. */
export interface Usage {
  readonly prompt: number
  readonly completion: number
  readonly cached: number
  readonly reasoning: number
}

/** What an engine tells of it: not every one knows how much of its output was reasoning. Routing fills that in. */
export type ReportedUsage = Omit<Usage, 'reasoning'> & Partial<Pick<Usage, 'reasoning'>>

/**
 * One thing that happened while a model was generating, in the order it happened.
 *
 * - `start` comes first and once, when the first output has arrived: until then nothing was promised to a client.
 * - `tool-call` pieces are keyed by `choice` and `call`, the call's index within its choice, counted from 0 without
 *   gaps. The first piece of a call carries the whole name, and pieces of several calls may interleave. A call is
 *   complete only at the choice's `finish`. `id` is set only where an engine's own id must reach the client; otherwise it is `name:call`.
 * - `server-tool` tells of a tool that the server itself runs for the model, such as a search: `begun` when it is asked,
 *   `done` with the same `id` when it has answered. Both may be repeated with more of it known. No engine gives it, and
 *   wires without such a thing pass it over: what the model wrote to call it is no part of the answer then.
 * - `finish` comes once for each choice, and nothing follows it for that choice. `stop` is the stop string that ended it,
 *   where that is known. `paused`: the server's own tools have more to say and may not now, by this row of the error table; who
 *   sends the answer back may go on from it. The reason is `length` then. No engine gives it.
 * - `usage` comes at most once, after every `finish`.
 */
export type GenerationEvent =
  | { readonly type: 'start'; readonly engine: string; readonly model: string }
  | { readonly type: 'reasoning' | 'text'; readonly choice: number; readonly text: string }
  | {
      readonly type: 'tool-call'
      readonly choice: number
      readonly call: number
      readonly name?: string
      readonly id?: string
      readonly arguments: string
    }
  | {
      readonly type: 'server-tool'
      readonly choice: number
      readonly name: string
      /** Unique in one answer. */
      readonly id: string
      readonly state: 'begun' | 'done'
      /** JSON text: what the tool is asked, and what it has answered. `undefined` until it is known. */
      readonly input: string | undefined
      readonly output: string | undefined
    }
  | {
      readonly type: 'finish'
      readonly choice: number
      readonly reason: FinishReason
      readonly stop?: string
      readonly paused?: ErrorCode
    }
  | { readonly type: 'usage'; readonly usage: ReportedUsage }
