/** The second part of the contract: the rules of messages once more, for what resolving has made of them. */

import type { Model } from '@moonbase/protocol'
import type { DraftMessage, Message } from '../generation/index.ts'
import type { Passing } from './applied-leniency.ts'
import { checkMedia } from './check-media.ts'
import { checkMessages } from './check-messages.ts'
import { checkPartial } from './check-partial.ts'
import { checkReasoning } from './check-reasoning.ts'
import { checkToolResults } from './check-tool-results.ts'
import type { UnfittedRequest, UnresolvedRequest } from './index.ts'

/**
 * The agreed request with its resolved messages. Throws an `ApiError` for the first rule that they break.
 *
 * Messages that came through resolving as the objects that they were have kept the rules, and are not looked at again; where
 * all of them did, this does nothing. But reasoning that might have been put back is looked for here, and not before.
 */
export function resolvedRules(
  messages: readonly Message[],
  model: Model,
  agreed: UnresolvedRequest,
  passing?: Passing,
): UnfittedRequest {
  const request = { ...agreed, messages }
  const before = agreed.messages
  const restores = passing?.lenient.has('restore-reasoning') === true
  let checksReasoning = restores
  if (messages !== before) {
    const known: ReadonlySet<DraftMessage> = new Set(before)
    checkMessages(messages, known)
    checkMedia(messages, model, known)
    if (!haveSameTurns(messages, before)) {
      checkPartial(messages, agreed.responseFormat)
      checkToolResults(messages)
      checksReasoning = true
    }
  }
  if (agreed.thinking && checksReasoning) checkReasoning(messages, restores ? { ...passing, model } : undefined)
  return request
}

/** Whether they differ at most in their contents: who speaks, calls and answers is as it was. */
function haveSameTurns(messages: readonly Message[], before: readonly DraftMessage[]): boolean {
  return (
    messages.length === before.length &&
    messages.every((message, index) => {
      const draft = before[index]
      return draft !== undefined && (message === draft || isSameTurn(message, draft))
    })
  )
}

function isSameTurn(message: Message, draft: DraftMessage): boolean {
  switch (message.role) {
    case 'system':
    case 'user':
      return message.role === draft.role
    case 'tool':
      return draft.role === 'tool' && message.toolCallId === draft.toolCallId
    case 'assistant':
      return (
        draft.role === 'assistant' &&
        message.toolCalls === draft.toolCalls &&
        message.reasoning === draft.reasoning &&
        message.partial === draft.partial
      )
  }
}
