/** The request that asks another engine to go on with an answer that was begun. */

import { type GenerationRequest, type Transcript, partialOf } from '../generation/index.ts'

/**
 * The same request, with what was given out as the message to go on from, and what is left of its budget.
 *
 * @param spent tokens of output that were generated already.
 */
export function continueRequest(request: GenerationRequest, transcript: Transcript, spent: number): GenerationRequest {
  const prefix = partialOf(request)
  const before = prefix === undefined ? request.messages : request.messages.slice(0, -1)
  return {
    ...request,
    messages: [...before, transcript.toPartial(prefix)],
    // A forced call has been begun: forcing it again would call twice.
    toolChoice: transcript.calls.length > 0 && request.toolChoice !== 'none' ? 'auto' : request.toolChoice,
    maxCompletionTokens: Math.max(request.maxCompletionTokens - spent, 0),
  }
}
