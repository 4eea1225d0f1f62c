/**
 * The end of a request that was let in: its slot, its money, its record and its contents, settled once, whatever happened.
 *
 * It sits inside the stream of events: the iterator says that it is over, or throws, when this is done. So an answer is paid
 * for before its last byte, for every wire and every caller. Nobody pays for nothing: what failed before anything of it was
 * given out is free, and so is a whole reply that was not given. What was given out of a stream is paid for, whoever ended it.
 */

import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { EventBatch, TokenCounter, Usage } from '@moonbase/core/generation'
import { type Run, type RunEnd, type RunFacts, type RunHooks, failureOf } from '@moonbase/core/inference'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { Admitted } from '../admission/admission-control.ts'
import type { OpenContent } from '../contents/open-content.ts'
import { type HoldEnd, type Ledger, LedgerError } from '../ledger/ledger.ts'
import type { DocumentWrite } from '../records/document.ts'
import { engineOf } from '../records/engine-of.ts'
import type { Currency } from '../records/money.ts'
import { recordRequest } from '../usage/record-request.ts'
import type { InferenceRequest, Receipt } from './inference.ts'
import type { OpenSettlements, WatchedStream } from './open-settlements.ts'
import { type Failure, NO_DOCUMENTS } from './settlement-group.ts'
import { type SettledRequest, settledPart } from './settled-request.ts'
import { noteReport } from './silent-engines.ts'
import { StreamProgress } from './stream-progress.ts'

/** HTTP status of an answer whose end cannot be kept. */
const UNAVAILABLE = 503

/** Told once of every request that was let in, when it has ended. */
export interface InferenceObserver {
  /** Its last record, with what it costs. */
  settled(record: HoldEnd['record'], currency: Currency): void
  /** Its run: who was asked, and what came of it. */
  ran(facts: RunFacts, complete: boolean, elapsedMs: number): void
}

export interface SettlementParts {
  readonly ledger: Pick<Ledger, 'hurry' | 'settle' | 'progress' | 'keepsBooks' | 'note'>
  readonly open: OpenSettlements
  readonly observer: InferenceObserver
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number
}

/** How it ended, as its record says it. */
interface Ending {
  /** What is paid for; `undefined`: nothing is. */
  readonly usage: Usage | undefined
  readonly error: string | null
  readonly status: number
}

export class Settlement implements RunHooks, WatchedStream {
  place = -1
  readonly #request: SettledRequest
  readonly #signal: AbortSignal
  readonly #facts: RunFacts
  readonly #admitted: Admitted
  readonly #content: OpenContent | undefined
  readonly #counter: TokenCounter
  /** Once somebody has looked: most answers have ended by then. */
  #progress: StreamProgress | undefined
  readonly #parts: SettlementParts
  /** Of a stream that has begun. */
  #run: Run | undefined
  #receipt: Receipt | undefined
  readonly onBatch?: (batch: EventBatch) => void

  constructor(
    request: InferenceRequest,
    facts: RunFacts,
    admitted: Admitted,
    content: OpenContent | undefined,
    counter: TokenCounter,
    parts: SettlementParts,
  ) {
    // A stream may run for minutes, and a prompt may be megabytes.
    this.#request = settledPart(request)
    this.#signal = request.signal
    this.#facts = facts
    this.#admitted = admitted
    this.#content = content
    this.#counter = counter
    this.#parts = parts
    if (content !== undefined) this.onBatch = (batch) => content.see(batch)
  }

  get receipt(): Receipt | undefined {
    return this.#receipt
  }

  /** The run that it is the end of. */
  follow(run: Run): void {
    this.#run = run
    // The engine is not left to answer what nobody may be given.
    const { kept } = this.#admitted
    if (kept !== undefined) void this.#abandonUnkept(kept)
  }

  async #abandonUnkept(kept: Promise<unknown>): Promise<void> {
    try {
      await kept
    } catch (refusal) {
      // It rejects with what it is given, which whoever reads the events hears.
      await this.#run?.events.throw?.(refusal).catch(() => refusal)
    }
  }

  onStart(): Promise<unknown> | undefined {
    // A whole reply waits for the disk once, at its end.
    if (!this.#facts.streamed) return undefined
    this.#parts.open.watch(this)
    const { kept, hold } = this.#admitted
    if (kept !== undefined) this.#parts.ledger.hurry(hold)
    return kept
  }

  onEnd(end: RunEnd): Promise<void> | undefined {
    if (this.place !== -1) this.#parts.open.unwatch(this)
    this.#run = undefined
    if (end.how === 'complete') noteReport(this.#facts)
    const { streamed, usage } = this.#facts
    const begun = streamed && end.given
    const ending: Ending =
      end.how === 'complete'
        ? { usage, error: null, status: 200 }
        : this.#failed(failureOf(end.failure ?? apiError('client_closed'), this.#facts.model, this.#signal), begun)
    const { together, withEnd } = this.#request
    if (together !== undefined && !streamed && end.how === 'complete') {
      // Its limits know what it used, whatever it will cost.
      this.#admitted.admission.giveBack(tokensOf(usage))
      together.add({
        kept: this.#admitted.kept,
        settle: (documents) => this.#settle(ending, false, documents),
        release: (failure, documents) => this.#settle(this.#failed(failure, false), false, documents),
      })
      return undefined
    }
    return withEnd === undefined
      ? this.#settle(ending, begun, NO_DOCUMENTS)
      : this.#settleWith(ending, begun, () => withEnd(end))
  }

  /** What was given out of a stream is paid for or counts in its limits; of a whole reply that was not given nothing does. */
  needsUsage({ how }: RunEnd): boolean {
    if (how === 'complete') return true
    return this.#facts.streamed && (this.#parts.ledger.keepsBooks || limitsTokens(this.#request.caller))
  }

  /** Keeps how far it is. Called every second, so that only what is new is counted; of the prompt nothing, until somebody has. */
  keepProgress(): void {
    const { transcript } = this.#facts
    if (this.#run === undefined || transcript === undefined || !this.#parts.ledger.keepsBooks) return
    this.#progress ??= new StreamProgress(this.#counter, this.#request.caller.organisation)
    this.#progress.look(transcript, (counted) => {
      // It may have ended meanwhile.
      if (this.#run === undefined) return
      const usage = { prompt: this.#run.promptTokens() ?? 0, cached: 0, ...counted }
      this.#parts.ledger.progress(this.#admitted.hold, this.#end({ usage, error: 'server_restarted', status: 200 }))
    })
  }

  /** What fails in a stream that has begun cannot change its status, and what was given out of it is paid for. */
  #failed({ code, status }: Failure, begun: boolean): Ending {
    return begun ? { usage: this.#facts.usage, error: code, status: 200 } : { usage: undefined, error: code, status }
  }

  /** @throws what `documents` throws, and then a whole answer is not given and free; what `#settle` throws */
  async #settleWith(
    ending: Ending,
    begun: boolean,
    documents: () => readonly DocumentWrite[] | Promise<readonly DocumentWrite[]>,
  ): Promise<void> {
    let kept: readonly DocumentWrite[]
    try {
      kept = await documents()
    } catch (error) {
      const failure = failureOf(error, this.#facts.model, this.#signal)
      await this.#settle(this.#failed(failure, begun), begun, NO_DOCUMENTS)
      throw failure
    }
    await this.#settle(ending, begun, kept)
  }

  /**
   * The slot is free in any case.
   *
   * @throws ApiError `ledger_unavailable` for what is paid for, or why its hold was refused; LedgerError `document_conflict`, and
   * then it is free
   */
  async #settle(ending: Ending, begun: boolean, documents: readonly DocumentWrite[]): Promise<void> {
    const { hold } = this.#admitted
    const { usage } = ending
    const end = this.#end(ending)
    // A whole answer is not given out when its end cannot be kept, and what nobody got is free.
    const otherwise =
      usage === undefined || begun
        ? () => end
        : () => this.#end({ usage: undefined, error: 'ledger_unavailable', status: UNAVAILABLE })
    try {
      await this.#parts.ledger.settle(
        hold,
        documents.length === 0 ? { ...end, otherwise } : { ...end, documents, otherwise },
      )
      this.#told(end, ending.error, usage)
    } catch (error) {
      if (error instanceof LedgerError && error.kind === 'document_conflict') {
        // Somebody else has kept it, and the hold is released already.
        this.#told(this.#end({ usage: undefined, error: error.kind, status: 409 }), error.kind, undefined)
        throw error
      }
      if (isNotHeld(error)) return await this.#endUnkept(ending, error)
      const later = otherwise()
      this.#parts.open.settleLater(hold, later)
      this.#told(later, ending.error ?? 'ledger_unavailable', begun ? usage : undefined)
      if (usage !== undefined)
        throw apiErrorWith('ledger_unavailable', { cause: error, reason: 'an end could not be kept' })
    } finally {
      this.#leave(tokensOf(usage))
    }
  }

  /**
   * What was undone has no end, and nothing of it was given out: it is a refusal.
   *
   * @throws ApiError of what would have been paid for: why its hold was refused
   */
  async #endUnkept(ending: Ending, cause: unknown): Promise<void> {
    const refusal = ending.usage === undefined ? undefined : await this.#whyUnkept(cause)
    const { code, status } = refusal ?? { code: ending.error, status: ending.status }
    const end = this.#end({ usage: undefined, error: code, status })
    this.#parts.ledger.note(end.record)
    this.#told(end, code, undefined)
    if (refusal !== undefined) throw refusal
  }

  async #whyUnkept(cause: unknown): Promise<ApiError> {
    try {
      await this.#admitted.kept
    } catch (error) {
      return failureOf(error, this.#facts.model, this.#signal)
    }
    return apiErrorWith('ledger_unavailable', { cause, reason: 'a hold could not be kept' })
  }

  #leave(usedTokens: number): void {
    const { admission } = this.#admitted
    const { keepSlot } = this.#request
    if (keepSlot === undefined) {
      admission.end(usedTokens)
      return
    }
    admission.giveBack(usedTokens)
    keepSlot(() => admission.end(usedTokens))
  }

  /** @param usage of what was given out */
  #told({ cost, record }: HoldEnd, error: string | null, usage: Usage | undefined): void {
    const { currency } = this.#request.caller.account
    const { request, engine } = record
    this.#receipt = { request, cost, currency, usage, engine, held: this.#admitted.hold.amount }
    this.#content?.end(error, usage !== undefined)
    this.#parts.observer.settled(record, currency)
    this.#parts.observer.ran(this.#facts, error === null, record.totalMs)
  }

  #end(ending: Ending): HoldEnd {
    const { quote, hold } = this.#admitted
    const { usage } = ending
    const whole = usage === undefined ? 0 : quote.cost(engineOf(this.#facts.engine ?? ''), usage)
    // Never more than was held.
    const cost = Math.min(whole, hold.amount)
    return { cost, record: recordRequest(this.#request, this.#facts, { ...ending, cost, now: this.#parts.now() }) }
  }
}

function limitsTokens({ account, projectLimits, limits }: KeyAccount): boolean {
  return [account.limits, projectLimits, limits].some((one) => one !== null && (one.tpm !== null || one.tpd !== null))
}

function tokensOf(usage: Usage | undefined): number {
  return usage === undefined ? 0 : usage.prompt + usage.completion
}

function isNotHeld(error: unknown): boolean {
  return error instanceof LedgerError && error.kind === 'not_held'
}
