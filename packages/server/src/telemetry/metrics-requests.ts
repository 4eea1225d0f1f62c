/**
 * What is counted of each request, when it ends: a dozen additions, found by a few look-ups of texts that live as long as
 * the server. Measured: 0.15 µs for a streamed request.
 *
 * Every label has a closed set of values: models are of the catalogue, routes are patterns, errors stand in the table. Whatever else comes is `other`, and is not remembered.
 */

import type { ApiError } from '@moonbase/protocol'
import {
  type Counter,
  CounterFamily,
  type Histogram,
  HistogramFamily,
  type MetricFamily,
  entry,
  writeGauge,
} from './metrics-series.ts'
import type { ExchangeNotes } from '../http/exchange-notes.ts'
import { NONE, modelLabel } from './model-label.ts'

/** The advice of OpenTelemetry's GenAI conventions, in seconds, and what a thinking model needs beyond it. */
export const DURATION_BOUNDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36,
]

const OTHER = 'other'

/** Far more than there are; a route that does not come from the table must not fill the memory. */
const MOST_ROUTES = 256
/** Requests of one route and model that are answered in one way. */
interface Requests {
  /** Values of the labels route, model and streamed. */
  readonly labels: readonly [route: string, model: string, streamed: string]
  readonly duration: Histogram
  /** By error code: those that were answered, with a failure in the stream or none. */
  readonly answered: Map<string, Counter>
  /** By error code: those that got a refusal's status. */
  readonly refused: Map<string, Counter>
}

type RequestTable = Map<string, Map<string, Requests>>

export class RequestMetrics implements MetricFamily {
  readonly #families = {
    requests: new CounterFamily(
      'moonbase_requests_total',
      'Requests that have ended. status is the HTTP status; error a code of the error table, also for a failure inside a stream.',
      ['route', 'model', 'streamed', 'status', 'error'],
    ),
    duration: new HistogramFamily(
      'moonbase_request_duration_seconds',
      'From the headers of a request to the end of its reply.',
      ['route', 'model', 'streamed'],
      DURATION_BOUNDS,
    ),
  }
  /** By route, by model. */
  readonly #whole: RequestTable = new Map()
  readonly #streamed: RequestTable = new Map()
  #running = 0
  #streams = 0

  /** Every call is followed by one `ended`. */
  began(): void {
    this.#running += 1
  }

  /** @param refusal what the client got instead of an answer. */
  ended(notes: ExchangeNotes, refusal: ApiError | undefined, elapsedMs: number): void {
    this.#running -= 1
    const { model = NONE } = notes
    const requests = this.#requestsOf(notes.streamed ?? false, notes.route ?? NONE, model)
    const failure = refusal ?? notes.failure
    const byCode = refusal === undefined ? requests.answered : requests.refused
    const code = failure?.code ?? NONE
    const counter = byCode.get(code) ?? this.#newEnding(requests, byCode, code, refusal?.status ?? 200)
    counter.value += 1
    // A clock that was set back must not take anything away.
    const seconds = Math.max(elapsedMs, 0) / 1000
    requests.duration.observe(seconds)
  }

  /** Every call is followed by one `streamClosed`. */
  streamOpened(): void {
    this.#streams += 1
  }

  streamClosed(): void {
    this.#streams -= 1
  }

  write(lines: string[]): void {
    for (const family of Object.values(this.#families)) family.write(lines)
    writeGauge(lines, 'moonbase_requests_running', 'Requests under way.', [[{}, this.#running]])
    writeGauge(lines, 'moonbase_streams_open', 'Streams that have begun and not ended.', [[{}, this.#streams]])
  }

  #requestsOf(streamed: boolean, route: string, model: string): Requests {
    const table = streamed ? this.#streamed : this.#whole
    return table.get(route)?.get(model) ?? this.#newRequests(table, route, model, streamed)
  }

  #newRequests(table: RequestTable, route: string, model: string, streamed: boolean): Requests {
    const labels = [
      table.has(route) || table.size < MOST_ROUTES ? route : OTHER,
      modelLabel(model),
      String(streamed),
    ] as const
    const byModel = entry(table, labels[0], () => new Map<string, Requests>())
    return entry(byModel, labels[1], () => ({
      labels,
      duration: this.#families.duration.of(...labels),
      answered: new Map(),
      refused: new Map(),
    }))
  }

  #newEnding({ labels }: Requests, byCode: Map<string, Counter>, code: string, status: number): Counter {
    return entry(byCode, code, () => this.#families.requests.of(...labels, String(status), code))
  }
}
