/** The ledger over PostgreSQL: decided there, one statement for all that an organisation brings at once. */

import type {
  AuditReport,
  Balance,
  CreditRequest,
  Credited,
  Hold,
  HoldEnd,
  HoldRequest,
  Ledger,
  Payer,
} from '../../ledger/ledger.ts'
import type { LastTold } from '../../collections/last-told.ts'
import type { TransferRecord } from '../../records/transfer-record.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import { documentRows } from '../../documents/check-documents.ts'
import { DocumentError } from '../../documents/document-error.ts'
import { documentConflict, releasedEnd } from '../../ledger/released-end.ts'
import { unansweredRecord } from '../../usage/unanswered-record.ts'
import type { AuditQueries } from './audit-queries.ts'
import { unavailable } from './database-fault.ts'
import type { Database } from './database.ts'
import { END_PATIENCE_MS, HoldEntry, LAZY_PATIENCE_MS, type Line, LineEntry } from './group-entries.ts'
import { MAX_WAITING, type OrganisationGroups } from './organisation-groups.ts'
import { type Progressed, writeProgress } from './progress.ts'
import { credit, readBalance, readTransfers } from './transfer-rows.ts'

export interface LedgerParts {
  /** What each organisation can hold. */
  readonly told: LastTold
  readonly groups: OrganisationGroups
  readonly database: Database
  readonly audits: AuditQueries
  readonly gateway: number
}

/** Refused requests that wait for the sweep. */
const MAX_NOTES = 10_000
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

  /** As the last group told it. What budgets leave nobody tells. */
  free({ organisation, keyBudget, projectBudget }: Payer): number | undefined {
    return keyBudget === undefined && projectBudget === undefined ? this.#parts.told.of(organisation) : undefined
  }

  async hold(request: HoldRequest): Promise<Hold> {
    this.#assertOpen()
    assertAmount(request.amount)
    assertTime(request.at)
    assertTime(request.deadline)
    const known = this.#open.get(request.request)
    if (known !== undefined) return known.hold
    const asked = this.#asked.get(request.request)
    if (asked !== undefined) return asked
    if (this.#unkept.some(({ how, record }) => how === 'abandon' && record.request === request.request)) {
      throw unavailable('an earlier try of it was given up')
    }
    if (this.#unkept.length >= MAX_WAITING) throw unavailable('too many ends wait for the database')
    const made = this.#hold(request).finally(() => this.#asked.delete(request.request))
    this.#asked.set(request.request, made)
    return made
  }

  /** Another gateway may have spent the money: only the database can tell. */
  holdAhead(): undefined {
    return undefined
  }

  progress(hold: Hold, soFar: HoldEnd): void {
    const open = this.#open.get(hold.request)
    if (open === undefined || open.ending !== undefined) return
    open.progress = soFar
    if (open.progressIsNew) return
    open.progressIsNew = true
    this.#progressed.push(open)
  }

  async settle(hold: Hold, end: HoldEnd): Promise<void> {
    assertAmount(end.cost)
    if (this.isClosed) throw unavailable('it is closed')
    const line = lineOf(hold, end)
    const { otherwise } = end
    const later = otherwise === undefined ? undefined : () => laterLine(hold, otherwise())
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

  async #hold(request: HoldRequest): Promise<Hold> {
    const { groups, told } = this.#parts
    const { organisation, amount } = request
    const entry = new HoldEntry(request)
    if (!groups.add(organisation, entry)) throw unavailable('too much waits for the database')
    told.asks(organisation, amount)
    try {
      const hold = await entry.promised.promise
      this.#open.set(hold.request, { hold, progress: undefined, progressIsNew: false, ending: undefined })
      return hold
    } catch (error) {
      // It may be there all the same, and nobody would end it.
      if (entry.unsure) this.#unkept.push(abandoned(request))
      throw error
    } finally {
      told.answered(organisation, amount)
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
      const written = await Promise.allSettled(some.map((record) => this.#write(noteOf(record), LAZY_PATIENCE_MS)))
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

/** @throws DocumentError */
function lineOf({ organisation }: Hold, end: HoldEnd): Line {
  const { record, cost, documents = [] } = end
  const line = { organisation, how: 'end', record, cost, endedAt: record.at + record.totalMs } as const
  if (documents.length === 0) return line
  return { ...line, documents: { rows: documentRows(documents), otherwise: () => releasedEnd(end).record } }
}

/** Its documents may be such that nobody can keep them; a hold that never ends would be worse. */
function laterLine(hold: Hold, end: HoldEnd): Line {
  try {
    return lineOf(hold, end)
  } catch (error) {
    if (error instanceof DocumentError) return lineOf(hold, releasedEnd(end))
    throw error
  }
}

function abandoned(request: HoldRequest): Line {
  const { organisation, at } = request
  const record = unansweredRecord(request, 'store_unavailable')
  return { organisation, how: 'abandon', record, cost: 0, endedAt: at }
}

function noteOf(record: RequestRecord): Line {
  return { organisation: record.organisation, how: 'note', record, cost: 0, endedAt: record.at }
}

function assertAmount(amount: number): void {
  if (!Number.isSafeInteger(amount) || amount < 0) throw new RangeError(`${amount} is no amount of money in nano-units`)
}

function assertTime(at: number): void {
  if (!Number.isSafeInteger(at)) throw new RangeError(`${at} is no time in whole milliseconds`)
}
