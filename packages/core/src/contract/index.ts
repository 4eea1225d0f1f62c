/**
 * The contract: what a model allows, applied to a request of any dialect before anything else happens to it.
 *
 * A draft goes in, a complete request comes out, with the model's own values where the client said nothing. What the
 * hosted platform refused is refused here, with its words; what a lenient switch let pass is listed.
 */

import type { LenientSwitch, Model, Relaxation } from '@moonbase/protocol'
import type { GenerationRequest, RequestDraft, TokenCounter } from '../generation/index.ts'
import { checkMessages } from './check-messages.ts'
import { checkMedia } from './check-media.ts'
import { checkPartial } from './check-partial.ts'
import { checkReasoning } from './check-reasoning.ts'
import { checkStop } from './check-stop.ts'
import { checkToolChoice } from './check-tool-choice.ts'
import { checkToolResults } from './check-tool-results.ts'
import { checkTools } from './check-tools.ts'
import { checkWindow } from './check-window.ts'
import { resolveResponseFormat } from './resolve-response-format.ts'
import { resolveSampling } from './resolve-sampling.ts'
import { resolveThinking } from './resolve-thinking.ts'

export interface ContractTerms {
  readonly model: Model
  readonly lenient: ReadonlySet<LenientSwitch>
  readonly counter: TokenCounter
}

export interface AgreedRequest {
  readonly request: GenerationRequest
  readonly relaxations: readonly Relaxation[]
  /** Tokens of the prompt by the server's counter; what the window check and the fallback bill use. */
  readonly promptTokens: number
}

/** Throws an `ApiError` for the first rule that the draft breaks. */
export function applyContract(draft: RequestDraft, terms: ContractTerms): AgreedRequest {
  const { model, lenient } = terms
  const relaxations: Relaxation[] = []

  const thinking = resolveThinking(draft, model)
  const sampling = resolveSampling(draft.sampling, thinking, model, lenient, relaxations)
  checkStop(draft.stop)
  const tools = checkTools(draft.tools, thinking, lenient, relaxations)
  checkToolChoice(draft.toolChoice, tools, thinking)
  const responseFormat = resolveResponseFormat(draft.responseFormat, lenient, relaxations)
  checkMessages(draft.messages)
  checkMedia(draft.messages, model)
  checkPartial(draft.messages, responseFormat)
  checkToolResults(draft.messages)
  if (thinking) checkReasoning(draft.messages)

  const promptTokens = terms.counter.countPrompt({ messages: draft.messages, tools, thinking })
  const maxCompletionTokens = checkWindow(draft.maxCompletionTokens, promptTokens, model, terms.counter)
  return {
    request: { ...draft, thinking, sampling, tools, responseFormat, maxCompletionTokens },
    relaxations,
    promptTokens,
  }
}
