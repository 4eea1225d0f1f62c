/** From the bytes of a reply to events: one decoder for a stream, one for a reply in one piece. No I/O. */

import { SseLimitError, SseParser } from '@moonbase/protocol'
import type { GenerationEvent } from '../../generation/index.ts'
import type { ChunkReader } from './chunk-reader.ts'
import type { UpstreamFailures } from './upstream-failures.ts'

export interface ReplyDecoder {
  /** The answer is proven complete; the rest of the reply does not matter. */
  readonly complete: boolean
  /** Adds the events that `bytes` completed to `out`. Throws an `EngineError`; what stands in `out` is good then too. */
  push(bytes: Uint8Array, out: GenerationEvent[]): void
  /** The reply has ended. Throws an `EngineError` unless the answer is complete. */
  end(out: GenerationEvent[]): void
}

export function streamDecoder(reader: ChunkReader, failures: UpstreamFailures, maxEventBytes: number): ReplyDecoder {
  return new StreamDecoder(reader, failures, maxEventBytes)
}

export function wholeDecoder(reader: ChunkReader, failures: UpstreamFailures, maxReplyBytes: number): ReplyDecoder {
  return new WholeDecoder(reader, failures, maxReplyBytes)
}

// Classes, and not object literals: a getter in a literal is a new function each time, for which V8 makes a new hidden
// class each time, in old space. One for each request made every property access behind it slow and every minor garbage
// collection long; it cost more than the whole rest of the path.

class StreamDecoder implements ReplyDecoder {
  readonly #reader: ChunkReader
  readonly #failures: UpstreamFailures
  readonly #parser: SseParser

  constructor(reader: ChunkReader, failures: UpstreamFailures, maxEventBytes: number) {
    this.#reader = reader
    this.#failures = failures
    this.#parser = new SseParser({ maxEventBytes })
  }

  get complete(): boolean {
    return this.#reader.complete
  }

  push(bytes: Uint8Array, out: GenerationEvent[]): void {
    for (const { event, data } of this.#limited(() => this.#parser.push(bytes))) this.#reader.push(event, data, out)
  }

  end(): void {
    this.#limited(() => this.#parser.end())
    this.#reader.end()
  }

  #limited<Result>(step: () => Result): Result {
    try {
      return step()
    } catch (error) {
      throw error instanceof SseLimitError ? this.#failures.limit('an event', error.maxEventBytes, 'bytes') : error
    }
  }
}

class WholeDecoder implements ReplyDecoder {
  readonly #reader: ChunkReader
  readonly #failures: UpstreamFailures
  readonly #maxBytes: number
  readonly #parts: Uint8Array[] = []
  #size = 0

  constructor(reader: ChunkReader, failures: UpstreamFailures, maxBytes: number) {
    this.#reader = reader
    this.#failures = failures
    this.#maxBytes = maxBytes
  }

  get complete(): boolean {
    return this.#reader.complete
  }

  push(bytes: Uint8Array): void {
    this.#size += bytes.length
    if (this.#size > this.#maxBytes) throw this.#failures.limit('a reply', this.#maxBytes, 'bytes')
    this.#parts.push(bytes)
  }

  end(out: GenerationEvent[]): void {
    this.#reader.whole(DECODER.decode(joined(this.#parts, this.#size)), out)
  }
}

/** Keeps nothing between two calls. */
const DECODER = new TextDecoder()

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  const all = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}
