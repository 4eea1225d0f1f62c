/**
 * Sends a request to the replica whose cache already holds the beginning of its prompt, as long as that is fair.
 *
 * A conversation that goes on stays where it is, unless that replica is overloaded. A beginning that many share (a system
 * prompt, tools, one answer that many go on from) prefers a replica that has it, unless that replica has had more than
 * its part lately: reading it once on each replica is cheap, and following it would bring all traffic to one. Everything
 * else goes where there is least load. Whoever gets a request learns its prompt, so a favourite that is overloaded gets
 * company, and no rule sends more to a replica because it has had much.
 *
 * Overload is judged by what is running, not by the time to the first token: that says more about the length of the last
 * prompts than about the load, and one long prompt would scatter every conversation of its replica. A replica that
 * hangs is found out all the same, since what is sent there goes on running.
 */

import type { GenerationRequest } from '../generation/index.ts'
import { leastLoad } from './least-load.ts'
import { MOST_REPLICAS, PrefixTable, TABLE_MARKS, holds, isContinued } from './prefix-table.ts'
import { type PromptMarks, markPrompt } from './prompt-marks.ts'
import type { Replica } from './replica.ts'
import type { Balance } from './target.ts'

interface PrefixLimits {
  /** Marks that are remembered, a power of two. A conversation has one for each turn and each block, about 60. */
  readonly marks: number
  /**
   * Requests that a favourite may run above twice what the least loaded replica runs, per weight of 1. Engines answer a
   * few at once as fast as one, so small numbers are no overload.
   */
  readonly slack: number
}

const LIMITS: PrefixLimits = { marks: TABLE_MARKS, slack: 4 }

/** Twice what the least loaded runs. */
const OVERLOAD = 2
/** A replica is ahead when it has had this many times what another has had lately, and some. */
const AHEAD = 1.25
const AHEAD_SLACK = 4
/** Lately: what was sent counts less with each of this many requests that follow it. */
const REMEMBERED_REQUESTS = 512

/** `random` gives numbers from 0 up to, but without, 1. Choices depend on nothing but it and the requests. */
export function prefixAffinity({
  random,
  limits = {},
}: {
  readonly random: () => number
  readonly limits?: Partial<PrefixLimits>
}): Balance {
  return new PrefixAffinity(random, { ...LIMITS, ...limits })
}

/** What was sent to one replica. */
interface Standing {
  /** From 1 to `MOST_REPLICAS`. Beyond that numbers are given again, and two replicas are taken for one. */
  readonly number: number
  /** Requests per weight of 1, each fading with the ones that followed it. */
  sent: number
  /** Of all requests, the one at which `sent` was brought up to date. */
  sentAt: number
}

class PrefixAffinity implements Balance {
  readonly #slack: number
  readonly #table: PrefixTable
  readonly #seed: number
  readonly #leastLoad: Balance
  readonly #standings = new WeakMap<Replica, Standing>()
  /** What `choose` worked out and `sent` wants again. A request that is tried twice is marked twice. */
  readonly #marks = new WeakMap<GenerationRequest, PromptMarks>()
  #numbered = 0
  #requests = 0

  constructor(random: () => number, { marks, slack }: PrefixLimits) {
    this.#slack = slack
    this.#table = new PrefixTable(marks)
    this.#seed = Math.floor(random() * 2 ** 32)
    this.#leastLoad = leastLoad(random)
  }

  choose(request: GenerationRequest, replicas: readonly Replica[], now: number): Replica {
    const [only] = replicas
    if (only !== undefined && replicas.length === 1) return only
    const open = this.#notOverloaded(replicas)
    const even = this.#notAhead(open)
    const marks = this.#marksOf(request)
    const among = this.#favourites(marks, open, even) ?? even
    return this.#leastLoad.choose(request, among, now)
  }

  sent(request: GenerationRequest, replica: Replica): void {
    const standing = this.#standingOf(replica)
    this.#requests += 1
    standing.sent = this.#sentTo(standing) + 1 / replica.weight
    standing.sentAt = this.#requests
    const { key, blocks, turns } = this.#marksOf(request)
    this.#marks.delete(request)
    if (key !== undefined) this.#table.learn(key, standing.number)
    for (const block of blocks) this.#table.learn(block, standing.number)
    const last = turns.at(-1)
    for (const turn of turns) {
      if (turn === last) this.#table.learn(turn.mark, standing.number)
      else this.#table.continue(turn.mark)
    }
  }

  /**
   * Who holds most of the prompt, of those that may have it: anybody who is not overloaded for a conversation that goes
   * on and for what a client says belongs together, only who is not ahead for what is shared. From the end of the prompt
   * to its beginning, and none where nobody knows any of it.
   */
  #favourites(
    { key, blocks, turns }: PromptMarks,
    open: readonly Replica[],
    even: readonly Replica[],
  ): readonly Replica[] | undefined {
    let turn = turns.length - 1
    for (let block = blocks.length; block >= 0; block -= 1) {
      for (; turn >= 0 && turns[turn]?.blocks === block; turn -= 1) {
        const holders = this.#table.holders(turns[turn]?.mark ?? 0)
        // The very same prompt once more is no conversation that goes on, nor is one of many that go on from one place.
        const goesOn = turn < turns.length - 1 && !isContinued(holders)
        const found = this.#holding(holders, goesOn ? open : even)
        if (found !== undefined) return found
      }
      const mark = blocks[block - 1]
      const found = mark === undefined ? undefined : this.#holding(this.#table.holders(mark), even)
      if (found !== undefined) return found
    }
    return key === undefined ? undefined : this.#holding(this.#table.holders(key), open)
  }

  #holding(holders: number, replicas: readonly Replica[]): readonly Replica[] | undefined {
    if (holders === 0) return undefined
    const found = replicas.filter((replica) => holds(holders, this.#standingOf(replica).number))
    return found.length > 0 ? found : undefined
  }

  /** Never empty: one more for the least loaded is never too much. */
  #notOverloaded(replicas: readonly Replica[]): readonly Replica[] {
    let least = Infinity
    for (const replica of replicas) least = Math.min(least, loadOf(replica))
    const most = OVERLOAD * least
    const open = replicas.filter(({ running, weight }) => (running + 1 - this.#slack) / weight <= most)
    return open.length > 0 ? open : replicas.filter((replica) => loadOf(replica) === least)
  }

  /**
   * Without those that have had more than their part. One that has had little because it is slow has more running, and
   * then nobody is kept back for its sake. Never empty: nobody has had less than the one that is compared with.
   */
  #notAhead(replicas: readonly Replica[]): readonly Replica[] {
    let behind: Replica | undefined
    let least = Infinity
    for (const replica of replicas) {
      const sent = this.#sentTo(this.#standingOf(replica))
      if (sent < least) [least, behind] = [sent, replica]
    }
    if (behind === undefined) return replicas
    const most = AHEAD * least + AHEAD_SLACK
    const load = loadOf(behind)
    return replicas.filter((replica) => loadOf(replica) < load || this.#sentTo(this.#standingOf(replica)) <= most)
  }

  #sentTo({ sent, sentAt }: Standing): number {
    return sent * Math.exp((sentAt - this.#requests) / REMEMBERED_REQUESTS)
  }

  #standingOf(replica: Replica): Standing {
    let standing = this.#standings.get(replica)
    if (standing === undefined) {
      standing = { number: (this.#numbered % MOST_REPLICAS) + 1, sent: 0, sentAt: 0 }
      this.#numbered += 1
      this.#standings.set(replica, standing)
    }
    return standing
  }

  #marksOf(request: GenerationRequest): PromptMarks {
    let marks = this.#marks.get(request)
    if (marks === undefined) {
      marks = markPrompt(request, this.#seed)
      this.#marks.set(request, marks)
    }
    return marks
  }
}

function loadOf({ running, weight }: Replica): number {
  return running / weight
}
