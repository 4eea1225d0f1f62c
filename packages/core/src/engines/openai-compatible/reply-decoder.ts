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
  const parser = new SseParser({ maxEventBytes })
  const limited = (error: unknown): unknown =>
    error instanceof SseLimitError ? failures.limit('an event', error.maxEventBytes, 'bytes') : error
  return {
    get complete() {
      return reader.complete
    },
    push(bytes, out) {
      let events
      try {
        events = parser.push(bytes)
      } catch (error) {
        throw limited(error)
      }
      for (const { event, data } of events) reader.push(event, data, out)
    },
    end() {
      try {
        parser.end()
      } catch (error) {
        throw limited(error)
      }
      reader.end()
    },
  }
}

export function wholeDecoder(reader: ChunkReader, failures: UpstreamFailures, maxReplyBytes: number): ReplyDecoder {
  const parts: Uint8Array[] = []
  let size = 0
  return {
    get complete() {
      return reader.complete
    },
    push(bytes) {
      size += bytes.length
      if (size > maxReplyBytes) throw failures.limit('a reply', maxReplyBytes, 'bytes')
      parts.push(bytes)
    },
    end(out) {
      reader.whole(DECODER.decode(joined(parts, size)), out)
    },
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
