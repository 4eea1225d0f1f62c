/** One run: a prepared request becomes supervised events, and what is known of it grows while they come. */

import { type BatchedEvents, type GenerationEvent, Meter, type TokenCounter } from '../generation/index.ts'
import {
  type GenerationEnd,
  type GenerationHooks,
  type RoutedEvents,
  type RoutingParts,
  generate,
} from '../routing/index.ts'
import type { Prepared } from './prepare.ts'
import type { RunFacts } from './run-facts.ts'

export type RunEnd = GenerationEnd

export interface RunHooks extends GenerationHooks {
  /** As {@link GenerationHooks} has it. The facts are told before it is asked: who answers, and when the first token came. */
  onStart?(): Promise<unknown> | undefined
  /** Whether anybody needs to know what such an end has used; where nothing was given nobody does. Without it, somebody does. */
  needsUsage?(end: RunEnd): boolean
  /** As {@link GenerationHooks} has it. The facts are told before it is asked: what was generated, where it was needed. */
  onEnd?(end: RunEnd): Promise<void> | undefined
}

/** Whoever holds one reads it or lets it go: `await using` never leaves one unread. */
export interface Run extends AsyncDisposable {
  readonly facts: RunFacts
  readonly events: BatchedEvents & AsyncIterableIterator<GenerationEvent, undefined>
  /** Tokens of the prompt by our own count; `undefined` while nobody has counted them. */
  promptTokens(): number | undefined
}

/** Nothing is done before the first event is asked for. The hooks are asked once each, whatever happens. */
export function run(
  prepared: Prepared,
  facts: RunFacts,
  parts: RoutingParts,
  signal: AbortSignal,
  hooks: RunHooks = {},
): Run {
  return new StartedRun(prepared, facts, parts, signal, hooks)
}

class StartedRun implements Run, GenerationHooks {
  readonly facts: RunFacts
  readonly events: RoutedEvents
  readonly onBatch?: NonNullable<RunHooks['onBatch']>
  readonly #counter: TokenCounter
  readonly #meter: Meter
  readonly #clock: RoutingParts['clock']
  readonly #hooks: RunHooks

  constructor(prepared: Prepared, facts: RunFacts, parts: RoutingParts, signal: AbortSignal, hooks: RunHooks) {
    const { route, request, counter, prompt } = prepared
    this.facts = facts
    this.#counter = counter
    this.#meter = new Meter(counter, prompt)
    this.#clock = parts.clock
    this.#hooks = hooks
    facts.transcript = this.#meter.transcript
    if (hooks.onBatch !== undefined) this.onBatch = (batch) => hooks.onBatch?.(batch)
    this.events = generate(route, request, this.#meter, facts.trace, signal, parts, this)
  }

  promptTokens(): number | undefined {
    return this.#meter.prompt.known
  }

  onStart(start: GenerationEvent & { readonly type: 'start' }): Promise<unknown> | undefined {
    const { facts } = this
    facts.engine = start.engine
    facts.servedModel = start.model
    if (facts.streamed) facts.firstTokenMs = this.#clock.now() - facts.arrivedAt
    // The usage is not known yet, so the engine's word counts.
    facts.approximate = facts.trace.engine?.usage === 'approximate'
    return this.#hooks.onStart?.()
  }

  onEnd(end: RunEnd): Promise<void> | undefined {
    const meter = this.#meter
    const isNeeded = end.given && (meter.reported || (this.#hooks.needsUsage?.(end) ?? true))
    const counting = isNeeded ? meter.complete() : undefined
    if (counting === undefined) return this.#ended(end, isNeeded)
    return counting.then(() => this.#ended(end, isNeeded))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.events.return()
  }

  #ended(end: RunEnd, isCounted: boolean): Promise<void> | undefined {
    const { facts } = this
    if (isCounted) facts.usage = this.#meter.usage()
    facts.reported = this.#meter.reported
    facts.approximate = this.#isApproximate()
    return this.#hooks.onEnd?.(end)
  }

  /** Whether the figures of an answer are estimates, of its engine or of ours. */
  #isApproximate(): boolean {
    const { trace } = this.facts
    const meter = this.#meter
    // Behind a seam a part of the count is ours.
    const isOurs = !meter.reported || meter.fillsIn || trace.seams.length > 0
    return trace.engine?.usage === 'approximate' || (isOurs && !this.#counter.exact)
  }
}
