/** From a draft to a request that an engine can be asked: rules, resolvers, abilities, the window. */

import type { LeniencyNote, Model } from '@moonbase/protocol'
import {
  type AppliedLeniency,
  type SchemaRules,
  WINDOWS_COUNTED,
  draftRules,
  fitWindow,
  leftBehind,
  promptOf,
  resolvedRules,
} from '../contract/index.ts'
import {
  type DraftMessage,
  type GenerationRequest,
  type Message,
  type PromptCount,
  type RequestDraft,
  type TokenCounter,
  assertResolved,
} from '../generation/index.ts'
import { type ModelRoute, type ModelTable, assertAble } from '../routing/index.ts'
import { counterOf } from './counter-of.ts'
import type { MessageResolver, ResolveContext, Terms } from './message-resolver.ts'
import { windowOf } from './window-of.ts'

export interface PrepareParts {
  readonly models: ModelTable
  /** For models whose engines do not count by themselves. */
  readonly counter: TokenCounter
  /** In the order in which they are asked. */
  readonly resolvers: readonly MessageResolver[]
  /** What schemas of tools and answers must keep, such as MFJS; without it every object is a schema. */
  readonly schemas?: SchemaRules
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
  /** Its tokens: bounded now, counted when somebody asks. */
  readonly prompt: PromptCount
  readonly leniency: Readonly<AppliedLeniency>
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
  const { lenient, scope, sessionAffinity, budgetLeft } = terms
  const route = parts.models.find(draft.model)
  const { model } = route
  parts.found?.(route)
  const agreed = draftRules(draft, contractTerms(model, lenient, parts))
  parts.mayAsk?.(route)
  // Before anything is opened and measured for an engine that could not read it.
  assertAble(route, agreed.request)
  const notes: LeniencyNote[] = []
  const say = (note: LeniencyNote): void => void notes.push(note)
  const { thinking } = agreed.request
  const found = resolved(agreed.request.messages, parts.resolvers, { terms, model, thinking, signal, say })
  const messages = found instanceof Promise ? await found : found
  const passing = { lenient, leniency: { notes } }
  const request = resolvedRules(messages, model, agreed.request, passing)
  // A resolver may have brought what no engine here can read.
  if (messages !== agreed.request.messages) assertAble(route, request)
  const counter = counterOf(route, parts.counter)
  const affinity = sessionAffinity === undefined ? {} : { sessionAffinity }
  const window = windowOf(route)
  const room = budgetLeft === undefined ? window : { ...window, defaultMaxTokens: budgetLeft }
  const fitted = await fitWindow(
    { ...request, affinityScope: scope, ...affinity },
    room,
    counter,
    { owner: scope, signal },
    passing,
  )
  const { leniency } = agreed
  const told = notes.length === 0 ? leniency : { ...leniency, notes: [...leniency.notes, ...notes] }
  return { route, counter, leniency: told, ...fitted }
}

interface DraftCount {
  readonly route: ModelRoute
  readonly tokens: number
  /** False for a stated approximation. */
  readonly exact: boolean
  /** What is known of the prompt before it is counted, as whoever runs it will know it. */
  readonly bound: Pick<PromptCount, 'known' | 'atMost'>
  /** Tokens of output that it may take: those asked for, or what a run would give it. */
  readonly budget: number
  /** Tokens of prompt and answer together. */
  readonly window: number
}

/**
 * What a draft's prompt costs, by the code that bills it; no rule that is not about the prompt is applied. Of one that is larger
 * than {@link WINDOWS_COUNTED} of the model a bound is told, and not as exact.
 */
export async function countDraft(
  draft: RequestDraft,
  terms: Terms,
  parts: PrepareParts,
  signal: AbortSignal,
): Promise<DraftCount> {
  const route = parts.models.find(draft.model)
  const { model } = route
  parts.found?.(route)
  const prompt = promptOf(draft, contractTerms(model, terms.lenient, parts))
  parts.mayAsk?.(route)
  const { thinking } = prompt
  const messages = await resolved(prompt.messages, parts.resolvers, { terms, model, thinking, signal, say() {} })
  const counter = counterOf(route, parts.counter)
  const mostTokens = WINDOWS_COUNTED * model.contextLength
  const { scope: owner } = terms
  const counted = { ...prompt, messages }
  const { known, atMost } = counter.bounded(counted, { owner, signal })
  const tokens = await counter.countPromptAside(counted, { owner, signal, mostTokens })
  const exact = counter.exact && tokens <= mostTokens
  const room = windowOf(route)
  const wanted = draft.maxCompletionTokens ?? room.defaultMaxTokens
  const window = room.contextLength
  // As `fitWindow` has it: what surely fits is not counted, and has what it wants.
  if (atMost + wanted <= window) return { route, tokens, exact, bound: { known, atMost }, budget: wanted, window }
  const budget = draft.maxCompletionTokens ?? Math.max(Math.min(wanted, leftBehind(tokens, counter, room)), 1)
  return { route, tokens, exact, bound: { known: tokens, atMost }, budget, window }
}

function contractTerms(model: Model, lenient: Terms['lenient'], { schemas }: PrepareParts) {
  return { model, lenient, ...(schemas === undefined ? {} : { schemas }) }
}

/** The conversation behind all resolvers: the same array where none of them changed it. @throws ApiError for what is still elsewhere */
function resolved(
  messages: readonly DraftMessage[],
  resolvers: readonly MessageResolver[],
  context: ResolveContext,
): readonly Message[] | Promise<readonly Message[]> {
  let all = messages
  for (const [index, resolver] of resolvers.entries()) {
    const next = resolver.resolve(all, context)
    // Most conversations hold nothing to wait for.
    if (next instanceof Promise) return resolvedLater(next, resolvers.slice(index + 1), context)
    all = next
  }
  assertResolved(all)
  return all
}

async function resolvedLater(
  first: Promise<readonly DraftMessage[]>,
  resolvers: readonly MessageResolver[],
  context: ResolveContext,
): Promise<readonly Message[]> {
  let all = await first
  for (const resolver of resolvers) all = await resolver.resolve(all, context)
  assertResolved(all)
  return all
}
