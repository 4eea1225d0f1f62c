/**
 * Contents on their way into the store: kept lazily, a few at a time, and in a bounded memory.
 *
 * Nobody waits for them, and they are worth less than an answer: what finds no room is dropped and counted, what a crash
 * leaves behind is lost. Who reads or forgets has all of it written first, so that nothing turns up afterwards.
 */

import { LedgerError } from '../ledger/ledger.ts'
import type { ContentTable, OrganisationFilter } from './content-table.ts'
import { type RequestContent, memoryOf } from './request-content.ts'

/** Bytes of contents in memory: those that wait, and what was asked by requests under way. */
const MOST_BYTES = 32 * 1024 * 1024
/** Of one transaction, in which every other writer of SQLite waits. */
const BATCH_BYTES = 1024 * 1024
const BATCH_ROWS = 100
/** Of expired ones for each turn of the sweep, which comes again. */
const MOST_PURGES = 1_000

export interface ContentFigures {
  readonly kept: number
  /** Lost because there was no room, or because the store was closed. */
  readonly dropped: number
  /** Deleted, because they had expired or were to be forgotten. */
  readonly deleted: number
  /** Tries of the store that failed; what they were to keep waits on. */
  readonly failures: number
  readonly waitingBytes: number
}

export class ContentLog {
  readonly #table: ContentTable
  readonly #now: () => number
  #waiting: RequestContent[] = []
  #bytes = 0
  /** Gives why not all that waited was written, if so. */
  #writing: Promise<unknown> | undefined
  #purging: Promise<void> | undefined
  #kept = 0
  #dropped = 0
  #deleted = 0
  #failures = 0
  isClosed = false

  constructor(table: ContentTable, now: () => number) {
    this.#table = table
    this.#now = now
  }

  /** Why nothing is kept at all, for whoever wants to turn it on. */
  get refusal(): string | undefined {
    return this.#table.refusal
  }

  get figures(): ContentFigures {
    const [kept, dropped, deleted, failures] = [this.#kept, this.#dropped, this.#deleted, this.#failures]
    return { kept, dropped, deleted, failures, waitingBytes: this.#bytes }
  }

  /** Room for what a request has asked, until it is released; without room its contents are to be dropped. */
  reserve(bytes: number): boolean {
    if (this.isClosed || this.#bytes + bytes > MOST_BYTES) return false
    this.#bytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#bytes -= bytes
  }

  drop(): void {
    this.#dropped += 1
  }

  keep(content: RequestContent): void {
    if (this.reserve(memoryOf(content))) this.#waiting.push(content)
    else this.drop()
  }

  /** @throws LedgerError `unavailable` */
  async read(request: string, organisation: OrganisationFilter): Promise<RequestContent | undefined> {
    await this.#writeAll()
    return this.#table.find(request, organisation, this.#now())
  }

  /** Whether there was one. @throws LedgerError `unavailable` */
  async forget(request: string, organisation: OrganisationFilter): Promise<boolean> {
    await this.#writeAll()
    const deleted = await this.#table.remove(request, organisation, this.#now())
    this.#deleted += deleted
    return deleted > 0
  }

  /** All that arrived until now and has been answered, and how many they were. @throws LedgerError `unavailable` */
  async forgetProject(organisation: string, project: string): Promise<number> {
    const before = this.#now()
    await this.#writeAll()
    let all = 0
    for (;;) {
      const deleted = await this.#table.removeOfProject(organisation, project, before)
      this.#deleted += deleted
      all += deleted
      if (deleted === 0) return all
    }
  }

  /** Writes what waits. One at a time; what fails is counted, and waits for the next one. */
  async sweep(): Promise<void> {
    await this.#write()
  }

  /** Deletes what has expired. One at a time; what fails is counted, and tried by the next one. */
  purge(): Promise<void> {
    this.#purging ??= this.#purgeOnce().finally(() => {
      this.#purging = undefined
    })
    return this.#purging
  }

  /** Keeps what waits, as far as the store takes it; what it does not take is lost. */
  async close(): Promise<void> {
    this.isClosed = true
    // One that runs may have begun before the last ones came.
    await this.#write()
    await this.#write()
    await this.#purging
    this.#dropped += this.#waiting.length
  }

  async #purgeOnce(): Promise<void> {
    try {
      for (let turn = 0; turn < MOST_PURGES && !this.isClosed; turn += 1) {
        const deleted = await this.#table.removeExpired(this.#now())
        this.#deleted += deleted
        if (deleted === 0) return
      }
    } catch {
      this.#failures += 1
    }
  }

  #write(): Promise<unknown> {
    this.#writing ??= this.#writeOnce().finally(() => {
      this.#writing = undefined
    })
    return this.#writing
  }

  async #writeOnce(): Promise<unknown> {
    // What comes meanwhile is for the next one, so that this one has an end.
    let left = this.#waiting.length
    while (left > 0) {
      const batch = this.#nextBatch(left)
      left -= batch.length
      try {
        this.#kept += await this.#table.insert(batch)
        this.#bytes -= batch.reduce((bytes, content) => bytes + memoryOf(content), 0)
      } catch (error) {
        this.#failures += 1
        this.#waiting = [...batch, ...this.#waiting]
        return error
      }
    }
    return undefined
  }

  #nextBatch(most: number): RequestContent[] {
    let bytes = 0
    let count = 0
    for (const content of this.#waiting) {
      bytes += memoryOf(content)
      if (count > 0 && (count >= Math.min(BATCH_ROWS, most) || bytes > BATCH_BYTES)) break
      count += 1
    }
    return this.#waiting.splice(0, count)
  }

  async #writeAll(): Promise<void> {
    // One that runs may have begun before the last ones came.
    await this.#writing
    const fault = await this.#write()
    if (fault === undefined) return
    throw fault instanceof LedgerError ? fault : new LedgerError('unavailable', 'The store fails.', { cause: fault })
  }
}
