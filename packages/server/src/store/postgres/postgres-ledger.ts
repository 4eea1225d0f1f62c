/** The ledger over PostgreSQL: decided there, one statement for all that an organisation brings at once. */

import type {
  AuditReport,
  Balance,
  CreditRequest,
  Credited,
  Hold,
  HoldAhead,
  HoldEnd,
  HoldRequest,
  Ledger,
  Payer,
} from '../../ledger/ledger.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { notHeld } from '../../ledger/not-held.ts'
import { documentConflict } from '../../ledger/released-end.ts'
import type { AuditQueries } from './audit-queries.ts'
import { unavailable } from './database-fault.ts'
import type { Database } from './database.ts'
import { END_PATIENCE_MS, HoldEntry, LAZY_PATIENCE_MS, type Line, LineEntry } from './group-entries.ts'
import { abandonedLine, laterLine, lineOf, noteLine } from './lines.ts'
import { MAX_WAITING, type OrganisationGroups } from './organisation-groups.ts'
import { type Progressed, writeProgress } from './progress.ts'
import type { ToldMoney } from './told-money.ts'
import { credit, readBalance, readTransfers } from './transfer-rows.ts'

export interface LedgerParts {
  readonly told: ToldMoney
  readonly groups: OrganisationGroups
  readonly database: Database
  readonly audits: AuditQueries
  readonly gateway: number
  /** The engine is asked ahead where so many times the amount is there. */
  readonly aheadFactor: number
}

/** Refused requests that wait for the sweep. */
const MAX_NOTES = 10_000
/** What was told of the money longer ago says too little of it for an engine to be asked ahead. */
export const FRESH_MS = 1_000
/** Lines that nobody waits for in one go, so that those who wait do not wait for them. */
const LAZY_LINES = 500

/** A hold of this gateway, from the moment in which the database has it. */
interface OpenHold extends Progressed {
  readonly hold: Hold
  ending: Promise<void> | undefined
}

export class PostgresLedger implements Ledger {
  readonly keepsBooks = true
  readonly #parts: LedgerParts
  readonly #open = new Map<string, OpenHold>()
  /** Those that the database is asked for. */
  readonly #asked = new Map<string, Promise<Hold>>()
  /** Refused when they had been asked ahead for: they have no end. */
  readonly #undone = new WeakSet<HoldRequest>()
  #progressed: OpenHold[] = []
  #notes: RequestRecord[] = []
  /** Ends that were decided and could not be kept, and holds that may have been made: tried with each sweep, until it works. */
  #unkept: Line[] = []
  #sweeping: Promise<void> | undefined
  droppedNotes = 0
  /** Ends that came behind the end that another gateway had made: the first one stands, and this one is not paid. */
  lateEnds = 0
  isClosed = false

  constructor(parts: LedgerParts) {
    this.#parts = parts
  }

  get openHolds(): number {
    return this.#open.size
  }

  /** As the last groups told it. */
  free(payer: Payer): number | undefined {
    return this.#parts.told.free(payer)
  }

  async hold(request: HoldRequest): Promise<Hold> {
    this.#assertOpen()
    assertRequest(request)
    const known = this.#open.get(request.request)
    if (known !== undefined) return known.hold
    const asked = this.#asked.get(request.request)
    if (asked !== undefined) return asked
    if (this.#isGivenUp(request)) throw unavailable('an earlier try of it was given up')
    if (this.#unkept.length >= MAX_WAITING) throw unavailable('too many ends wait for the database')
    return this.#ask(request)
  }

  /**
   * Another gateway may have spent the money, and only the database can tell. So that it hardly ever says no to what an engine was
   * asked for, several times the amount must have been there a moment ago, in the balance and in each budget.
   */
  /** The database is asked at once. */
  hurry(): void {}

  holdAhead(request: HoldRequest): HoldAhead | undefined {
    assertRequest(request)
    if (!this.#mayAskAhead(request)) return undefined
    const kept = this.#ask(request)
    // Whoever waits hears it; whoever has left need not.
    kept.catch(() => this.#undone.add(request))
    return { hold: request, kept }
  }

  progress(hold: HoldRequest, soFar: HoldEnd): void {
    const open = this.#open.get(hold.request)
    if (open === undefined || open.ending !== undefined) return
    open.progress = soFar
    if (open.progressIsNew) return
    open.progressIsNew = true
    this.#progressed.push(open)
  }

  async settle(hold: HoldRequest, end: HoldEnd): Promise<void> {
    assertAmount(end.cost)
    if (this.isClosed) throw unavailable('it is closed')
    const line = lineOf(hold, end)
    const { otherwise } = end
    const later = otherwise === undefined ? undefined : () => laterLine(hold, otherwise())
    const asked = this.#asked.get(hold.request)
    if (asked !== undefined) await asked.catch(() => undefined)
    if (this.#undone.has(hold)) throw notHeld()
    if (this.isClosed) throw unavailable('it is closed')
    const open = this.#open.get(hold.request)
    // One of an earlier process: the database knows what became of it.
    if (open === undefined) return this.#end(line, END_PATIENCE_MS, later)
    open.ending ??= this.#end(line, END_PATIENCE_MS, later).finally(() => {
      open.ending = undefined
    })
    return open.ending
  }

  note(record: RequestRecord): void {
    if (this.isClosed || this.#notes.length >= MAX_NOTES) this.droppedNotes++
    else this.#notes.push(record)
  }

  async credit(request: CreditRequest): Promise<Credited> {
    this.#assertOpen()
    return credit(this.#parts.database, request)
  }

  async balance(organisation: string): Promise<Balance> {
    this.#assertOpen()
    return readBalance(this.#parts.database, organisation)
  }

  async transfers(
    organisation: string,
    page: { readonly before?: string; readonly limit: number },
  ): Promise<TransferRecord[]> {
    this.#assertOpen()
    return readTransfers(this.#parts.database, organisation, page)
  }

  async audit(now: number): Promise<AuditReport> {
    this.#assertOpen()
    return this.#parts.audits.run(now)
  }

  /** Keeps what waits: ends that could not be kept, the last state of open holds, and notes. One at a time. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweepOnce().finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  /** Holds of another gateway, which is gone. What became of each; one that fails is counted, and found again. */
  async recover(lines: readonly Line[]): Promise<string[]> {
    return Promise.all(lines.map((line) => this.#write(line, LAZY_PATIENCE_MS).catch(() => 'failed')))
  }

  #mayAskAhead(request: HoldRequest): boolean {
    const { groups, told, aheadFactor } = this.#parts
    // One that does not answer will not do so in time.
    if (this.isClosed || groups.fault !== undefined || this.#unkept.length > 0) return false
    // Made twice it is for `hold` to say what became of the first.
    if (this.#open.has(request.request) || this.#asked.has(request.request)) return false
    const free = told.free(request, FRESH_MS)
    return free !== undefined && request.amount * aheadFactor <= free
  }

  #isGivenUp({ request }: HoldRequest): boolean {
    return this.#unkept.some(({ how, record }) => how === 'abandon' && record.request === request)
  }

  #ask(request: HoldRequest): Promise<Hold> {
    const made = this.#hold(request).finally(() => this.#asked.delete(request.request))
    this.#asked.set(request.request, made)
    return made
  }

  async #hold(request: HoldRequest): Promise<Hold> {
    const { groups, told } = this.#parts
    const { organisation } = request
    const entry = new HoldEntry(request)
    if (!groups.add(organisation, entry)) throw unavailable('too much waits for the database')
    told.asks(request)
    try {
      const hold = await entry.promised.promise
      this.#open.set(hold.request, { hold, progress: undefined, progressIsNew: false, ending: undefined })
      return hold
    } catch (error) {
      // It may be there all the same, and nobody would end it.
      if (entry.unsure) this.#unkept.push(abandonedLine(request))
      throw error
    } finally {
      told.answered(request)
    }
  }

  /** `later`: what is kept when this one could not be, if that is something else. */
  async #end(line: Line, patienceMs: number, later?: () => Line): Promise<void> {
    const { request } = line.record
    const outcome = await this.#write(line, patienceMs).catch((error: unknown) => {
      // Who waited is told. The hold stays open, and is ended as soon as the database takes it.
      this.#unkept.push(later?.() ?? line)
      throw error
    })
    this.#open.delete(request)
    if (outcome === 'late' || (outcome === 'unknown' && line.how === 'end')) this.lateEnds++
    // Another gateway has ended it: what was to be kept with this end is not.
    const isLate = outcome === 'late' || outcome === 'unknown'
    if (outcome === 'document_conflict' || (isLate && line.documents !== undefined)) throw documentConflict(request)
  }

  async #write(line: Line, patienceMs: number): Promise<string> {
    const entry = new LineEntry(line, patienceMs)
    if (!this.#parts.groups.add(line.organisation, entry)) throw unavailable('too much waits for the database')
    return entry.promised.promise
  }

  async #sweepOnce(): Promise<void> {
    const unkept = this.#unkept.splice(0)
    // What fails is among the unkept again.
    await Promise.allSettled(unkept.map((line) => this.#end(line, LAZY_PATIENCE_MS)))
    await this.#writeProgress()
    await this.#writeNotes()
  }

  async #writeProgress(): Promise<void> {
    let progressed = this.#progressed.splice(0)
    while (progressed.length > 0) {
      const some = progressed.splice(0, LAZY_LINES).filter(({ hold }) => this.#open.has(hold.request))
      try {
        await writeProgress(this.#parts.database, this.#parts.gateway, some)
      } catch {
        // It is counted where it failed; the next sweep has newer ones anyway.
        this.#progressed.push(...some.filter(({ progressIsNew }) => progressIsNew), ...progressed)
        progressed = []
      }
    }
  }

  async #writeNotes(): Promise<void> {
    let notes = this.#notes.splice(0)
    while (notes.length > 0) {
      const some = notes.splice(0, LAZY_LINES)
      const written = await Promise.allSettled(some.map((record) => this.#write(noteLine(record), LAZY_PATIENCE_MS)))
      const lost = written.flatMap(({ status }, index) => (status === 'rejected' ? some.slice(index, index + 1) : []))
      this.droppedNotes += written.filter((one) => one.status === 'fulfilled' && one.value !== 'noted').length
      if (lost.length > 0) {
        for (const record of [...lost, ...notes]) this.note(record)
        notes = []
      }
    }
  }

  #assertOpen(): void {
    if (this.isClosed) throw unavailable('it is closed')
  }
}

function assertAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is no amount of money in nano-units`)
}

function assertRequest({ amount, at, deadline }: HoldRequest): void {
  assertAmount(amount)
  assertTime(at)
  assertTime(deadline)
}

function assertTime(at: number): void {
  if (!Number.isSafeInteger(at)) throw new RangeError(`${at} is no time in whole milliseconds`)
}
