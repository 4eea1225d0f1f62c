/** From a draft to a running answer: prepared, let in, and settled in its own stream, for whoever asks. */

import type { SchemaRules } from '@moonbase/core/contract'
import type { PromptCount, RequestDraft, TokenCounter } from '@moonbase/core/generation'
import {
  type MessageResolver,
  type PrepareParts,
  type Prepared,
  type Run,
  type RunFacts,
  countDraft,
  failureOf,
  newRunFacts,
  prepare,
  run,
} from '@moonbase/core/inference'
import type { ModelTable, RoutingParts } from '@moonbase/core/routing'
import { ApiError } from '@moonbase/protocol'
import type { AdmissionControl, Admitted } from '../admission/admission-control.ts'
import { assertMayAsk } from '../admission/limit-errors.ts'
import { type ContentKeeper, OpenContent } from '../contents/open-content.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { recordRequest } from '../usage/record-request.ts'
import type {
  CountedDraft,
  Fee,
  Inference,
  InferenceRequest,
  InferenceService,
  Receipt,
  RequestOrigin,
} from './inference.ts'
import { KnownTools } from './known-tools.ts'
import type { OpenSettlements } from './open-settlements.ts'
import { RememberedRules } from './remembered-rules.ts'
import { type InferenceObserver, Settlement, type SettlementParts } from './settlement.ts'
import { mayBeSilent } from './silent-engines.ts'
import { takeFee } from './take-fee.ts'

export interface InferenceParts {
  readonly models: ModelTable
  readonly routing: RoutingParts
  /** For models whose engines do not count by themselves. */
  readonly counter: TokenCounter
  /** In the order in which they are asked. */
  readonly resolvers: readonly MessageResolver[]
  /** What schemas of tools and answers must keep. */
  readonly schemas: SchemaRules
  readonly admission: Pick<AdmissionControl, 'admit' | 'quoteOf' | 'feeOf' | 'wouldHold'>
  readonly ledger: Pick<Ledger, 'hold' | 'hurry' | 'settle' | 'progress' | 'note' | 'keepsBooks'>
  readonly open: OpenSettlements
  /** Of projects that have it kept: what was asked and answered. */
  readonly contents: ContentKeeper
  readonly observer: InferenceObserver
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

export class LocalInference implements InferenceService {
  readonly #parts: InferenceParts
  readonly #settling: SettlementParts
  readonly #preparing: PrepareParts
  readonly #tools = new KnownTools()

  constructor(parts: InferenceParts) {
    this.#parts = parts
    const { ledger, open, observer, now, models, counter, resolvers, schemas } = parts
    this.#settling = { ledger, open, observer, now }
    this.#preparing = { models, counter, resolvers, schemas: new RememberedRules(schemas) }
  }

  async start(request: InferenceRequest): Promise<Inference> {
    const { terms, caller, signal } = request
    const draft = this.#withKnownTools(request)
    const content = this.#openContent(request)
    let facts: RunFacts | undefined
    try {
      const prepared = await prepare(
        draft,
        terms,
        {
          ...this.#preparing,
          mayAsk: ({ model }) => assertMayAsk(caller, model.id),
          found: ({ model }) => {
            facts = newRunFacts(model.id, !draft.whole, request.arrivedAt)
            request.began?.(facts)
          },
        },
        signal,
      )
      facts ??= newRunFacts(prepared.route.model.id, !draft.whole, request.arrivedAt)
      const admitted = await this.#admit(request, prepared)
      return this.#run(request, prepared, facts, admitted, content)
    } catch (error) {
      const refusal = failureOf(error, facts?.model ?? '', signal)
      this.#noteRefusal({ ...request, caller }, facts ?? { model: '', streamed: !draft.whole }, refusal)
      content?.end(refusal.code, false)
      throw refusal
    }
  }

  note(origin: RequestOrigin & { readonly streamed?: boolean }, how: ApiError | 'replayed'): void {
    const content = this.#openContent(origin)
    const facts = { model: '', streamed: origin.streamed ?? false }
    if (how === 'replayed') {
      this.#note(origin, facts, { status: 200, error: null })
      content?.end(null, false)
      return
    }
    this.#noteRefusal(origin, facts, how)
    content?.end(how.code, false)
  }

  async count(asked: Parameters<InferenceService['count']>[0]): Promise<CountedDraft> {
    const { caller, terms, signal } = asked
    const draft = this.#withKnownTools(asked)
    const found = (facts: RunFacts): void => asked.began?.(facts)
    const { route, tokens, exact, bound, budget, window } = await countDraft(
      draft,
      terms,
      {
        // Estimates are free, but not for an account that may not ask: what is counted takes everybody's time.
        ...this.#preparing,
        mayAsk: ({ model }) => assertMayAsk(caller, model.id),
        found: ({ model }) => found(newRunFacts(model.id, !draft.whole, asked.arrivedAt)),
      },
      signal,
    )
    const { admission } = this.#parts
    const atMost = admission.quoteOf(caller, route, 'interactive')?.upperBound(tokens, budget)
    const held = admission.wouldHold({ caller, route, tokens, bound, budget, arrivedAt: asked.arrivedAt })
    return { tokens, exact, budget, window, atMost, held }
  }

  fee<Result>(fee: Fee, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return takeFee(fee, work, this.#parts)
  }

  /** The same draft, but that its tools are those of earlier ones where they are equal. */
  #withKnownTools({
    caller,
    draft,
    bodyBytes,
  }: Pick<InferenceRequest, 'caller' | 'draft' | 'bodyBytes'>): RequestDraft {
    const tools = this.#tools.known(caller.organisation, draft.tools, bodyBytes)
    return tools === draft.tools ? draft : { ...draft, tools }
  }

  #admit(request: InferenceRequest, prepared: Prepared): Promise<Admitted> {
    const { id, caller, arrivedAt, waitMs, signal, within } = request
    const { route, prompt } = prepared
    const { maxCompletionTokens } = prepared.request
    return this.#parts.admission.admit({
      id,
      caller,
      class: request.class,
      within: within !== undefined,
      arrivedAt,
      route,
      prompt,
      maxCompletionTokens,
      waitMs,
      signal,
    })
  }

  #run(
    request: InferenceRequest,
    prepared: Prepared,
    facts: RunFacts,
    admitted: Admitted,
    content: OpenContent | undefined,
  ): Inference {
    const settlement = new Settlement(request, facts, admitted, content, prepared.counter, this.#settling)
    const running = run(prepared, facts, this.#parts.routing, request.signal, settlement)
    settlement.follow(running)
    return new StartedInference(request, prepared, admitted, running, settlement)
  }

  #openContent({ id, caller, arrivedAt, asked }: RequestOrigin): OpenContent | undefined {
    const days = caller.contentRetentionDays
    if (days === null) return undefined
    const content = new OpenContent(this.#parts.contents, id, arrivedAt, caller, days)
    if (asked !== undefined) content.ask(asked)
    return content
  }

  #noteRefusal(
    origin: RequestOrigin,
    facts: RunFacts | Pick<RunFacts, 'model' | 'streamed'>,
    { code, status }: ApiError,
  ): void {
    this.#note(origin, facts, { status, error: code })
  }

  /** In the log and the usage, for nothing. */
  #note(
    origin: RequestOrigin,
    facts: RunFacts | Pick<RunFacts, 'model' | 'streamed'>,
    how: { readonly status: number; readonly error: string | null },
  ): void {
    const { ledger, now } = this.#parts
    ledger.note(recordRequest(origin, facts, { ...how, usage: undefined, cost: 0, now: now() }))
  }
}

/** A class, because a literal with a getter has a hidden class of its own for each request. */
class StartedInference implements Inference {
  readonly facts: RunFacts
  readonly events: Inference['events']
  readonly room: Inference['room']
  readonly leniency: Inference['leniency']
  readonly counted: Inference['counted']
  readonly promptTokensGuess: number
  readonly budget: number
  readonly #running: Run
  readonly #settlement: Settlement

  constructor(
    { needs }: InferenceRequest,
    prepared: Prepared,
    { admission }: Admitted,
    running: Run,
    settlement: Settlement,
  ) {
    this.facts = running.facts
    this.events = running.events
    this.room = admission.requests
    this.leniency = prepared.leniency
    const counting = needs !== undefined || mayBeSilent(prepared.route) ? countedAside(prepared.prompt) : undefined
    this.counted = needs === undefined ? undefined : counting
    this.promptTokensGuess = guessOf(prepared)
    this.budget = prepared.request.maxCompletionTokens
    this.#running = running
    this.#settlement = settlement
  }

  get receipt(): Receipt | undefined {
    return this.#settlement.receipt
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running[Symbol.asyncDispose]()
  }
}

/** Beside the engine, which reads meanwhile. */
async function countedAside(prompt: PromptCount): Promise<number | undefined> {
  try {
    return await prompt.tokens()
  } catch {
    // Too many wait for their counts, or the client has left: the head has a guess, and the end the truth.
    return undefined
  }
}

/** A token has four bytes or so, and the bound takes one for each. */
const BOUND_FOR_A_TOKEN = 4

function guessOf({ prompt: { known, atMost } }: Prepared): number {
  return known ?? (Number.isFinite(atMost) ? Math.ceil(atMost / BOUND_FOR_A_TOKEN) : 0)
}
