/**
 * The contract: what a model allows, applied to a request of any dialect before anything else happens to it.
 *
 * A draft goes in, a complete request comes out, with the model's own values where the client said nothing. What the
 * hosted platform refused is refused here, with its words; what a lenient switch let pass is listed.
 */

import type { LenientSwitch, Model } from '@moonbase/protocol'
import type { CountedPrompt, GenerationRequest, RequestDraft } from '../generation/index.ts'
import { checkMessages } from './check-messages.ts'
import { checkMedia } from './check-media.ts'
import { checkPartial } from './check-partial.ts'
import { checkReasoning } from './check-reasoning.ts'
import { checkStop } from './check-stop.ts'
import { checkToolChoice } from './check-tool-choice.ts'
import { checkToolResults } from './check-tool-results.ts'
import { checkTools } from './check-tools.ts'
import type { AppliedLeniency } from './applied-leniency.ts'
import { resolveResponseFormat } from './resolve-response-format.ts'
import { resolveSampling } from './resolve-sampling.ts'
import { resolveThinking } from './resolve-thinking.ts'

export interface ContractTerms {
  readonly model: Model
  readonly lenient: ReadonlySet<LenientSwitch>
}

export interface AgreedRequest {
  readonly request: UnfittedRequest
  readonly leniency: Readonly<AppliedLeniency>
}

/** Complete but for its budget, which `fitWindow` knows once the prompt is local and measured. */
export interface UnfittedRequest extends Omit<GenerationRequest, 'maxCompletionTokens'> {
  readonly maxCompletionTokens: number | undefined
}

/** Throws an `ApiError` for the first rule that the draft breaks. */
export function applyContract(draft: RequestDraft, terms: ContractTerms): AgreedRequest {
  const { model, lenient } = terms
  const leniency: AppliedLeniency = { notes: [] }

  const thinking = resolveThinking(draft, model)
  const sampling = resolveSampling(draft.sampling, thinking, model, lenient, leniency)
  checkStop(draft.stop)
  const tools = checkTools(draft.tools, thinking, lenient, leniency)
  checkToolChoice(draft.toolChoice, tools, thinking)
  const responseFormat = resolveResponseFormat(draft.responseFormat, lenient, leniency)
  checkMessages(draft.messages)
  checkMedia(draft.messages, model)
  checkPartial(draft.messages, responseFormat)
  checkToolResults(draft.messages)
  if (thinking) checkReasoning(draft.messages)

  return { request: { ...draft, thinking, sampling, tools, responseFormat }, leniency }
}

/** What the model would read of a draft, for those who only count it: no other rule is applied. */
export function promptOf(draft: RequestDraft, { model, lenient }: ContractTerms): CountedPrompt {
  const thinking = resolveThinking(draft, model)
  return { messages: draft.messages, tools: checkTools(draft.tools, thinking, lenient, { notes: [] }), thinking }
}

export type { AppliedLeniency } from './applied-leniency.ts'
export { type FittedRequest, fitWindow } from './fit-window.ts'
