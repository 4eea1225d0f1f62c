/** The ledger over books in memory and a thread that writes: decided at once, resolved when it is on the disk. */

import {
  type AuditReport,
  type Balance,
  type CreditRequest,
  type Credited,
  type Hold,
  type HoldAhead,
  type HoldEnd,
  type HoldRequest,
  type Ledger,
  LedgerError,
  type Payer,
} from '../../ledger/ledger.ts'
import { DocumentError } from '../../documents/document-error.ts'
import { notHeld } from '../../ledger/not-held.ts'
import { releasedEnd } from '../../ledger/released-end.ts'
import type { Budget } from '../../records/budget.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { AuditRun } from './audit-run.ts'
import { Credits } from './credits.ts'
import { HoldEnding } from './hold-ending.ts'
import { type LedgerParts, unknownOrganisation } from './ledger-parts.ts'
import { NoteEntry, ProgressEntry } from './lazy-entries.ts'
import { OpenHold } from './open-hold.ts'
import { leftOf } from './spending.ts'
import { unavailable } from './store-fault.ts'
import { whole } from '../whole-record.ts'

/** Refused requests that wait for the sweep. */
const MAX_NOTES = 10_000
/** Rows that nobody waits for in one group, so that those who wait do not wait for them. */
const LAZY_ROWS = 500

export class SqliteLedger implements Ledger {
  readonly keepsBooks = true
  readonly #parts: LedgerParts
  readonly #credits: Credits
  #progressed: OpenHold[] = []
  #notes: RequestRecord[] = []
  /** Ends that were decided and could not be kept: nobody gets the money back by a full disk. */
  #unended: { readonly open: OpenHold; readonly end: HoldEnd; readonly at: number }[] = []
  #sweeping: Promise<void> | undefined
  droppedNotes = 0
  isClosed = false

  constructor(parts: LedgerParts) {
    this.#parts = parts
    this.#credits = new Credits(parts)
  }

  free(payer: Payer): number | undefined {
    const wallet = this.isClosed ? undefined : this.#parts.state.wallets.get(payer.organisation)
    if (wallet === undefined) return undefined
    const { ofKey, ofProject } = this.#budgetsLeft(payer)
    return Math.min(wallet.cash + wallet.voucher, ofKey, ofProject)
  }

  async hold(request: HoldRequest): Promise<Hold> {
    const known = this.#parts.state.open.get(request.request)
    return (known ?? this.#decide(request, true)).promised.promise
  }

  holdAhead(request: HoldRequest): HoldAhead | undefined {
    // Made twice it is for `hold` to say what became of the first.
    if (this.#parts.state.open.get(request.request) !== undefined) return undefined
    const { hold, promised } = this.#decide(request, false)
    return { hold, kept: promised.promise }
  }

  hurry(hold: HoldRequest): void {
    const open = this.#parts.state.open.get(hold.request)
    if (open?.isKept === false) this.#parts.commit.hurry()
  }

  #decide(request: HoldRequest, soon: boolean): OpenHold {
    const { state, commit } = this.#parts
    this.#assertWritable()
    assertAmount(request.amount)
    assertTime(request.at)
    assertTime(request.deadline)
    const wallet = state.wallets.get(request.organisation)
    if (wallet === undefined) throw unknownOrganisation(request.organisation)
    this.#assertBudgets(request)
    const available = wallet.cash + wallet.voucher
    if (request.amount > available) {
      throw new LedgerError('insufficient', 'The balance does not cover what the request may cost.', { available })
    }
    const open = OpenHold.make(state, wallet, request)
    if (soon) commit.add(open)
    else commit.addLater(open)
    return open
  }

  progress(hold: HoldRequest, soFar: HoldEnd): void {
    const open = this.#parts.state.open.get(hold.request)
    if (open === undefined || open.end !== undefined) return
    open.progress = soFar
    if (open.progressIsNew) return
    open.progressIsNew = true
    this.#progressed.push(open)
  }

  async settle(hold: HoldRequest, end: HoldEnd): Promise<void> {
    assertAmount(end.cost)
    const { state, commit } = this.#parts
    const open = state.open.get(hold.request)
    if (open === undefined) {
      if (state.undone.has(hold)) throw notHeld()
      return
    }
    if (this.isClosed) throw unavailable('it is closed')
    if (open.end !== undefined) return open.end.promised.promise
    if (open.ending !== undefined) return open.ending
    if (end.documents === undefined || commit.whenFree() === undefined) return this.#end(open, end).promised.promise
    open.ending = this.#endWhenFree(open, end)
    return open.ending
  }

  /** For a hold of another process. `at`: now. */
  async recover(open: OpenHold, end: HoldEnd, at: number): Promise<void> {
    await this.#end(open, end, at).promised.promise
  }

  note(record: RequestRecord): void {
    if (this.isClosed || this.#notes.length >= MAX_NOTES || !this.#parts.state.names.has(record.model)) {
      this.droppedNotes++
      return
    }
    this.#notes.push(record)
  }

  async credit(request: CreditRequest): Promise<Credited> {
    this.#assertWritable()
    return this.#credits.credit(request)
  }

  async balance(organisation: string): Promise<Balance> {
    if (this.isClosed) throw unavailable('it is closed')
    const wallet = this.#parts.state.wallets.get(organisation)
    if (wallet === undefined) throw unknownOrganisation(organisation)
    return wallet.balance()
  }

  transfers(
    organisation: string,
    page: { readonly before?: string; readonly limit: number },
  ): Promise<TransferRecord[]> {
    return this.#parts.read('transfers', { organisation, ...page })
  }

  audit(now: number): Promise<AuditReport> {
    return new AuditRun(this.#parts).run(now)
  }

  /** Keeps what waits: the last state of open holds, notes, and ends that could not be kept. One at a time. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepOnce().finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  async #sweepOnce(): Promise<void> {
    const { commit } = this.#parts
    for (const { open, end, at } of this.#unended.splice(0)) {
      // Who waited for the first attempt was told; the next sweep tries again.
      if (open.end === undefined) this.#endLate(open, end, at).promised.promise.catch(() => undefined)
    }
    // A group of nothing finds out whether the disk works again.
    if (commit.fault !== undefined) await commit.flush()
    while (commit.fault === undefined && this.#progressed.length + this.#notes.length > 0) {
      this.#addLazy()
      await commit.flush()
    }
  }

  #addLazy(): void {
    const { state, commit } = this.#parts
    for (const open of this.#progressed.splice(0, LAZY_ROWS)) {
      commit.add(new ProgressEntry(open, () => this.#progressed.push(open)))
    }
    for (const record of this.#notes.splice(0, LAZY_ROWS)) {
      commit.add(new NoteEntry(state, record, (lost) => this.note(lost)))
    }
  }

  async #endWhenFree(open: OpenHold, end: HoldEnd): Promise<void> {
    const { state, commit } = this.#parts
    try {
      for (let free = commit.whenFree(); free !== undefined; free = commit.whenFree()) await free
      if (this.isClosed) throw unavailable('it is closed')
      // What the disk did not take meanwhile is not held any more.
      if (state.open.get(open.hold.request) !== open) throw notHeld()
      await this.#end(open, end).promised.promise
    } finally {
      open.ending = undefined
    }
  }

  /** `at`: when it ended, in milliseconds since the Unix epoch. */
  #end(open: OpenHold, end: HoldEnd, at = end.record.at + end.record.totalMs): HoldEnding {
    const ending = new HoldEnding(open, end, whole(at), () => {
      // What is not held any more has no end.
      if (!this.#parts.state.undone.has(open.hold)) this.#unended.push({ open, end: end.otherwise?.() ?? end, at })
    })
    this.#parts.commit.add(ending)
    return ending
  }

  /** Documents of the end that holds now may be such that nobody can keep them; a hold that never ends would be worse. */
  #endLate(open: OpenHold, end: HoldEnd, at: number): HoldEnding {
    try {
      return this.#end(open, end, at)
    } catch (error) {
      if (error instanceof DocumentError) return this.#end(open, releasedEnd(end), at)
      throw error
    }
  }

  #assertWritable(): void {
    const { commit } = this.#parts
    if (this.isClosed) throw unavailable('it is closed')
    if (commit.fault !== undefined) throw new LedgerError('unavailable', commit.fault)
    if (commit.isFull) throw unavailable('too much waits for the disk')
  }

  #assertBudgets(request: HoldRequest): void {
    const { ofKey, ofProject } = this.#budgetsLeft(request)
    if (request.amount > ofKey) throw overBudget('key_budget', ofKey)
    if (request.amount > ofProject) throw overBudget('project_budget', ofProject)
  }

  #budgetsLeft({ key, keyBudget, project, projectBudget, at }: Payer): { ofKey: number; ofProject: number } {
    if (keyBudget === undefined && projectBudget === undefined) return UNLIMITED
    const { state } = this.#parts
    const month = state.months.of(at)
    const left = (name: string, budget: Budget | undefined): number =>
      budget === undefined ? Infinity : leftOf(budget, state.spending.month(state.names.numberOf(name), month))
    return { ofKey: left(key, keyBudget), ofProject: left(project, projectBudget) }
  }
}

const UNLIMITED = { ofKey: Infinity, ofProject: Infinity } as const

function overBudget(kind: 'key_budget' | 'project_budget', left: number): LedgerError {
  const whose = kind === 'key_budget' ? 'key' : 'project'
  return new LedgerError(kind, `The budget of the ${whose} does not cover what the request may cost.`, {
    available: Math.max(0, left),
  })
}

function assertAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is no amount of money in nano-units`)
}

function assertTime(at: number): void {
  if (!Number.isSafeInteger(at)) throw new RangeError(`${at} is no time in whole milliseconds`)
}
