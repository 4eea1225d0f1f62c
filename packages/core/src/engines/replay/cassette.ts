/**
 * The form of a cassette: JSON lines, a header and then one line for each recorded generation. `docs/replay.md` is its
 * published description.
 */

import type { EngineErrorKind, GenerationEvent } from '../../generation/index.ts'
import type { RecordedRequest } from './recorded-request.ts'

export const CASSETTE_VERSION = 1

export const CASSETTE_LIMITS = {
  /** Characters of a line. What would be longer is not recorded. */
  lineCharacters: 16 * 1024 * 1024,
  /** Of one cassette. */
  recordings: 100_000,
  /** Longest time that a line may speak of: a day. */
  longestMs: 86_400_000,
  choices: 1_024,
  calls: 1_024,
} as const

export interface Cassette {
  /** What messages call it: its path. */
  readonly name: string
  readonly recordings: readonly Recording[]
}

export interface Recording {
  /** SHA-256 of the request, in hex: see `keyOf`. */
  readonly key: string
  /** The engine that answered. */
  readonly engine: string
  /** Whether that engine's usage is the model's own count. */
  readonly tokens: 'exact' | 'approximate'
  readonly request: RecordedRequest
  readonly events: readonly TimedEvent[]
  readonly end: Ending
}

export interface TimedEvent {
  /** Milliseconds since the generation was asked for; never less than those before it. */
  readonly at: number
  readonly event: GenerationEvent
}

/** `left`: whoever read it went away before its end. What came until then is kept for people, and never played. */
export type Ending =
  | { readonly at: number; readonly as: 'complete' | 'left' }
  | ({ readonly at: number; readonly as: 'failure' } & RecordedFailure)

/** As much of an `EngineError` as a client or the routing can tell. */
export interface RecordedFailure {
  readonly kind: Exclude<EngineErrorKind, 'aborted'>
  readonly status?: number
  readonly retry_after_ms?: number
  readonly public_message?: string
  readonly limit?: { readonly size: number; readonly unit: string }
}

/** The first line, without its line feed. `now` is in milliseconds since the Unix epoch. */
export function encodeHeader(now: number): string {
  return JSON.stringify({ moonbase: 'cassette', version: CASSETTE_VERSION, recorded: new Date(now).toISOString() })
}

/** One line, without its line feed. */
export function encodeRecording({ key, engine, tokens, request, events, end }: Recording): string {
  return JSON.stringify({
    key,
    engine,
    tokens,
    request,
    events: events.map(({ at, event }) => ({ at, ...event })),
    end,
  })
}
