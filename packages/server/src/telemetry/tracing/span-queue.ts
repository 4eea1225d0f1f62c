/** Spans on their way to a collector: no more than a limit of them wait, and each that is lost is counted. */

import type { Context } from '@opentelemetry/api'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type Span,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'

/** About 15 MB of them: of four thousand requests, each with one of its own and one of an engine. */
const MOST_WAITING = 8_192
const BATCH = 512
const WAIT_MS = 5_000
/** Longer than the exporter itself tries, which ends by itself. */
const EXPORT_TIMEOUT_MS = 10_000

/** The SDK's queue is limited too, but tells nobody how many it has dropped: a place is taken here first. */
export class SpanQueue implements SpanProcessor {
  readonly #batches: BatchSpanProcessor
  readonly #most: number
  #waiting = 0
  #sent = 0
  #dropped = 0

  constructor(exporter: SpanExporter, onResult: (taken: boolean) => void, most = MOST_WAITING) {
    this.#most = most
    this.#batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => {
          this.#waiting -= spans.length
          exporter.export(spans, (result) => {
            const taken = result.error === undefined
            if (taken) this.#sent += spans.length
            else this.#dropped += spans.length
            onResult(taken)
            done(result)
          })
        },
        shutdown: () => exporter.shutdown(),
      },
      maxQueueSize: most,
      maxExportBatchSize: Math.min(BATCH, most),
      scheduledDelayMillis: WAIT_MS,
      exportTimeoutMillis: EXPORT_TIMEOUT_MS,
    })
  }

  get sent(): number {
    return this.#sent
  }

  get dropped(): number {
    return this.#dropped
  }

  onStart(span: Span, parent: Context): void {
    this.#batches.onStart(span, parent)
  }

  onEnd(span: ReadableSpan): void {
    if (this.#waiting >= this.#most) {
      this.#dropped += 1
      return
    }
    this.#waiting += 1
    this.#batches.onEnd(span)
  }

  forceFlush(): Promise<void> {
    return this.#batches.forceFlush()
  }

  shutdown(): Promise<void> {
    return this.#batches.shutdown()
  }
}
