/** What is measured of each request, under the names of the HTTP and GenAI conventions. */

import type { Histogram, Meter } from '@opentelemetry/api'
import { DURATION_BOUNDS } from '../metrics-requests.ts'
import { FIRST_TOKEN_BOUNDS, PER_TOKEN_BOUNDS } from '../metrics-runs.ts'
import { failureOf, httpAttributes, modelAttributes } from './request-attributes.ts'
import { toldRun } from '../told-run.ts'
import type { EndedRequest } from './tracing.ts'

/** The advice of the conventions. */
const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, power) => 4 ** power)

export class RequestMeasures {
  readonly #http: Histogram
  readonly #request: Histogram
  readonly #operation: Histogram
  readonly #firstToken: Histogram
  readonly #perToken: Histogram
  readonly #tokens: Histogram

  constructor(meter: Meter) {
    const seconds = (name: string, description: string, bounds: number[]): Histogram =>
      meter.createHistogram(name, { unit: 's', description, advice: { explicitBucketBoundaries: bounds } })
    this.#http = seconds('http.server.request.duration', 'Duration of HTTP server requests.', DURATION_BOUNDS)
    this.#request = seconds(
      'gen_ai.server.request.duration',
      'From the headers of a request to the end of its answer.',
      DURATION_BOUNDS,
    )
    this.#operation = seconds(
      'gen_ai.client.operation.duration',
      'The same, of requests for which an engine was asked.',
      DURATION_BOUNDS,
    )
    this.#firstToken = seconds(
      'gen_ai.server.time_to_first_token',
      'From a request to the first event of its stream.',
      FIRST_TOKEN_BOUNDS,
    )
    this.#perToken = seconds(
      'gen_ai.server.time_per_output_token',
      'Mean time per token behind the first, of streams that were complete.',
      PER_TOKEN_BOUNDS,
    )
    this.#tokens = meter.createHistogram('gen_ai.client.token.usage', {
      unit: '{token}',
      description: 'Tokens of one request: input includes cached ones, output those of reasoning.',
      advice: { explicitBucketBoundaries: TOKEN_BOUNDS },
    })
  }

  ended(request: EndedRequest): void {
    const seconds = Math.max(request.elapsedMs, 0) / 1000
    this.#http.record(seconds, httpAttributes(request))
    const model = modelAttributes(request)
    if (model === undefined) return
    const failure = failureOf(request)
    const ended = failure === undefined ? model : { ...model, 'error.type': failure.code }
    this.#request.record(seconds, ended)
    const told = toldRun(request.exchange.notes)
    if (told === undefined) return
    const { usage, firstTokenMs } = told
    this.#operation.record(seconds, ended)
    if (usage !== undefined) {
      this.#tokens.record(usage.prompt, { ...model, 'gen_ai.token.type': 'input' })
      this.#tokens.record(usage.completion, { ...model, 'gen_ai.token.type': 'output' })
    }
    if (firstTokenMs === undefined) return
    const firstToken = Math.max(firstTokenMs, 0) / 1000
    this.#firstToken.record(firstToken, model)
    const following = (usage?.completion ?? 0) - 1
    if (failure === undefined && following > 0) {
      this.#perToken.record(Math.max(seconds - firstToken, 0) / following, model)
    }
  }
}
