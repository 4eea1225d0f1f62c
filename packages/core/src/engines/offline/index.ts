/**
 * The offline engine: what answers when no model is configured.
 *
 * It is a deterministic stand-in that says what it is, and makes every feature of the API real: it thinks, calls tools
 * with arguments that fit, fills schemas, goes on from prefixes, honours stop strings and budgets, and counts tokens.
 * Scenarios script exact replies, timing and failures. `docs/offline-engine.md` is its guide.
 */

import {
  type Capabilities,
  type Clock,
  type Engine,
  EngineError,
  type GenerationEvent,
  type GenerationRequest,
  Meter,
  type TokenCounter,
  type Usage,
  enforceStop,
} from '../../generation/index.ts'
import type { DescribeImage } from './describe-media.ts'
import { withFault } from './fault.ts'
import { fitBudget } from './fit-budget.ts'
import { withPace } from './pace.ts'
import { planAnswers } from './plan-answer.ts'
import { ScenarioBook } from './scenario-match.ts'
import { type Performance, ownPerformance, scriptedPerformance } from './scenario-reply.ts'
import type { Scenario } from './scenario.ts'
import { speak } from './speak.ts'

export type { DescribeImage, ImageDescription } from './describe-media.ts'
export { type Scenario, ScenarioError, SCENARIO_SCHEMA, parseScenarios } from './scenario.ts'

/** What `start` says answered, and replies in `x-moonbase-served-by`: no model at all, and nobody shall think so. */
const OFFLINE_MODEL = 'moonbase-offline'

export interface OfflineEngineOptions {
  /** The engine's name in the configuration. */
  readonly name: string
  readonly counter: TokenCounter
  readonly clock: Clock
  /** Measures an image. Without it, images are described by their kind and size in bytes. */
  readonly describeImage?: DescribeImage
  /** Tried in order; see `parseScenarios`. */
  readonly scenarios?: readonly Scenario[]
  /** Without it the engine is as fast as its reader. */
  readonly pace?: { readonly tokensPerSecond?: number }
}

const ABLE: Capabilities = {
  images: true,
  video: true,
  partial: true,
  resumes: { reasoning: true, toolCalls: true },
  jsonObject: true,
  jsonSchema: true,
  tools: true,
  forcedTool: true,
}

/** Deterministic: the answer depends on the request alone, but for scenarios that count with `times`. */
export function offlineEngine(options: OfflineEngineOptions): Engine {
  const book = new ScenarioBook(options.scenarios ?? [])
  return {
    name: options.name,
    can: ABLE,
    usage: options.counter.exact ? 'exact' : 'approximate',
    generate: (request, signal) => generate(request, signal, options, book),
    health: () => Promise.resolve({ ok: true }),
    close: () => Promise.resolve(),
  }
}

async function* generate(
  request: GenerationRequest,
  signal: AbortSignal,
  options: OfflineEngineOptions,
  book: ScenarioBook,
): AsyncGenerator<GenerationEvent, void, void> {
  const { name: engine } = options
  try {
    stopIfAborted(signal, engine)
    const performance = await prepare(request, signal, options, book)
    stopIfAborted(signal, engine)
    // Each choice is billed by itself, as its own text is what was generated.
    const meters = Array.from({ length: request.sampling.n }, () => new Meter(options.counter, NO_PROMPT))
    let finished = 0
    for await (const event of perform(performance, request, signal, options)) {
      stopIfAborted(signal, engine)
      if (event.type === 'finish') finished += 1
      if (event.type !== 'start' && event.type !== 'usage') meters[event.choice]?.see(event)
      yield event
      stopIfAborted(signal, engine)
    }
    if (finished < request.sampling.n) return
    yield {
      type: 'usage',
      usage: { ...(await counted(request, meters, options.counter, signal)), ...performance.usage },
    }
  } catch (error) {
    throw asEngineError(error, signal, engine)
  }
}

async function prepare(
  request: GenerationRequest,
  signal: AbortSignal,
  options: OfflineEngineOptions,
  book: ScenarioBook,
): Promise<Performance> {
  const { name: engine, counter, describeImage } = options
  const plan = (): ReturnType<typeof planAnswers> => planAnswers(request, { engine, describeImage, signal })
  const scenario = book.take(request)
  return scenario === undefined
    ? ownPerformance(request, await plan(), options.pace?.tokensPerSecond, counter)
    : scriptedPerformance(request, scenario.reply, plan)
}

function perform(
  { answers, manner, pace, fault }: Performance,
  request: GenerationRequest,
  signal: AbortSignal,
  { name: engine, counter, clock }: OfflineEngineOptions,
): AsyncIterable<GenerationEvent> {
  const fitting = answers.map((answer) => fitBudget(answer, request.maxCompletionTokens, counter))
  const spoken = withPace(speak(fitting, manner, { engine, model: OFFLINE_MODEL }), pace, clock, signal)
  const stopped = enforceStop(spoken, request.stop, request.sampling.n)
  return fault === undefined ? stopped : withFault(stopped, fault, { engine, clock, signal })
}

/** It is counted once for all choices. */
const NO_PROMPT = { known: 0, owner: undefined, certainly: () => 0 }

async function counted(
  request: GenerationRequest,
  meters: readonly Meter[],
  counter: TokenCounter,
  signal: AbortSignal,
): Promise<Usage> {
  const { affinityScope: owner } = request
  const prompt = await counter.countPromptAside(request, { owner, signal })
  await Promise.all(meters.map(async (meter) => meter.complete()))
  const usages = meters.map((meter) => meter.usage())
  return {
    prompt,
    completion: usages.reduce((sum, { completion }) => sum + completion, 0),
    // Nothing is kept between requests, so no prompt is ever found in a cache.
    cached: 0,
    reasoning: usages.reduce((sum, { reasoning }) => sum + reasoning, 0),
  }
}

function stopIfAborted(signal: AbortSignal, engine: string): void {
  if (signal.aborted) throw new EngineError('aborted', 'was stopped', { engine, cause: signal.reason })
}

function asEngineError(error: unknown, signal: AbortSignal, engine: string): EngineError {
  if (error instanceof EngineError) return error
  if (signal.aborted) return new EngineError('aborted', 'was stopped', { engine, cause: error })
  return new EngineError('protocol', `failed: ${error instanceof Error ? error.message : String(error)}`, {
    engine,
    cause: error,
  })
}
