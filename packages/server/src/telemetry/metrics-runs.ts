/**
 * What is counted of each run, when it has ended: who was asked, what came of it, and how fast. A batch's line and a background
 * response have no exchange, so this knows of none.
 *
 * Every label has a closed set of values: models are of the catalogue, engines and replicas of the configuration. Whatever else
 * comes is `other`, and is not remembered.
 */

import type { EngineErrorKind } from '@moonbase/core/generation'
import type { RunFacts } from '@moonbase/core/inference'
import type { AttemptEnd } from '@moonbase/core/routing'
import { modelLabel } from './model-label.ts'
import { type Served, replicasOf } from './metrics-replicas.ts'
import {
  type Counter,
  CounterFamily,
  type Histogram,
  HistogramFamily,
  type MetricFamily,
  entry,
} from './metrics-series.ts'
import type { ToldTrace } from './told-run.ts'

export const FIRST_TOKEN_BOUNDS = [
  0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 30, 60, 120, 300, 600,
]
export const PER_TOKEN_BOUNDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5,
]

const OTHER = 'other'

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

/** Answers of one model by one engine. */
interface Answers {
  readonly prompt: Counter
  readonly cached: Counter
  readonly completion: Counter
  readonly reasoning: Counter
  readonly firstToken: Histogram
  readonly perToken: Histogram
}

export class RunMetrics implements MetricFamily {
  readonly #models: Served
  readonly #families = {
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
    corrections: new CounterFamily(
      'moonbase_engine_corrections_total',
      'Answers that went on behind their budget or a stop string, and usages that could not be true.',
      ['engine', 'kind'],
    ),
  }
  /** Engine by replica, of all that were ever seen to serve; an engine with one replica has a replica of its own name. */
  readonly #engineOf = new Map<string, string>()
  /** By replica, by outcome. */
  readonly #attempts = new Map<string, Map<string, Counter>>()
  /** By model, by the replica that began the answer. */
  readonly #answers = new Map<string, Map<string, Answers>>()

  constructor(models: Served) {
    this.#models = models
  }

  /** Told once of each run that was let in. */
  ran(facts: RunFacts, complete: boolean, elapsedMs: number): void {
    const { trace, model, engine } = facts
    this.#countTrace(trace, model)
    for (const { engine: corrected, kind } of trace.corrections) {
      this.#families.corrections.of(this.#engineLabel(corrected), kind).value += 1
    }
    // A clock that was set back must not take anything away.
    if (engine !== undefined) this.#countAnswer(facts, engine, complete, Math.max(elapsedMs, 0) / 1000)
  }

  write(lines: string[]): void {
    this.#learn()
    for (const family of Object.values(this.#families)) family.write(lines)
  }

  #countAnswer({ model, usage, firstTokenMs }: RunFacts, replica: string, complete: boolean, seconds: number): void {
    const answers = this.#answersOf(model, replica)
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

  #countTrace({ attempts, hedges, seams, ends }: ToldTrace, model: string): void {
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

function reasonLabel(reason: EngineErrorKind): string {
  return Object.hasOwn(OUTCOMES, reason) ? reason : OTHER
}
