/** The recordings of all cassettes, found by the request that they answer. */

import type { Cassette, Recording } from './cassette.ts'
import type { RecordedRequest, Sha256 } from './recorded-request.ts'
import { type Match, differences, keyOf, likeness } from './request-key.ts'

/** What there is for a request. The words are for the log: they name places, and nothing that was said. */
export type Found =
  | { readonly recording: Recording }
  | { readonly missing: string; readonly key: string; readonly onlyLeft: boolean }

/** Recordings that the nearest one to a request is looked for among. */
const MOST_COMPARED = 10_000

export class TakeIndex {
  readonly #match: Match
  readonly #sha256: Sha256
  /** Answers by key, in the order in which they were recorded. */
  readonly #answers = new Map<string, Answers>()
  readonly #leftKeys = new Set<string>()
  readonly #placed: readonly Placed[]
  readonly #models = new Set<string>()
  #size = 0

  private constructor(match: Match, sha256: Sha256, placed: readonly Placed[]) {
    this.#match = match
    this.#sha256 = sha256
    this.#placed = placed
  }

  /** Cassettes count in the order in which they are given. */
  static async of(cassettes: readonly Cassette[], match: Match, sha256: Sha256): Promise<TakeIndex> {
    const placed = cassettes.flatMap(({ name, recordings }) =>
      // The header is line 1.
      recordings.map((recording, index) => ({ recording, place: `${name}:${index + 2}` })),
    )
    const index = new TakeIndex(match, sha256, placed)
    for (const { recording } of placed) {
      index.#put(match === 'exact' ? recording.key : await keyOf(recording.request, match, sha256), recording)
    }
    return index
  }

  /** How many recordings can be played. */
  get size(): number {
    return this.#size
  }

  /** Of the recordings that can be played. */
  get models(): ReadonlySet<string> {
    return this.#models
  }

  /**
   * The next recording of this request: each is played once, in order, and the last one again from then on. So a failure
   * that passed in the recording passes in the replay too, and does not come back.
   */
  async take(request: RecordedRequest): Promise<Found> {
    const key = await keyOf(request, this.#match, this.#sha256)
    const answers = this.#answers.get(key)
    const recording = answers?.recordings[answers.next]
    if (answers === undefined || recording === undefined) {
      return { key, onlyLeft: this.#leftKeys.has(key), missing: this.#nearest(request) }
    }
    answers.next = Math.min(answers.next + 1, answers.recordings.length - 1)
    return { recording }
  }

  #put(key: string, recording: Recording): void {
    if (!isPlayed(recording)) {
      this.#leftKeys.add(key)
      return
    }
    this.#size += 1
    this.#models.add(recording.request.model)
    const answers = this.#answers.get(key)
    if (answers === undefined) this.#answers.set(key, { recordings: [recording], next: 0 })
    else answers.recordings.push(recording)
  }

  #nearest(request: RecordedRequest): string {
    let nearest: Placed | undefined
    let most = -Infinity
    for (const candidate of this.#placed.slice(0, MOST_COMPARED)) {
      const like = likeness(request, candidate.recording.request)
      if (like <= most) continue
      most = like
      nearest = candidate
    }
    if (nearest === undefined) return 'nothing is recorded'
    const names = differences(request, nearest.recording.request, this.#match)
    return names.length === 0
      ? `the nearest is ${nearest.place}, whose client left before its end`
      : `the nearest is ${nearest.place}, which differs in ${names.join(', ')}`
  }
}

interface Answers {
  readonly recordings: Recording[]
  /** Which of them is played next. */
  next: number
}

interface Placed {
  readonly recording: Recording
  /** File and line. */
  readonly place: string
}

function isPlayed({ end }: Recording): boolean {
  return end.as !== 'left'
}
