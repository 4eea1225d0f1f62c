/** Ends a choice where its text meets a stop string, whatever pieces the text comes in. */

import type { GenerationEvent } from './event.ts'

/**
 * Passes the events of `choices` choices on. A choice whose text comes to hold one of `stops` ends there with
 * `finish: stop`; the matched text and all behind it are not passed on, and when no choice is left to wait for, the
 * source is let go without waiting for its end (so its `usage` is then missing: whoever counts, counts what passed).
 *
 * Only text is searched. A stop string is about the answer that a client reads: inside the reasoning it would end the
 * generation before there is any answer, and inside tool arguments it would leave JSON that nobody can parse.
 *
 * A source that throws takes the held text with it. That text was never given to anyone, and whoever goes on from what
 * was given will generate it again, whole, so that a stop string across the seam is still found.
 */
export function enforceStop(
  source: AsyncIterable<GenerationEvent>,
  stops: readonly string[],
  choices: number,
): AsyncIterable<GenerationEvent> {
  const searched = stops.filter((stop) => stop !== '')
  return searched.length === 0 ? source : stopAt(source, searched, choices)
}

async function* stopAt(
  source: AsyncIterable<GenerationEvent>,
  stops: readonly string[],
  choices: number,
): AsyncGenerator<GenerationEvent, void, void> {
  const matchers = new Map<number, StopMatcher>()
  /** Choices that were ended here while the source may still be generating them. */
  const ended = new Set<number>()
  /** Choices that the source finished itself. */
  const finished = new Set<number>()

  for await (const event of source) {
    if (event.type === 'start' || event.type === 'usage') {
      yield event
      continue
    }
    const { choice } = event
    if (ended.has(choice)) continue
    let matcher = matchers.get(choice)
    if (matcher === undefined) matchers.set(choice, (matcher = new StopMatcher(stops)))

    if (event.type === 'text') {
      const text = matcher.push(event.text)
      if (text !== '') yield { type: 'text', choice, text }
      if (!matcher.matched) continue
      ended.add(choice)
      yield { type: 'finish', choice, reason: 'stop' }
    } else {
      // Held text is never overtaken by what came after it.
      const text = matcher.end()
      if (text !== '') yield { type: 'text', choice, text }
      yield event
      if (event.type === 'finish') finished.add(choice)
    }
    if (ended.size > 0 && ended.size + finished.size >= choices) return
  }

  for (const [choice, matcher] of matchers) {
    const text = matcher.end()
    if (text !== '') yield { type: 'text', choice, text }
  }
}

/**
 * Looks for the first stop string to be completed in a text that arrives in pieces. Of several completed at the same
 * place the longest counts, so that nothing of a stop string is ever given out.
 */
class StopMatcher {
  readonly #stops: readonly string[]
  readonly #longest: number
  /** The end of the text so far that could still become a stop string: always a proper prefix of one of them. */
  #held = ''
  #matched = false

  constructor(stops: readonly string[]) {
    this.#stops = stops
    this.#longest = stops.reduce((longest, stop) => Math.max(longest, stop.length), 0)
  }

  /** A stop string was completed; nothing more comes out. */
  get matched(): boolean {
    return this.#matched
  }

  /** The text that is certain not to be part of a stop string. */
  push(piece: string): string {
    if (this.#matched) return ''
    const text = this.#held + piece
    const match = this.#firstMatch(text)
    if (match !== undefined) {
      this.#matched = true
      this.#held = ''
      return text.slice(0, match)
    }
    const held = this.#couldContinue(text)
    this.#held = text.slice(text.length - held)
    return text.slice(0, text.length - held)
  }

  /** What was held: no more text follows that could complete it. */
  end(): string {
    const text = this.#held
    this.#held = ''
    return text
  }

  /** Where the stop string starts that is completed first. */
  #firstMatch(text: string): number | undefined {
    let start: number | undefined
    let end = Number.POSITIVE_INFINITY
    for (const stop of this.#stops) {
      const at = text.indexOf(stop)
      if (at === -1) continue
      const completed = at + stop.length
      if (completed < end || (completed === end && at < (start ?? 0))) {
        start = at
        end = completed
      }
    }
    return start
  }

  /** How many characters at the end of `text` are the beginning of a stop string. */
  #couldContinue(text: string): number {
    for (let length = Math.min(this.#longest - 1, text.length); length > 0; length -= 1) {
      const tail = text.slice(text.length - length)
      if (this.#stops.some((stop) => stop.length > length && stop.startsWith(tail))) return length
    }
    return 0
  }
}
