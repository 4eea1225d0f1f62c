/** The one way to an answer, as everybody sees it who wants one: HTTP, a batch's line, a round of tools, a background response. */

import type { RequestDraft, Usage } from '@moonbase/core/generation'
import type { Run, RunEnd, RunFacts, Terms } from '@moonbase/core/inference'
import type { AppliedLeniency } from '@moonbase/core/contract'
import type { ApiError } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Admission } from '../admission/limiter.ts'
import type { DocumentWrite } from '../records/document.ts'
import type { Currency, Nano } from '../records/money.ts'
import type { RequestClass } from '../records/request-record.ts'
import type { SettlementGroup } from './settlement-group.ts'

/** Whose a request is, and of what it is a part: what its record, its log line and its contents say of it. */
export interface RequestOrigin {
  /** Of the hold and of the record: unique, and never used again. */
  readonly id: string
  /** The exchange, response, batch or loop of tools that it is a part of. */
  readonly parent: string | null
  readonly caller: KeyAccount
  /** A label; nobody branches on it. */
  readonly api: string
  /** `batch`: cheaper, and never before work that somebody waits for. Queue, limits and price follow it. */
  readonly class: RequestClass
  /** Milliseconds since the Unix epoch. */
  readonly arrivedAt: number
  /** Gateway, step, metadata: kept with the record, at most 1 KB of JSON. */
  readonly labels?: Readonly<Record<string, string>>
  /** The body, for projects that keep contents. It is read at once and not held on to. */
  readonly asked?: unknown
}

export interface InferenceRequest extends RequestOrigin {
  readonly draft: RequestDraft
  /** Of the body that the draft was read from. Where it is known, what the draft has in common with earlier ones may be found again. */
  readonly bodyBytes?: number | undefined
  readonly terms: Terms
  /** How long it may wait for room under its limits, in milliseconds; 0: not at all. */
  readonly waitMs: number
  /** Fires when nobody wants the answer any more. */
  readonly signal: AbortSignal
  /** The head of the reply tells the tokens of the prompt: they are counted beside the engine, which reads meanwhile. */
  readonly needs?: 'prompt-tokens'
  /**
   * Kept in the settlement's commit or not at all: a stored response, a batch's line, reasoning. The caller has seen every event by
   * then, and what is large it puts as a blob first. Where a document is not as it was expected the request is free, and the run
   * fails with the ledger's `document_conflict`. Not asked for rounds that are complete and settled together.
   */
  readonly withEnd?: (end: RunEnd) => readonly DocumentWrite[] | Promise<readonly DocumentWrite[]>
  /** Told of the run as soon as its model is known, also of one that is refused then. */
  readonly began?: (facts: RunFacts) => void
  /** A later round of the same answer: it has that one's slot, and counts as no request of its own. */
  readonly within?: Inference
  /** Of the first of several rounds: its slot is not free at its end, but when `free` is called, which must be in any case. */
  readonly keepSlot?: (free: () => void) => void
  /** The rounds of a whole reply: none of them is settled at its own end, but all behind the last, or none. */
  readonly together?: SettlementGroup
}

/** What an answer cost. */
export interface Receipt {
  readonly request: string
  readonly cost: Nano
  readonly currency: Currency
  /** What was paid for; `undefined`: nothing was. */
  readonly usage: Usage | undefined
  /** Who answered; `null`: nobody did. */
  readonly engine: string | null
  /** What was kept back for it until then. */
  readonly held: Nano
}

/** Whoever holds one reads its events to their end, or lets it go: `await using` never leaves one unread. */
export interface Inference extends Omit<Run, 'promptTokens'> {
  /** Of the organisation, for the headers of the reply; `null` where it has no limit of requests. */
  readonly room: Admission['requests']
  readonly leniency: Readonly<AppliedLeniency>
  /** Tokens of output that it may take, reasoning included. */
  readonly budget: number
  /** Where it was needed: tokens of the prompt, as soon as they are counted. Never rejects: `undefined` where they cannot be. */
  readonly counted: Promise<number | undefined> | undefined
  /** What they are at a guess, without a count. */
  readonly promptTokensGuess: number
  /** Told behind the end; `undefined` before. */
  readonly receipt: Receipt | undefined
}

export interface CountedDraft {
  readonly tokens: number
  /** False for a stated approximation. */
  readonly exact: boolean
  /** Tokens of output that it may take. */
  readonly budget: number
  /** Tokens of prompt and answer together. */
  readonly window: number
  /** What the request can cost at most; `undefined` for a model without a price. */
  readonly atMost: Nano | undefined
  /** What would be held for it now: more than that where its prompt need not be counted first. */
  readonly held: Nano | undefined
}

export interface InferenceService {
  /** @throws ApiError, and then it is recorded already */
  start(request: InferenceRequest): Promise<Inference>
  /** What no engine answers (a body that no dialect reads, a hit of a cache): in log and contents all the same, for nothing. */
  note(origin: RequestOrigin & { readonly streamed?: boolean }, how: ApiError | 'replayed'): void
  /** What a draft's prompt costs, by the code that bills it. @throws ApiError */
  count(
    asked: Pick<InferenceRequest, 'caller' | 'draft' | 'bodyBytes' | 'terms' | 'signal' | 'began' | 'arrivedAt'>,
  ): Promise<CountedDraft>
  /** What costs money and is no generation (a search): held, done, settled; released where `work` throws. A record of its own. */
  fee<Result>(fee: Fee, work: (signal: AbortSignal) => Promise<Result>): Promise<Result>
}

export interface Fee extends Omit<RequestOrigin, 'asked'> {
  readonly what: 'web_search'
  /** The model whose price list it stands in. */
  readonly model: string
  readonly signal: AbortSignal
}
