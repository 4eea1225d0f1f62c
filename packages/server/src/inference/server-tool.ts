/** What the server asks of a tool that it runs for a model, and what it may ask of the server. */

import type { KeyAccount } from '../accounts/accounts.ts'
import type { Fee, InferenceRequest } from './inference.ts'

export interface ServerToolCall {
  /** Unique in one answer. */
  readonly id: string
  readonly name: string
  /** JSON text as the model wrote it, possibly not valid. */
  readonly arguments: string
}

export interface ServerToolContext {
  readonly caller: KeyAccount
  /** The answer's id: what is recorded for the tool names it. */
  readonly parent: string
  /** Fires when nobody wants the answer any more; then the tool's is not waited for either. */
  readonly signal: AbortSignal
  /**
   * Paid when `work` has given its result, whatever becomes of the answer.
   *
   * @throws ApiError why it cannot be paid for, before `work` is begun; and what `work` throws, for nothing
   */
  fee<Result>(what: Fee['what'], work: (signal: AbortSignal) => Promise<Result>): Promise<Result>
}

export interface ServerTools {
  /** Which of the tools that this request may call the server runs, by name. With none it goes on as it is. */
  runsFor(request: InferenceRequest): ReadonlySet<string>
  /**
   * What the tool says, for the model and for clients that are shown it; at most `SERVER_TOOL_LIMITS.outputBytes`. Calls of one
   * round run beside each other. What a model can go on from is said (nothing was found, a fee was refused); what is thrown
   * fails the whole answer. How long it may take is the tool's own affair.
   */
  run(call: ServerToolCall, context: ServerToolContext): Promise<string>
}

export const SERVER_TOOL_LIMITS = {
  /** Rounds of one answer. With more to come it is paused. */
  rounds: 16,
  /** Calls of one round. With more it is paused before any of them. */
  calls: 16,
  /** UTF-8 bytes of one call's output: far more than a window holds. With more the answer fails as `tool_limit`. */
  outputBytes: 1024 * 1024,
} as const
