/**
 * What is counted of each request, when it ends: a dozen additions, found by a few look-ups of texts that live as long as
 * the server. Measured: 0.15 µs for a streamed request.
 *
 * Every label has a closed set of values: models are of the catalogue, engines and replicas of the configuration, routes
 * are patterns, errors stand in the table. Whatever else comes is `other`, and is not remembered.
 */

import type { EngineErrorKind } from '@moonbase/core/generation'
import type { AttemptEnd } from '@moonbase/core/routing'
import { type ApiError, findModel } from '@moonbase/protocol'
import { type Served, replicasOf } from './metrics-replicas.ts'
import { type Counter, CounterFamily, type Histogram, HistogramFamily, entry, writeGauge } from './metrics-series.ts'
import type { ExchangeNotes, RoutingNotes } from '../http/exchange-notes.ts'

/** The advice of OpenTelemetry's GenAI conventions, in seconds, and what a thinking model needs beyond it. */
export const DURATION_BOUNDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92, 163.84, 327.68, 655.36,
]
export const FIRST_TOKEN_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 600,
]
export const PER_TOKEN_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
]

/** For a request that was refused before its route or its model was known. */
const NONE = 'none'
const OTHER = 'other'

/** Far more than there are; a route that does not come from the table must not fill the memory. */
const MOST_ROUTES = 256
/** Of all configurations that a server has followed together; further ones are counted as `other`. */
const MOST_REPLICAS = 4096

/** Each is there from the start: what rises from nothing to 1 is a rise that `increase()` sees only so. */
const OUTCOMES: Readonly<Record<AttemptEnd['outcome'], true>> = {
  complete: true,
  outpaced: true,
  refused: true,
  'content-filter': true,
  'model-not-found': true,
  misconfigured: true,
  overloaded: true,
  unavailable: true,
  timeout: true,
  protocol: true,
  cut: true,
  limit: true,
  aborted: true,
}

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

/** Answers of one model by one engine. */
interface Answers {
  readonly prompt: Counter
  readonly cached: Counter
  readonly completion: Counter
  readonly reasoning: Counter
  readonly firstToken: Histogram
  readonly perToken: Histogram
}

export class RequestMetrics {
  readonly #models: Served
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
    firstToken: new HistogramFamily(
      'moonbase_time_to_first_token_seconds',
      'From a request to the first event of its stream.',
      ['model', 'engine'],
      FIRST_TOKEN_BOUNDS,
    ),
    perToken: new HistogramFamily(
      'moonbase_time_per_output_token_seconds',
      'Mean time per token behind the first, of streams that were complete.',
      ['model', 'engine'],
      PER_TOKEN_BOUNDS,
    ),
    tokens: new CounterFamily(
      'moonbase_tokens_total',
      'Tokens of answers that were begun. prompt includes cached, completion includes reasoning.',
      ['model', 'engine', 'type'],
    ),
    attempts: new CounterFamily(
      'moonbase_engine_attempts_total',
      'How asking a replica ended: complete, outpaced by another replica, or a failure.',
      ['engine', 'replica', 'outcome'],
    ),
    retries: new CounterFamily('moonbase_retries_total', 'Replicas asked again after a failure.', ['model']),
    hedges: new CounterFamily('moonbase_hedges_total', 'Replicas asked beside one that was slow to begin.', ['model']),
    seams: new CounterFamily('moonbase_seams_total', 'Answers that another engine, or the same again, went on with.', [
      'from',
      'to',
      'reason',
    ]),
  }
  /** Engine by replica, of all that were ever seen to serve; an engine with one replica has a replica of its own name. */
  readonly #engineOf = new Map<string, string>()
  /** By replica, by outcome. */
  readonly #attempts = new Map<string, Map<string, Counter>>()
  /** By route, by model. */
  readonly #whole: RequestTable = new Map()
  readonly #streamed: RequestTable = new Map()
  /** By model, by the replica that began the answer. */
  readonly #answers = new Map<string, Map<string, Answers>>()
  #running = 0
  #streams = 0

  constructor(models: Served) {
    this.#models = models
  }

  /** Every call is followed by one `ended`. */
  began(): void {
    this.#running += 1
  }

  /** @param refusal what the client got instead of an answer. */
  ended(notes: ExchangeNotes, refusal: ApiError | undefined, elapsedMs: number): void {
    this.#running -= 1
    const { model = NONE, journey } = notes
    const requests = this.#requestsOf(notes.streamed ?? false, notes.route ?? NONE, model)
    const failure = refusal ?? notes.failure
    const byCode = refusal === undefined ? requests.answered : requests.refused
    const code = failure?.code ?? NONE
    const counter = byCode.get(code) ?? this.#newEnding(requests, byCode, code, refusal?.status ?? 200)
    counter.value += 1
    // A clock that was set back must not take anything away.
    const seconds = Math.max(elapsedMs, 0) / 1000
    requests.duration.observe(seconds)
    if (journey === undefined) return
    this.#countJourney(journey, model)
    if (notes.engine !== undefined) this.#countAnswer(notes, model, notes.engine, failure === undefined, seconds)
  }

  /** Every call is followed by one `streamClosed`. */
  streamOpened(): void {
    this.#streams += 1
  }

  streamClosed(): void {
    this.#streams -= 1
  }

  write(lines: string[]): void {
    this.#learn()
    for (const family of Object.values(this.#families)) family.write(lines)
    writeGauge(lines, 'moonbase_requests_running', 'Requests under way.', [[{}, this.#running]])
    writeGauge(lines, 'moonbase_streams_open', 'Streams that have begun and not ended.', [[{}, this.#streams]])
  }

  #countAnswer(notes: ExchangeNotes, model: string, replica: string, complete: boolean, seconds: number): void {
    const answers = this.#answersOf(model, replica)
    const { usage, firstTokenMs } = notes
    if (usage !== undefined) {
      answers.prompt.value += usage.prompt
      answers.cached.value += usage.cached
      answers.completion.value += usage.completion
      answers.reasoning.value += usage.reasoning
    }
    if (firstTokenMs === undefined) return
    const firstToken = Math.max(firstTokenMs, 0) / 1000
    answers.firstToken.observe(firstToken)
    const following = (usage?.completion ?? 0) - 1
    if (complete && following > 0) answers.perToken.observe(Math.max(seconds - firstToken, 0) / following)
  }

  #countJourney({ attempts, hedges, seams, ends }: RoutingNotes, model: string): void {
    for (const { replica, outcome } of ends) {
      const counter = (this.#attempts.get(replica) ?? this.#newAttempts(replica))?.get(outcome)
      if (counter !== undefined) counter.value += 1
    }
    if (attempts <= 1) return
    const shown = modelLabel(model)
    // The first asking, those beside it, and those that went on at a seam are no repetition.
    this.#families.retries.of(shown).value += Math.max(attempts - 1 - hedges - seams.length, 0)
    if (hedges > 0) this.#families.hedges.of(shown).value += hedges
    for (const { from, to, reason } of seams) {
      this.#families.seams.of(this.#engineLabel(from), this.#engineLabel(to), reasonLabel(reason)).value += 1
    }
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

  #answersOf(model: string, replica: string): Answers {
    return this.#answers.get(model)?.get(replica) ?? this.#newAnswers(model, replica)
  }

  #newAnswers(model: string, replica: string): Answers {
    const shown = modelLabel(model)
    const engine = this.#engineLabel(replica)
    const byReplica = entry(this.#answers, shown, () => new Map<string, Answers>())
    const { tokens, firstToken, perToken } = this.#families
    // Replicas of one engine share its series.
    return entry(byReplica, engine === OTHER ? OTHER : replica, () => ({
      prompt: tokens.of(shown, engine, 'prompt'),
      cached: tokens.of(shown, engine, 'cached'),
      completion: tokens.of(shown, engine, 'completion'),
      reasoning: tokens.of(shown, engine, 'reasoning'),
      firstToken: firstToken.of(shown, engine),
      perToken: perToken.of(shown, engine),
    }))
  }

  #newAttempts(replica: string): ReadonlyMap<string, Counter> | undefined {
    this.#learn()
    return this.#attempts.get(replica)
  }

  #engineLabel(replica: string): string {
    if (!this.#engineOf.has(replica)) this.#learn()
    return this.#engineOf.get(replica) ?? OTHER
  }

  /** Who serves may change while the server runs; what was counted stays. */
  #learn(): void {
    for (const { engine, replica } of replicasOf(this.#models)) {
      const { name } = replica.engine
      if (this.#engineOf.has(name) || this.#engineOf.size >= MOST_REPLICAS) continue
      this.#engineOf.set(name, engine)
      const counters = Object.keys(OUTCOMES).map(
        (outcome) => [outcome, this.#families.attempts.of(engine, name, outcome)] as const,
      )
      this.#attempts.set(name, new Map(counters))
    }
  }
}

/** A model of the catalogue, or `other`. */
export function modelLabel(model: string): string {
  return model === NONE || findModel(model) !== undefined ? model : OTHER
}

function reasonLabel(reason: EngineErrorKind): string {
  return Object.hasOwn(OUTCOMES, reason) ? reason : OTHER
}
