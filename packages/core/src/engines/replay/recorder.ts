/**
 * Records what engines say, without a say in it: events pass in their order and at once, and whatever goes wrong with a
 * recording costs that recording alone.
 */

import type { Clock, Engine, GenerationEvent, GenerationRequest } from '../../generation/index.ts'
import { CASSETTE_LIMITS, encodeHeader, encodeRecording } from './cassette.ts'
import { type RecordedRequest, type Sha256, describeRequest } from './recorded-request.ts'
import { keyOf } from './request-key.ts'
import { Take } from './take.ts'

/** Where the lines go. */
interface CassetteSink {
  /** Takes whole lines, each with its line feed. Never throws and never lets anybody wait. */
  write(lines: string): void
}

export interface RecorderParts {
  readonly sink: CassetteSink
  readonly clock: Clock
  readonly sha256: Sha256
  /** Keys of engines: taken out of the words of a refusal, should an upstream repeat one. */
  readonly secrets: readonly string[]
  /** Is told in one sentence why something is not recorded; the same sentence once only. */
  readonly note: (problem: string) => void
}

/** Generations that have ended, by their end. `dropped` were too large, or could not be described. */
export interface RecordedCounts {
  complete: number
  failed: number
  left: number
  dropped: number
}

/** Characters that all running generations together may keep until they are written. */
const MOST_HELD = 64 * 1024 * 1024
const NEVER = new AbortController().signal

export class Recorder {
  readonly #parts: RecorderParts
  readonly #noted = new Set<string>()
  readonly counts: RecordedCounts = { complete: 0, failed: 0, left: 0, dropped: 0 }
  /** Characters kept by all that are running. */
  #held = 0
  #headerWritten = false
  /** Resolves when all that has ended was handed to the sink; recordings are written in the order of their ends. */
  #written: Promise<void> = Promise.resolve()

  constructor(parts: RecorderParts) {
    this.#parts = parts
  }

  /** The same engine, recorded. */
  record<Recorded extends Engine>(engine: Recorded): Recorded {
    return {
      ...engine,
      generate: (request: GenerationRequest, signal: AbortSignal) => this.#generate(engine, request, signal),
      health: (signal: AbortSignal) => engine.health(signal),
      close: () => engine.close(),
    }
  }

  /** Resolves when everything that has ended until now was handed to the sink. */
  idle(): Promise<void> {
    return this.#written
  }

  async *#generate(
    engine: Engine,
    request: GenerationRequest,
    signal: AbortSignal,
  ): AsyncGenerator<GenerationEvent, void, void> {
    if (signal.aborted) {
      // Nothing is asked, so there is nothing to record.
      yield* engine.generate(request, signal)
      return
    }
    const { clock, sha256, secrets } = this.#parts
    const began = clock.now()
    const take = new Take(request.sampling.n, secrets)
    // While the engine works, and when its reader has left. A rejection is looked at when the take has ended.
    const described = describeRequest(request, sha256, NEVER).catch(asError)
    try {
      for await (const event of engine.generate(request, signal)) {
        this.#keep(take, event, clock.now() - began)
        yield event
      }
      take.complete(clock.now() - began)
    } catch (error) {
      take.fail(error, clock.now() - began)
      throw error
    } finally {
      // A reader who has left passes here and nowhere above.
      take.leave(clock.now() - began)
      this.#written = this.#written.then(() => this.#write(take, engine, described))
    }
  }

  #keep(take: Take, event: GenerationEvent, at: number): void {
    const size = take.see(event, at)
    this.#held += size
    if (size === 0) return
    if (take.size > CASSETTE_LIMITS.lineCharacters) {
      this.#drop(take, `an answer is longer than a recording may be (${CASSETTE_LIMITS.lineCharacters} characters)`)
    } else if (this.#held > MOST_HELD) {
      this.#drop(take, `the running answers are longer than is kept of them (${MOST_HELD} characters)`)
    }
  }

  #drop(take: Take, problem: string): void {
    this.#held -= take.drop()
    this.#note(`${problem}; it is not recorded`)
  }

  async #write(take: Take, engine: Engine, described: Promise<RecordedRequest | Error>): Promise<void> {
    try {
      const request = await described
      if (request instanceof Error) throw request
      const { counts } = this
      if (take.dropped) counts.dropped += 1
      else if (await this.#writeLine(take, engine, request)) counts[take.outcome] += 1
      else counts.dropped += 1
    } catch (error) {
      this.counts.dropped += 1
      this.#note(`a request could not be described: ${asError(error).message}; its answer is not recorded`)
    } finally {
      this.#held -= take.drop()
    }
  }

  /** @returns whether the line fits */
  async #writeLine(take: Take, { name, usage }: Engine, request: RecordedRequest): Promise<boolean> {
    const { sink, clock, sha256 } = this.#parts
    const { events, end } = take
    const key = await keyOf(request, 'exact', sha256)
    const line = encodeRecording({ key, engine: name, tokens: usage, request, events, end })
    if (line.length > CASSETTE_LIMITS.lineCharacters) {
      this.#note('an answer is longer than a recording may be; it is not recorded')
      return false
    }
    const header = this.#headerWritten ? '' : `${encodeHeader(clock.now())}\n`
    this.#headerWritten = true
    sink.write(`${header}${line}\n`)
    return true
  }

  #note(problem: string): void {
    if (this.#noted.has(problem)) return
    this.#noted.add(problem)
    this.#parts.note(problem)
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
