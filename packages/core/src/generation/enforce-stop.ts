/** Ends a choice where its text meets a stop string, whatever pieces the text comes in. */

import type { GenerationEvent } from './event.ts'

/**
 * Passes the events of `choices` choices on. A choice whose text comes to hold one of `stops` ends there with
 * `finish: stop` and the name of that one; the matched text and all behind it are not passed on, and when no choice is left to wait for, the
 * source is let go without waiting for its end (so its `usage` is then missing: whoever counts, counts what passed).
 *
 * Only text is searched. A stop string is about the answer that a client reads: inside the reasoning it would end the
 * generation before there is any answer, and inside tool arguments it would leave JSON that nobody can parse.
 *
 * A source that throws takes the held text with it. That text was never given to anyone, and whoever goes on from what
 * was given will generate it again, whole, so that a stop string across the seam is still found.
 *
 * @param before text of the first choice that was given out already: a stop string may have begun in it.
 */
export function enforceStop(
  source: AsyncIterable<GenerationEvent>,
  stops: readonly string[],
  choices: number,
  before = '',
): AsyncIterable<GenerationEvent> {
  const searched = stops.filter((stop) => stop !== '')
  return searched.length === 0 ? source : stopAt(source, searched, choices, before)
}

async function* stopAt(
  source: AsyncIterable<GenerationEvent>,
  stops: readonly string[],
  choices: number,
  before: string,
): AsyncGenerator<GenerationEvent, void, void> {
  const enforcer = new StopEnforcer(stops, choices, before)
  const ready: GenerationEvent[] = []
  for await (const event of source) {
    enforcer.push(event, ready)
    yield* ready
    ready.length = 0
    if (enforcer.over) return
  }
  enforcer.end(ready)
  yield* ready
}

/** The same, event by event, for whoever has many events at once. One for each generation. */
export class StopEnforcer {
  readonly #stops: readonly string[]
  readonly #choices: number
  readonly #before: string
  readonly #matchers = new Map<number, StopMatcher>()
  /** Choices that were ended here while the source may still be generating them. */
  readonly #ended = new Set<number>()
  /** Choices that the source finished itself. */
  readonly #finished = new Set<number>()

  /** Takes what {@link enforceStop} takes. */
  constructor(stops: readonly string[], choices: number, before = '') {
    this.#stops = stops.filter((stop) => stop !== '')
    this.#choices = choices
    this.#before = before
  }

  /** Something of the answer was not given out. */
  get cut(): boolean {
    return this.#ended.size > 0
  }

  /** A stop string was met, and no choice is left to wait for: the source may be let go. */
  get over(): boolean {
    return this.#ended.size > 0 && this.#ended.size + this.#finished.size >= this.#choices
  }

  /** Adds to `out` what may be given out after this event. */
  push(event: GenerationEvent, out: GenerationEvent[]): void {
    if (this.#stops.length === 0 || event.type === 'start' || event.type === 'usage') {
      out.push(event)
      return
    }
    const { choice } = event
    if (this.#ended.has(choice)) return
    const matcher = this.#matcher(choice)
    if (event.type === 'text') {
      say(choice, matcher.push(event.text), out)
      const stop = matcher.matched
      if (stop === undefined) return
      this.#ended.add(choice)
      out.push({ type: 'finish', choice, reason: 'stop', stop })
    } else {
      // Held text is never overtaken by what came after it.
      say(choice, matcher.end(), out)
      out.push(event)
      if (event.type === 'finish') this.#finished.add(choice)
    }
  }

  /** The source has ended: what was held comes out. */
  end(out: GenerationEvent[]): void {
    for (const [choice, matcher] of this.#matchers) say(choice, matcher.end(), out)
  }

  #matcher(choice: number): StopMatcher {
    let matcher = this.#matchers.get(choice)
    if (matcher === undefined) {
      matcher = new StopMatcher(this.#stops, choice === 0 ? this.#before : '')
      this.#matchers.set(choice, matcher)
    }
    return matcher
  }
}

function say(choice: number, text: string, out: GenerationEvent[]): void {
  if (text !== '') out.push({ type: 'text', choice, text })
}

/**
 * Looks for the first stop string to be completed in a text that arrives in pieces. Of several completed at the same
 * place the longest counts, so that nothing of a stop string is ever given out.
 */
class StopMatcher {
  readonly #stops: readonly string[]
  readonly #longest: number
  /** The end of the text so far that could still become a stop string: always a proper prefix of one of them. */
  #held: string
  /** How much of the held text was given out before this began: it is not given out again. */
  #owed: number
  #matched: string | undefined

  constructor(stops: readonly string[], before: string) {
    this.#stops = stops
    this.#longest = stops.reduce((longest, stop) => Math.max(longest, stop.length), 0)
    this.#owed = this.#couldContinue(before)
    this.#held = before.slice(before.length - this.#owed)
  }

  /** The stop string that was completed; nothing more comes out. */
  get matched(): string | undefined {
    return this.#matched
  }

  /** The text that is certain not to be part of a stop string. */
  push(piece: string): string {
    if (this.#matched !== undefined) return ''
    const text = this.#held + piece
    const match = this.#firstMatch(text)
    if (match !== undefined) {
      this.#matched = match.stop
      this.#held = ''
      return this.#release(text.slice(0, match.at))
    }
    const held = this.#couldContinue(text)
    this.#held = text.slice(text.length - held)
    return this.#release(text.slice(0, text.length - held))
  }

  /** What was held: no more text follows that could complete it. */
  end(): string {
    const text = this.#held
    this.#held = ''
    return this.#release(text)
  }

  #release(text: string): string {
    if (this.#owed === 0) return text
    const known = Math.min(this.#owed, text.length)
    this.#owed -= known
    return text.slice(known)
  }

  /** The stop string that is completed first, and where it starts. */
  #firstMatch(text: string): { readonly stop: string; readonly at: number } | undefined {
    let first: { readonly stop: string; readonly at: number } | undefined
    let end = Number.POSITIVE_INFINITY
    for (const stop of this.#stops) {
      const at = text.indexOf(stop)
      if (at === -1) continue
      const completed = at + stop.length
      if (completed < end || (completed === end && at < (first?.at ?? 0))) {
        first = { stop, at }
        end = completed
      }
    }
    return first
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
