/** For tests of the way to an answer: the real service over engines that play scripts, with a ledger that says what it was told. No port. */

import { type Engine, type GenerationEvent, type RequestDraft, wordsToTell } from '@moonbase/core/generation'
import { ModelTable, SCRIPTED_POLICY, Watchdog, resume } from '@moonbase/core/routing'
import { ApiError } from '@moonbase/protocol'
import { mfjsRules } from '@moonbase/protocol/mfjs'
import { type Script, characterCounter, routeTo, scriptedEngine } from '../../../../../test/support/scripted-engines.ts'
import { type SteppedClock, steppedClock } from '../../../../../test/support/stepped-clock.ts'
import { keyAccount, organisationAccount } from '../../accounts/testing/account-fixtures.ts'
import { AdmissionControl } from '../../admission/admission-control.ts'
import { MemoryLimiter } from '../../admission/memory/memory-limiter.ts'
import { RequestQueue } from '../../admission/request-queue.ts'
import type { RequestContent } from '../../contents/request-content.ts'
import { type Hold, type HoldAhead, type HoldEnd, type HoldRequest, LedgerError } from '../../ledger/ledger.ts'
import { PriceBook } from '../../prices/price-book.ts'
import type { PriceRecord, RateLimits } from '../../records/account-records.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { InferenceRequest } from '../inference.ts'
import { LocalInference } from '../inference-service.ts'
import { OpenSettlements } from '../open-settlements.ts'

export const START: GenerationEvent = { type: 'start', engine: 'e', model: 'kimi-k2.5' }
export const USAGE: GenerationEvent = {
  type: 'usage',
  usage: { prompt: 10, cached: 4, completion: 20, reasoning: 5 },
}
export const FINISH: GenerationEvent = { type: 'finish', choice: 0, reason: 'stop' }
export const text = (piece: string): GenerationEvent => ({ type: 'text', choice: 0, text: piece })
/** An answer of two words that is complete. */
export const GOOD: Script = { events: [START, text('one '), text('two'), FINISH, USAGE] }
/** What `GOOD` costs: four tokens from the cache, six that missed it, twenty of output. */
export const GOOD_COST = 4 * 100 + 6 * 600 + 20 * 3000

const NO_LIMITS: RateLimits = { concurrency: null, rpm: null, tpm: null, tpd: null }

export interface BenchOptions {
  readonly engines?: readonly Engine[]
  readonly limits?: Partial<RateLimits>
  readonly retentionDays?: number
  readonly prices?: readonly PriceRecord[]
}

/** What was told, in the order in which it was told. */
export interface Seen {
  readonly holds: HoldRequest[]
  /** Those that somebody waits for before their end. */
  readonly hurried: HoldRequest[]
  readonly ends: { readonly hold: Hold; readonly end: HoldEnd }[]
  readonly progress: HoldEnd[]
  readonly notes: RequestRecord[]
  readonly contents: RequestContent[]
  readonly settled: RequestRecord[]
  readonly ran: { readonly complete: boolean }[]
  readonly refused: string[]
  /** What became of holds that were decided ahead. */
  readonly ahead: string[]
  /** Ends that fail before one is kept. */
  failing: number
  /** Called for every hold that is asked for; what it throws is the answer. */
  onHold: ((request: HoldRequest) => void) | undefined
  /** Decides a hold that is not durable yet; without it none is. */
  onHoldAhead: ((request: HoldRequest) => HoldAhead | undefined) | undefined
  /** Called for every end, before it is kept. */
  onSettle: ((end: HoldEnd) => Promise<void> | void) | undefined
}

let made = 0

export function inferenceBench(scripts: readonly Script[] = [GOOD], options: BenchOptions = {}) {
  const clock: SteppedClock = steppedClock()
  const now = (): number => clock.now()
  const seen: Seen = {
    holds: [],
    hurried: [],
    ends: [],
    progress: [],
    notes: [],
    contents: [],
    settled: [],
    ran: [],
    refused: [],
    ahead: [],
    failing: 0,
    onHold: undefined,
    onHoldAhead: undefined,
    onSettle: undefined,
  }
  const ledger = ledgerOf(seen)
  const limiter = new MemoryLimiter({ now })
  const engine = scriptedEngine('e', scripts)
  const route = routeTo(options.engines ?? [engine], SCRIPTED_POLICY)
  const open = new OpenSettlements(ledger, clock)
  const admission = new AdmissionControl({
    queue: new RequestQueue({ limiter, clock }),
    limiter,
    ledger,
    accounts: { prices: new PriceBook(options.prices ?? []) },
    clock,
    onRefusal: (code) => void seen.refused.push(code),
    onAhead: (outcome) => void seen.ahead.push(outcome),
  })
  const parts = {
    models: new ModelTable([route]),
    routing: { clock, watchdog: new Watchdog(clock), random: () => 0.5, wordsToTell, resume },
    counter: characterCounter,
    resolvers: [],
    schemas: mfjsRules,
    admission,
    ledger,
    open,
    contents: {
      reserve: () => true,
      release: () => undefined,
      keep: (content: RequestContent) => void seen.contents.push(content),
      drop: () => undefined,
    },
    observer: {
      settled: (record: RequestRecord) => void seen.settled.push(record),
      ran: (_: unknown, complete: boolean) => void seen.ran.push({ complete }),
    },
    now,
  }
  const account = organisationAccount({ id: 'org-1', limits: { ...NO_LIMITS, ...options.limits } })
  const caller = keyAccount({ id: 'ak-1', account, contentRetentionDays: options.retentionDays ?? null })
  return {
    clock,
    seen,
    engine,
    limiter,
    open,
    parts,
    caller,
    service: new LocalInference(parts),
    async close() {
      await open.close()
      await limiter.close()
    },
  }
}

export function draftOf(more: Partial<RequestDraft> = {}): RequestDraft {
  return {
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [],
    toolChoice: 'auto',
    thinking: false,
    maxCompletionTokens: 1000,
    stop: [],
    responseFormat: { type: 'text' },
    sampling: {},
    whole: true,
    extra: {},
    ...more,
  }
}

/** A request that nobody has made before. */
export function requestOf(
  { caller }: Pick<ReturnType<typeof inferenceBench>, 'caller'>,
  draft: Partial<RequestDraft> = {},
  more: Partial<InferenceRequest> = {},
): InferenceRequest {
  made += 1
  return {
    id: `request-${made}`,
    parent: null,
    caller,
    api: 'test',
    class: 'interactive',
    arrivedAt: 1_000_000,
    waitMs: 0,
    draft: draftOf(draft),
    terms: { lenient: new Set(), scope: caller.organisation },
    signal: new AbortController().signal,
    ...more,
  }
}

export async function refusalOf(promise: Promise<unknown>): Promise<ApiError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof ApiError) return thrown
  throw new Error('it was not refused', { cause: thrown })
}

function ledgerOf(seen: Seen) {
  return {
    keepsBooks: true,
    free: () => 1_000_000_000_000,
    holdAhead: (request: HoldRequest): HoldAhead | undefined => seen.onHoldAhead?.(request),
    hurry: (hold: HoldRequest) => void seen.hurried.push(hold),
    async hold(request: HoldRequest): Promise<Hold> {
      seen.onHold?.(request)
      seen.holds.push(request)
      return { ...request, cash: request.amount, voucher: 0 }
    },
    progress: (_: Hold, soFar: HoldEnd) => void seen.progress.push(soFar),
    async settle(hold: Hold, end: HoldEnd): Promise<void> {
      await seen.onSettle?.(end)
      if (seen.failing > 0) {
        seen.failing -= 1
        throw new LedgerError('unavailable', 'the disk is full')
      }
      seen.ends.push({ hold, end })
    },
    note: (record: RequestRecord) => void seen.notes.push(record),
  }
}
