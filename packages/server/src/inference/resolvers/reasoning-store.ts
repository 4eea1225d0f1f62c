/**
 * Thoughts that models had before they called tools, kept of an organisation for a while: found by the turn and the place in
 * the conversation. They stand in the database of the ledger, so every gateway over it finds them.
 */

import type { Document } from '../../records/document.ts'
import { digestOf } from './conversation-digests.ts'
import { type KeptAnswer, answerOf, valueOf } from './kept-answer.ts'
import { REASONING_KIND, type ReasoningOutcome, type ReasoningStoreParts } from './reasoning-parts.ts'
import { ReasoningRoom, sizeClassOf } from './reasoning-room.ts'

/** Where an answer stands. */
export interface AnswerPlace {
  /** The organisation. */
  readonly owner: string
  /** Digests, as `ConversationDigests` has them. */
  readonly turn: string
  readonly before: string
}

/** A document has 256 KB. */
const MOST_BYTES = 250_000
/** Bytes of entries that wait for the store. */
const MOST_WAITING = 16 * 1024 * 1024
/** A reply does not wait longer for it. */
const MOST_WAIT_MS = 1_000
/** Entries of one page. */
const PAGE = 500
/** One with more characters of thoughts may have ended early: as JSON they have at most six bytes each, and a page 8 MB. */
const PAGE_CHARACTERS = 1024 * 1024
/** Of one place: where so many answers differ nobody can tell which is meant. */
const PLACE_PAGE = 50
/** Places that are looked for one by one. */
const MOST_PLACES = 256

export class ReasoningStore {
  readonly #parts: ReasoningStoreParts
  readonly #room: ReasoningRoom
  #waiting = 0

  constructor(parts: ReasoningStoreParts) {
    this.#parts = parts
    this.#room = new ReasoningRoom(parts)
  }

  get isOff(): boolean {
    return this.#parts.limits.keepMs === 0
  }

  count(outcome: ReasoningOutcome): void {
    this.#parts.count(outcome)
  }

  /** Of what no request is told. */
  failed(error: unknown): void {
    this.#parts.count('failed')
    this.#parts.onProblem('reasoning could not be kept', error)
  }

  /** Durable when it resolves, unless it was dropped, which is counted. Never rejects. */
  async keep(place: AnswerPlace, answer: KeptAnswer): Promise<void> {
    const outcome = await this.#keep(place, answer)
    this.#parts.count(outcome)
    if (outcome === 'kept') this.#room.wrote(place.owner)
  }

  /**
   * What was kept of places of one turn, by `before`. `several`: there is more than can be told apart.
   *
   * @throws LedgerError `unavailable`
   */
  async find(
    owner: string,
    turn: string,
    places: readonly string[],
  ): Promise<ReadonlyMap<string, readonly KeptAnswer[] | 'several'>> {
    // Nearly always the turn is one conversation's, and one question answers for all its steps.
    const { entries, isAll } = await this.#list(owner, `${turn}.`, PAGE)
    const wanted = new Set(places)
    if (isAll) {
      const found = new Map<string, KeptAnswer[]>()
      for (const [before, answer] of entries) {
        if (!wanted.has(before)) continue
        const known = found.get(before)
        if (known === undefined) found.set(before, [answer])
        else known.push(answer)
      }
      return found
    }
    const found = new Map<string, readonly KeptAnswer[] | 'several'>()
    for (const before of [...wanted].slice(0, MOST_PLACES)) {
      const page = await this.#list(owner, `${turn}.${before}.`, PLACE_PAGE)
      found.set(before, page.isAll ? page.entries.map(([, answer]) => answer) : 'several')
    }
    return found
  }

  /** Room is made no more. To be called when no request runs. */
  async close(): Promise<void> {
    await this.#room.close()
  }

  async #keep({ owner, turn, before }: AnswerPlace, answer: KeptAnswer): Promise<ReasoningOutcome> {
    const { documents, limits, clock } = this.#parts
    if (this.#room.isFull(owner)) return 'full'
    const value = valueOf(answer)
    const json = JSON.stringify(value)
    const bytes = Buffer.byteLength(json)
    if (bytes > MOST_BYTES) return 'too-long'
    if (this.#waiting + bytes > MOST_WAITING) return 'busy'
    const now = clock.now()
    const late = new AbortController()
    this.#waiting += bytes
    const put = documents
      .put([
        {
          kind: REASONING_KIND,
          owner,
          // The same answer to the same conversation is one entry.
          id: `${turn}.${before}.${digestOf(json)}`,
          label: sizeClassOf(bytes),
          createdAt: now,
          // Who makes room takes the oldest.
          dueAt: now,
          expiresAt: now + limits.keepMs,
          expects: 'any',
          value,
        },
      ])
      .then(
        () => 'kept' as const,
        () => 'failed' as const,
      )
      .finally(() => (this.#waiting -= bytes))
    const waited = clock.sleep(MOST_WAIT_MS, late.signal).then(
      () => 'failed' as const,
      () => 'failed' as const,
    )
    const outcome = await Promise.race([put, waited])
    late.abort()
    return outcome
  }

  async #list(
    owner: string,
    prefix: string,
    limit: number,
  ): Promise<{
    readonly entries: readonly (readonly [before: string, answer: KeptAnswer])[]
    readonly isAll: boolean
  }> {
    const page = await this.#parts.documents.list(REASONING_KIND, owner, { prefix, limit })
    let characters = 0
    const entries = page.flatMap(({ id, value }) => {
      const [, before = ''] = id.split('.')
      const answer = answerOf(value)
      if (answer === undefined) return []
      characters += answer.reasoning.length
      return [[before, answer] as const]
    })
    return {
      entries,
      isAll: page.length < limit && (characters < PAGE_CHARACTERS || (await this.#isLast(owner, prefix, page))),
    }
  }

  async #isLast(owner: string, prefix: string, page: readonly Document[]): Promise<boolean> {
    const after = page.at(-1)?.id ?? ''
    return (await this.#parts.documents.list(REASONING_KIND, owner, { prefix, after, limit: 1 })).length === 0
  }
}
