/** One generation while it is recorded: what has passed of it, when, and how it ended. */

import { EngineError, type GenerationEvent } from '../../generation/index.ts'
import { CASSETTE_LIMITS, type Ending, type RecordedFailure, type TimedEvent } from './cassette.ts'
import type { RecordedCounts } from './recorder.ts'

/** About what the line needs for an event beside its text. */
const EVENT_CHARACTERS = 48

export class Take {
  readonly #secrets: readonly string[]
  /** Choices that have not finished yet. */
  #open: number
  #events: TimedEvent[] = []
  #end: Ending | undefined
  #size = 0
  #dropped = false
  /** Time that passed so far. A clock that is set back does not turn it around. */
  #at = 0

  constructor(choices: number, secrets: readonly string[]) {
    this.#open = choices
    this.#secrets = secrets
  }

  get events(): readonly TimedEvent[] {
    return this.#events
  }

  get end(): Ending {
    return this.#end ?? { at: this.#at, as: 'left' }
  }

  get outcome(): keyof RecordedCounts {
    return this.end.as === 'failure' ? 'failed' : this.end.as
  }

  /** About the characters that its line will have. */
  get size(): number {
    return this.#size
  }

  get dropped(): boolean {
    return this.#dropped
  }

  /** @returns by how much it has grown */
  see(event: GenerationEvent, at: number): number {
    if (event.type === 'finish') this.#open -= 1
    if (this.#dropped) return 0
    this.#events.push({ at: this.#time(at), event })
    const grown = EVENT_CHARACTERS + lengthOf(event)
    this.#size += grown
    return grown
  }

  complete(at: number): void {
    this.#end ??= { at: this.#time(at), as: 'complete' }
  }

  /** An engine that was told to stop has not failed: its reader has left. */
  fail(error: unknown, at: number): void {
    if (error instanceof EngineError && error.kind === 'aborted') this.leave(at)
    else this.#end ??= { at: this.#time(at), as: 'failure', ...failureOf(error, this.#secrets) }
  }

  /** Behind the last finish an answer is complete, whether or not somebody waits for its count. */
  leave(at: number): void {
    this.#end ??= { at: this.#time(at), as: this.#open <= 0 ? 'complete' : 'left' }
  }

  /** Lets go of what was kept, and keeps nothing more. @returns by how much it has shrunk */
  drop(): number {
    const size = this.#size
    this.#dropped = true
    this.#events = []
    this.#size = 0
    return size
  }

  #time(at: number): number {
    this.#at = Math.max(this.#at, Math.min(Math.round(at), CASSETTE_LIMITS.longestMs))
    return this.#at
  }
}

function lengthOf(event: GenerationEvent): number {
  if (event.type === 'text' || event.type === 'reasoning') return event.text.length
  if (event.type === 'server-tool') return (event.input?.length ?? 0) + (event.output?.length ?? 0)
  return event.type === 'tool-call' ? event.arguments.length : 0
}

/** The words for the log are left out: they may hold addresses. Those for the client count for a refusal only. */
function failureOf(error: unknown, secrets: readonly string[]): RecordedFailure {
  // Routing takes whatever else an engine throws for a breach of its protocol.
  if (!(error instanceof EngineError) || error.kind === 'aborted') return { kind: 'protocol' }
  const { kind, details } = error
  const { status, retryAfterMs, publicMessage, limit } = details
  return {
    kind,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retry_after_ms: Math.max(0, Math.round(retryAfterMs)) }),
    ...(publicMessage === undefined || kind !== 'refused'
      ? {}
      : { public_message: withoutSecrets(publicMessage, secrets) }),
    ...(limit === undefined ? {} : { limit }),
  }
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((clean, secret) => (secret === '' ? clean : clean.replaceAll(secret, '[removed]')), text)
}
