/**
 * The contract: what a model allows, applied to a request of any dialect before anything else happens to it.
 *
 * In two parts, because what is elsewhere is fetched in between, and only for who may ask. A draft goes into the first, and
 * nearly all rules stand there: a complete request comes out, with the model's own values where the client said nothing.
 * The second looks at what resolving has changed. What the hosted platform refused is refused here, with its words; what a
 * lenient switch let pass is listed.
 */

import type { LenientSwitch, Model } from '@moonbase/protocol'
import {
  type CountedPrompt,
  type DraftMessage,
  type GenerationRequest,
  type RequestDraft,
} from '../generation/index.ts'
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
import { ANY_SCHEMA, type SchemaRules } from './schema-rules.ts'

export interface ContractTerms {
  readonly model: Model
  readonly lenient: ReadonlySet<LenientSwitch>
  /** Of MFJS, say. Without any every object is a schema. */
  readonly schemas?: SchemaRules
}

export interface AgreedDraft {
  readonly request: UnresolvedRequest
  readonly leniency: Readonly<AppliedLeniency>
}

/** Complete but for its budget, which `fitWindow` knows once the prompt is local and measured. */
export interface UnfittedRequest extends Omit<GenerationRequest, 'maxCompletionTokens'> {
  readonly maxCompletionTokens: number | undefined
}

/** The same, while some of it may still be elsewhere. */
export interface UnresolvedRequest extends Omit<UnfittedRequest, 'messages'> {
  readonly messages: readonly DraftMessage[]
}

/** What can be counted once nothing of it is elsewhere. */
export interface DraftPrompt extends Omit<CountedPrompt, 'messages'> {
  readonly messages: readonly DraftMessage[]
}

/** Throws an `ApiError` for the first rule that the draft breaks. Its messages go on as the array that they are. */
export function draftRules(draft: RequestDraft, terms: ContractTerms): AgreedDraft {
  const { model, lenient, schemas = ANY_SCHEMA } = terms
  const leniency: AppliedLeniency = { notes: [] }

  const thinking = resolveThinking(draft, model)
  const sampling = resolveSampling(draft.sampling, thinking, model, lenient, leniency)
  checkStop(draft.stop)
  const tools = checkTools(draft.tools, thinking, { schemas, lenient, leniency })
  checkToolChoice(draft.toolChoice, tools, thinking)
  const responseFormat = resolveResponseFormat(draft.responseFormat, schemas, lenient, leniency)
  checkMessages(draft.messages)
  checkMedia(draft.messages, model)
  checkPartial(draft.messages, responseFormat)
  checkToolResults(draft.messages)
  // What is missing may be put back: then it is looked for behind the resolvers.
  if (thinking && !lenient.has('restore-reasoning')) checkReasoning(draft.messages, { model, lenient, leniency })

  return { request: { ...draft, thinking, sampling, tools, responseFormat }, leniency }
}

/** What the model would read of a draft, for those who only count it: no other rule is applied. */
export function promptOf(draft: RequestDraft, { model, lenient, schemas = ANY_SCHEMA }: ContractTerms): DraftPrompt {
  const thinking = resolveThinking(draft, model)
  const tools = checkTools(draft.tools, thinking, { schemas, lenient, leniency: { notes: [] } })
  return { messages: draft.messages, tools, thinking }
}

export type { AppliedLeniency } from './applied-leniency.ts'
export { type FittedRequest, WINDOWS_COUNTED, fitWindow, leftBehind } from './fit-window.ts'
export { resolvedRules } from './resolved-rules.ts'
export type { SchemaRules } from './schema-rules.ts'
