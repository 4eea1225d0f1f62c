/**
 * The replay engine: answers from cassettes what was asked before, and refuses what was not.
 *
 * `recorder` makes the cassettes, from whatever any engine says. `docs/replay.md` is the guide.
 */

import {
  type Capabilities,
  type Clock,
  type Engine,
  EngineError,
  type GenerationEvent,
  type GenerationRequest,
  withMediaLoaded,
} from '../../generation/index.ts'
import type { Cassette } from './cassette.ts'
import { play, stopIfAborted } from './play.ts'
import { type PartialPlace, type Sha256, describeRequest } from './recorded-request.ts'
import type { Match } from './request-key.ts'
import { TakeIndex } from './take-index.ts'

export type { Cassette } from './cassette.ts'
export { CASSETTE_LIMITS } from './cassette.ts'
export { CassetteError } from './cassette-error.ts'
export { readCassette } from './read-cassette.ts'
export { Recorder } from './recorder.ts'

export interface ReplayEngineOptions {
  /** The engine's name in the configuration. */
  readonly name: string
  /** Asked in this order. */
  readonly cassettes: readonly Cassette[]
  readonly clock: Clock
  readonly sha256: Sha256
  /** 1 plays in the original time, 2 twice as fast. Without it, as fast as the answer is read. */
  readonly speed?: number
  /** What must be the same for a recording to be the answer; `exact` without it. */
  readonly match?: Match
}

export interface ReplayEngine extends Engine {
  /** Catalogue ids of the models for which there is an answer. */
  readonly recorded: ReadonlySet<string>
}

/** Deterministic: the answer depends on the request, and on how often it was asked before. */
export async function replayEngine(options: ReplayEngineOptions): Promise<ReplayEngine> {
  const { name, cassettes, match = 'exact', sha256 } = options
  const index = await TakeIndex.of(cassettes, match, sha256)
  const recordings = cassettes.flatMap((cassette) => cassette.recordings)
  return {
    name,
    can: abilities(recordings.flatMap(({ request }) => request.messages.at(-1)?.partial ?? [])),
    usage: recordings.every(({ tokens }) => tokens === 'exact') ? 'exact' : 'approximate',
    recorded: index.models,
    generate: (request, signal) => generate(request, signal, options, index),
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  }
}

/**
 * What was recorded was answered by somebody who could; what was not is refused when it is asked. Only going on with
 * another engine's answer is never offered, unless that was recorded: nobody would have to ask for it.
 */
function abilities(places: readonly PartialPlace[]): Capabilities {
  return {
    images: true,
    video: true,
    partial: true,
    resumes: { reasoning: places.includes('reasoning'), toolCalls: places.includes('tool-calls') },
    jsonObject: true,
    jsonSchema: true,
    tools: true,
    forcedTool: true,
  }
}

async function* generate(
  request: GenerationRequest,
  signal: AbortSignal,
  { name: engine, clock, speed, sha256 }: ReplayEngineOptions,
  index: TakeIndex,
): AsyncGenerator<GenerationEvent, void, void> {
  stopIfAborted(signal, engine)
  const loaded = await withMediaLoaded(request, engine, signal)
  const found = await index.take(await describeRequest(loaded, sha256, signal))
  stopIfAborted(signal, engine)
  if ('missing' in found) throw notRecorded(engine, found, index.size)
  yield* play(found.recording, { engine, clock, speed }, signal)
}

/** The client is told no more than its own request's key: the recordings may be of others. */
function notRecorded(
  engine: string,
  { key, missing, onlyLeft }: { key: string; missing: string; onlyLeft: boolean },
  size: number,
): EngineError {
  const shown = key.slice(0, SHOWN_KEY_CHARACTERS)
  const recordings = size === 1 ? '1 recording' : `${size} recordings`
  return new EngineError('refused', `has no recording of the request ${shown}; ${missing}`, {
    engine,
    publicMessage: onlyLeft
      ? `This server replays recorded answers, and that to this request (${shown}) was recorded only in part, because its client left.`
      : `This server replays recorded answers, and this request (${shown}) is not among its ${recordings}.`,
  })
}

const SHOWN_KEY_CHARACTERS = 16
