/** From a draft to a request that an engine can be asked: rules, resolvers, abilities, the window. */

import type { Model, Relaxation } from '@moonbase/protocol'
import { type AgreedRequest, applyContract, fitWindow, promptOf } from '../contract/index.ts'
import type { GenerationRequest, Message, RequestDraft, TokenCounter } from '../generation/index.ts'
import { type ModelRoute, type ModelTable, assertAble } from '../routing/index.ts'
import { counterOf } from './counter-of.ts'
import type { MessageResolver, Terms } from './message-resolver.ts'
import { windowOf } from './window-of.ts'

export interface PrepareParts {
  readonly models: ModelTable
  /** For models whose engines do not count by themselves. */
  readonly counter: TokenCounter
  readonly resolvers: readonly MessageResolver[]
  /** Told of the route as soon as it is found. */
  readonly found?: (route: ModelRoute) => void
  /** Whether this account may ask at all: asked when the draft is right, before anything is fetched for it. @throws ApiError */
  readonly mayAsk?: (route: ModelRoute) => void
}

/** What an engine can be asked, and what is known of it. */
export interface Prepared {
  readonly route: ModelRoute
  readonly request: GenerationRequest
  readonly counter: TokenCounter
  /** Counted when somebody asks first, and once. */
  readonly promptTokens: () => number
  /** They are certainly no more than this; `Infinity` where only a count would tell. */
  readonly promptTokensAtMost: number
  /** Until it is counted the prompt is kept, and this one is large. */
  readonly heavy: boolean
  readonly leniency: AgreedRequest['concessions']
}

/**
 * The order is part of the contract: what the draft breaks is refused first, then an account that may not ask, then what is
 * wrong with its media, then a prompt that does not fit.
 *
 * @throws ApiError for the first of these
 */
export async function prepare(
  draft: RequestDraft,
  terms: Terms,
  parts: PrepareParts,
  signal: AbortSignal,
): Promise<Prepared> {
  const { lenient, scope, sessionAffinity } = terms
  const route = parts.models.find(draft.model)
  const { model } = route
  parts.found?.(route)
  const agreed = applyContract(draft, { model, lenient })
  parts.mayAsk?.(route)
  // Before anything is opened and measured for an engine that could not read it.
  assertAble(route, agreed.request)
  const notes: Relaxation[] = []
  const messages = await resolved(agreed.request.messages, terms, model, parts.resolvers, notes, signal)
  // A resolver may have brought what no engine here can read.
  if (messages !== agreed.request.messages) assertAble(route, { ...agreed.request, messages })
  const { concessions } = agreed
  const leniency =
    notes.length === 0 ? concessions : { ...concessions, relaxations: [...concessions.relaxations, ...notes] }
  const counter = counterOf(route, parts.counter)
  const affinity = sessionAffinity === undefined ? {} : { sessionAffinity }
  const fitted = await fitWindow(
    { ...agreed.request, messages, affinityScope: scope, ...affinity },
    windowOf(route),
    counter,
  )
  return { route, counter, leniency, ...fitted }
}

/** What a draft's prompt costs, by the code that bills it; no rule that is not about the prompt is applied. */
export async function countDraft(
  draft: RequestDraft,
  terms: Terms,
  parts: PrepareParts,
  signal: AbortSignal,
): Promise<{ readonly route: ModelRoute; readonly tokens: number; readonly exact: boolean }> {
  const route = parts.models.find(draft.model)
  const { model } = route
  parts.found?.(route)
  const prompt = promptOf(draft, { model, lenient: terms.lenient })
  parts.mayAsk?.(route)
  const messages = await resolved(prompt.messages, terms, model, parts.resolvers, [], signal)
  const counter = counterOf(route, parts.counter)
  return { route, tokens: await counter.countPromptAside({ ...prompt, messages }), exact: counter.exact }
}

/** The conversation behind all resolvers: the same array where none of them changed it. */
async function resolved(
  messages: readonly Message[],
  terms: Terms,
  model: Model,
  resolvers: readonly MessageResolver[],
  notes: Relaxation[],
  signal: AbortSignal,
): Promise<readonly Message[]> {
  const context = { terms, model, signal, say: (note: Relaxation) => void notes.push(note) }
  let all = messages
  for (const resolver of resolvers) {
    const next = resolver.resolve(all, context)
    // Most conversations hold nothing to wait for.
    all = next instanceof Promise ? await next : next
  }
  return all
}
