/**
 * Gathers what one turn of the event loop brings, writes it as one group, and gathers the next while the disk is busy.
 *
 * Entries have changed the memory already when they come here. A group that is not kept is undone together with everything
 * that was decided after it, backwards: the memory is as it was, and everybody who waits is told.
 */

import { Promised } from '../../collections/promised.ts'
import type { Cells } from './group-steps.ts'
import { faultMessage } from './store-fault.ts'
import type { StoreThread } from './store-thread.ts'

/** One change of the books: in memory when it is made, on the disk when it is `kept`. */
export interface GroupEntry {
  write(cells: Cells): void
  /** Of documents that it writes, which may not be as it expects. */
  readonly tag?: number
  /** Characters of these. */
  readonly weight?: number
  /** They were not. An end is a release from then on, and written once more; of others all else is kept. */
  conflicted?(): void
  kept(): void
  /** The memory as it was before this entry, all later ones having been undone. */
  undo(): void
  /** Told when everything is undone. */
  failed(error: unknown): void
}

/** What each group ends with, such as the balances that its entries made. */
export interface GroupTail {
  /** Gives what undoes it: all of it is written again with the next group. */
  write(cells: Cells): () => void
}

/** Time, as far as groups need it. */
export interface Pace {
  /** Milliseconds since whenever, and never back. */
  readonly uptime: () => number
  readonly pause: (ms: number) => Promise<void>
  /** How many requests are under way: the more, the more is brought by a moment of waiting. */
  readonly underWay: () => number
}

/**
 * While many requests are under way a group begins no earlier than so long after the one before: a commit costs as much for
 * one entry as for ten, and two threads of one core wake each other for each. With a few under way nobody waits.
 */
const LONGEST_PACE_MS = 4
/** Requests under way for each millisecond of it. */
const PACED_BY = 8
const FEW_UNDER_WAY = 8
/** What nobody waits for begins a group of its own after so long: most answers that are quick have ended by then. */
const LATEST_MS = 5
/** Entries that wait for a disk: at 10,000 requests a second, five seconds of it. */
const MAX_GATHERED = 100_000
/** Of documents in one group: it is copied to the thread as a whole, and every commit waits behind it. */
const MOST_WEIGHT = 32 * 1024 * 1024

interface Snapshot {
  readonly atSeal: () => void
  readonly whileQuiet: () => Promise<void>
  readonly reject: (error: unknown) => void
}

export class GroupCommit {
  readonly #thread: StoreThread
  readonly #tail: GroupTail
  readonly #pace: Pace
  #lastBegan = Number.NEGATIVE_INFINITY
  #gathered: GroupEntry[] = []
  /** Of what is gathered. */
  #weight = 0
  #writing = false
  /** Of the group that is written, where documents were not as expected: resolves when it is through. */
  #retried: Promised<void> | undefined
  #scheduled = false
  /** What was added for later waits no longer than this. */
  #isLateSet = false
  /** Those who want to know when what is gathered now was written, or was not. */
  #watchers: (() => void)[] = []
  readonly #snapshots: Snapshot[] = []
  /** Why the last group was not kept. */
  fault: string | undefined
  readonly figures = { commits: 0, rows: 0, failures: 0 }

  constructor(thread: StoreThread, tail: GroupTail, pace: Pace) {
    this.#thread = thread
    this.#tail = tail
    this.#pace = pace
  }

  get isFull(): boolean {
    return this.#gathered.length >= MAX_GATHERED
  }

  /**
   * Whoever brings documents waits for it, where there is one, and asks again: the group is heavy enough, or it is written
   * once more, and would be again and again if what comes meanwhile had documents too.
   */
  whenFree(): Promise<void> | undefined {
    return this.#retried?.promise ?? (this.#weight > MOST_WEIGHT ? this.flush() : undefined)
  }

  add(entry: GroupEntry): void {
    this.#gathered.push(entry)
    this.#weight += entry.weight ?? 0
    this.#schedule()
  }

  /** For what nobody waits for yet: it goes with the next group, which it does not begin itself for a moment. */
  addLater(entry: GroupEntry): void {
    this.#gathered.push(entry)
    if (this.#scheduled || this.#writing || this.#isLateSet) return
    this.#isLateSet = true
    void this.#scheduleLate()
  }

  /** What was added for later is waited for now. */
  hurry(): void {
    if (this.#gathered.length > 0) this.#schedule()
  }

  /** Resolves when everything that was added before is kept or undone. Writes a group of nothing when there is nothing. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#watchers.push(resolve)
      this.#schedule()
    })
  }

  /**
   * A moment in which the memory and the disk are the same: `atSeal` runs when the memory is what the next group makes of
   * the disk, and `whileQuiet` when that group is kept; the group after it waits for it.
   */
  snapshot<Result>(atSeal: () => void, whileQuiet: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      const work = (): Promise<void> => whileQuiet().then(resolve)
      this.#snapshots.push({ atSeal, whileQuiet: work, reject })
      this.#schedule()
    })
  }

  async #scheduleLate(): Promise<void> {
    await this.#pace.pause(LATEST_MS)
    this.#isLateSet = false
    if (this.#gathered.length > 0) this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      void this.#writeGroups()
    })
  }

  async #writeGroups(): Promise<void> {
    this.#writing = true
    while (this.#gathered.length > 0 || this.#watchers.length > 0 || this.#snapshots.length > 0) {
      if (this.#watchers.length === 0) await this.#keepPace()
      this.#lastBegan = this.#pace.uptime()
      await this.#writeGroup()
    }
    this.#writing = false
  }

  async #keepPace(): Promise<void> {
    const underWay = this.#pace.underWay()
    if (underWay < FEW_UNDER_WAY) return
    const left = this.#lastBegan + Math.min(underWay / PACED_BY, LONGEST_PACE_MS) - this.#pace.uptime()
    if (left > 0) await this.#pace.pause(left)
  }

  async #writeGroup(): Promise<void> {
    const watchers = this.#watchers
    const snapshot = this.#snapshots.shift()
    this.#watchers = []
    let entries: readonly GroupEntry[] = []
    let undoTail: (() => void) | undefined
    try {
      for (let isKept = false; !isKept;) {
        // The memory counts on all that was decided by now: once more with them, where documents were not as expected.
        entries = entries.length === 0 ? this.#gathered : entries.concat(this.#gathered)
        this.#gathered = []
        this.#weight = 0
        const cells: Cells = []
        for (const entry of entries) entry.write(cells)
        undoTail = this.#tail.write(cells)
        snapshot?.atSeal()
        const { kept, conflicts } = await this.#thread.ask('group', cells)
        isKept = kept
        if (!isKept) {
          undoTail?.()
          this.#retried ??= new Promised()
        }
        if (conflicts.length > 0) tellConflicts(entries, new Set(conflicts))
      }
      this.fault = undefined
      this.figures.commits++
      this.figures.rows += entries.length
      for (const entry of entries) entry.kept()
      await snapshot?.whileQuiet().catch(snapshot.reject)
    } catch (error) {
      this.#undo(entries, undoTail, error)
      snapshot?.reject(error)
    }
    this.#retried?.resolve()
    this.#retried = undefined
    for (const watcher of watchers) watcher()
  }

  #undo(entries: readonly GroupEntry[], undoTail: (() => void) | undefined, error: unknown): void {
    this.fault = faultMessage(error).message
    this.figures.failures++
    // What was decided while the group was written counted on it.
    const all = [...entries, ...this.#gathered]
    this.#gathered = []
    this.#weight = 0
    for (const entry of all.toReversed()) entry.undo()
    undoTail?.()
    for (const entry of all) entry.failed(error)
  }
}

function tellConflicts(entries: readonly GroupEntry[], tags: ReadonlySet<number>): void {
  for (const entry of entries) {
    if (entry.tag !== undefined && tags.has(entry.tag)) entry.conflicted?.()
  }
}
