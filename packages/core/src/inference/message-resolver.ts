/** The one seam through which a conversation is changed between its dialect and the engine. */

import type { LeniencyNote, LenientSwitch, Model } from '@moonbase/protocol'
import type { DraftMessage } from '../generation/index.ts'

/** Whose request it is, and what may pass. */
export interface Terms {
  /** Of the key, the dialect, and the request's header where that is allowed. */
  readonly lenient: ReadonlySet<LenientSwitch>
  /** Such as the organisation's id: nothing that is kept crosses from one to another. */
  readonly scope: string
  /** What the client names as one session: its requests are best answered where the earlier ones were. */
  readonly sessionAffinity?: string
  /**
   * Of a later round of an answer: tokens of output that the earlier ones have left. A draft without a budget gets these in
   * place of the model's default, or what the window has left if that is less.
   */
  readonly budgetLeft?: number
}

export interface ResolveContext {
  readonly terms: Terms
  readonly model: Model
  readonly thinking: boolean
  /** Fires when nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** Something was granted, or changed for the client: it is told in the reply's headers. */
  say(note: LeniencyNote): void
}

/**
 * Media that are measured, references that become bytes, reasoning that is put back, what a stored response began with: each
 * is one of these. They are asked in order, behind the rules of the draft and behind the question whether this account may ask.
 */
export interface MessageResolver {
  /** The same array where it changes nothing, and the same message objects where it changes others. @throws ApiError */
  resolve(
    messages: readonly DraftMessage[],
    context: ResolveContext,
  ): readonly DraftMessage[] | Promise<readonly DraftMessage[]>
}
