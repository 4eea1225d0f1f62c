/**
 * Gathers what waits for one organisation into one statement, and what comes meanwhile into the next one.
 *
 * One statement at a time for each organisation: its wallet is locked until the disk has the commit, so that a second one
 * would only wait for the first; and many requests share one wait for the disk. Different organisations go side by side.
 */

import type { LedgerError } from '../../ledger/ledger.ts'
import type { Connections } from './connections.ts'
import { type DatabaseFault, databaseFault, unavailable } from './database-fault.ts'
import type { GroupEntry, GroupRow } from './group-entries.ts'
import type { ToldMoney } from './told-money.ts'

export interface GroupSurroundings {
  readonly connections: Connections
  readonly gateway: number
  /** Milliseconds since whenever, and never back. */
  readonly uptime: () => number
  readonly sleep: (ms: number) => Promise<void>
  /** 0 to 1. */
  readonly random: () => number
  /** Is told what there is behind a group. */
  readonly told: Pick<ToldMoney, 'tellFree' | 'tellSpent'>
}

const MAX_GROUP = 500
/** Characters of documents in one statement, which travels as a whole. One entry may have that much. */
const MOST_WEIGHT = 16 * 1024 * 1024
/** Entries of all organisations together: at 5,000 requests a second, four seconds of a database that does nothing. */
export const MAX_WAITING = 20_000
const MAX_PAUSE_MS = 1_000

/** Outcomes that tell what is free then; rows come in the order in which they were decided. */
const TELLING: ReadonlySet<string> = new Set(['held', 'insufficient', 'settled', 'released', 'document_conflict'])

interface Lane {
  readonly organisation: string
  waiting: GroupEntry[]
}

export class OrganisationGroups {
  readonly #around: GroupSurroundings
  readonly #lanes = new Map<string, Lane>()
  #size = 0
  #isStopped = false
  #watchers: (() => void)[] = []
  /** Why the last try did not do. */
  fault: string | undefined
  readonly figures = { commits: 0, rows: 0, failures: 0 }

  constructor(around: GroupSurroundings) {
    this.#around = around
  }

  /** It is answered, or fails, in any case; `false`: there is no room for it. */
  add(organisation: string, entry: GroupEntry): boolean {
    if (this.#isStopped || this.#size >= MAX_WAITING) return false
    this.#size++
    entry.since = this.#around.uptime()
    const lane = this.#lanes.get(organisation)
    if (lane !== undefined) {
      lane.waiting.push(entry)
      return true
    }
    const fresh: Lane = { organisation, waiting: [entry] }
    this.#lanes.set(organisation, fresh)
    // All that this turn of the event loop brings goes into the first group.
    setImmediate(() => void this.#serve(fresh))
    return true
  }

  /** Resolves when nothing waits any more. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      this.#watchers.push(resolve)
    })
  }

  /** Whatever waits fails, and what is under way is not tried again. */
  stop(): void {
    this.#isStopped = true
  }

  async #serve(lane: Lane): Promise<void> {
    while (lane.waiting.length > 0) await this.#write(lane, takeFrom(lane, MAX_GROUP))
    this.#lanes.delete(lane.organisation)
    if (this.#lanes.size > 0) return
    for (const watcher of this.#watchers.splice(0)) watcher()
  }

  /** Until all of them are answered or have failed. */
  async #write(lane: Lane, first: readonly GroupEntry[]): Promise<void> {
    let entries = [...first]
    for (let tries = 0; entries.length > 0; tries++) {
      try {
        const rows = await this.#ask(lane.organisation, entries)
        this.#answer(entries, rows)
        this.#tell(lane.organisation, rows)
        return
      } catch (error) {
        const fault = databaseFault(error)
        this.figures.failures++
        if (!fault.passing) {
          await this.#single(lane, entries, fault, error)
          return
        }
        this.fault = fault.text
        for (const entry of entries) entry.unsure ||= fault.unsure
        entries = this.#patient(entries, fault)
        lane.waiting = this.#patient(lane.waiting, fault)
        if (entries.length > 0) await this.#around.sleep(this.#pause(tries))
        if (weightOf(entries) === 0) entries.push(...takeFrom(lane, MAX_GROUP - entries.length))
      }
    }
  }

  /** One of them is what the database does not take: the others do not suffer for it. */
  async #single(lane: Lane, entries: readonly GroupEntry[], fault: DatabaseFault, cause: unknown): Promise<void> {
    if (entries.length === 1) {
      for (const entry of entries) this.#fail(entry, unavailable(fault, cause))
      return
    }
    for (const entry of entries) await this.#write(lane, [entry])
  }

  #patient(entries: readonly GroupEntry[], fault: DatabaseFault): GroupEntry[] {
    const now = this.#around.uptime()
    return entries.filter((entry) => {
      if (!this.#isStopped && now - entry.since < entry.patienceMs) return true
      this.#fail(entry, unavailable(fault))
      return false
    })
  }

  async #ask(organisation: string, entries: readonly GroupEntry[]): Promise<GroupRow[]> {
    const holds = entries.filter(({ part }) => part === 'hold').map(({ row }, n) => Object.assign({ n }, row))
    const lines = withBudgets(
      entries.filter(({ part }) => part !== 'hold').map(({ row }) => row),
      entries,
    )
    const documents = entries.flatMap((entry) => entry.documents ?? [])
    const { connections, gateway } = this.#around
    const rows = await connections.use(
      (sql) => sql<GroupRow[]>`
        SELECT part, request, outcome, cash, voucher, available
        FROM ledger_group(${organisation}, ${gateway}, ${jsonOf(lines)}::text::json, ${jsonOf(holds)}::text::json,
          ${jsonOf(documents)}::text::json)`,
    )
    this.fault = undefined
    this.figures.commits++
    this.figures.rows += entries.length
    return rows
  }

  #answer(entries: readonly GroupEntry[], rows: readonly GroupRow[]): void {
    const answers = new Map(rows.map((row) => [`${row.part} ${row.request}`, row]))
    for (const entry of entries) {
      const row = answers.get(`${entry.part} ${entry.request}`)
      this.#size--
      if (row === undefined) entry.failed(unavailable(`the database said nothing of ${entry.request}`))
      else entry.answered(row)
    }
  }

  #tell(organisation: string, rows: readonly GroupRow[]): void {
    const { told } = this.#around
    const last = rows.findLast(({ outcome }) => TELLING.has(outcome))
    if (last !== undefined) told.tellFree(organisation, last.available)
    for (const { part, request, available } of rows) {
      if (part === 'spent') told.tellSpent(organisation, request, available)
    }
  }

  #fail(entry: GroupEntry, error: LedgerError): void {
    this.#size--
    entry.failed(error)
  }

  /** With full jitter: gateways that lost the same database do not all come back at once. */
  #pause(tries: number): number {
    return Math.min(MAX_PAUSE_MS, 50 * 2 ** Math.min(tries, 10)) * this.#around.random()
  }
}

/** The first line says of which keys and projects it is to be told what they have spent. */
function withBudgets(lines: readonly object[], entries: readonly GroupEntry[]): readonly object[] {
  const places = new Map(entries.flatMap(({ budgets = [] }) => budgets.map((each) => [each.place, each] as const)))
  const [first, ...others] = lines
  if (first === undefined || places.size === 0) return lines
  const budgets = [...places.values()].map(({ subject, month }) => ({ subject, month }))
  return [{ ...first, budgets }, ...others]
}

const jsonOf = (rows: readonly object[]): string | null => (rows.length === 0 ? null : JSON.stringify(rows))

const weightOf = (entries: readonly GroupEntry[]): number => entries.reduce((sum, { weight = 0 }) => sum + weight, 0)

/** The first ones that are light enough together, one at least where there may be any. */
function takeFrom({ waiting }: Lane, most: number): GroupEntry[] {
  let weight = 0
  const heavy = waiting.findIndex((entry, index) => (weight += entry.weight ?? 0) > MOST_WEIGHT && index > 0)
  return waiting.splice(0, heavy === -1 ? most : Math.min(most, heavy))
}
