/**
 * Tools that the server itself runs for a model, such as a search: the rounds of such a conversation are one answer.
 *
 * The same interface goes in and comes out, so whoever asks knows nothing of rounds: HTTP, a batch's line, a background
 * response. Each round is an inference of its own, with its hold and its record.
 */

import { apiError } from '@moonbase/protocol'
import type { Fee, Inference, InferenceRequest, InferenceService } from './inference.ts'
import type { ServerTools } from './server-tool.ts'
import { ToolLoop } from './tool-loop.ts'

/** @param now milliseconds since the Unix epoch: each round has a record with times of its own */
export function withServerTools(inner: InferenceService, tools: ServerTools, now: () => number): InferenceService {
  return new ToolInference(inner, tools, now)
}

class ToolInference implements InferenceService {
  readonly #inner: InferenceService
  readonly #tools: ServerTools
  readonly #now: () => number

  constructor(inner: InferenceService, tools: ServerTools, now: () => number) {
    this.#inner = inner
    this.#tools = tools
    this.#now = now
  }

  start(request: InferenceRequest): Promise<Inference> {
    const served = this.#tools.runsFor(request)
    if (served.size === 0) return this.#inner.start(request)
    return this.#startLoop(request, served)
  }

  note(...noted: Parameters<InferenceService['note']>): void {
    this.#inner.note(...noted)
  }

  count(...asked: Parameters<InferenceService['count']>): ReturnType<InferenceService['count']> {
    return this.#inner.count(...asked)
  }

  fee<Result>(fee: Fee, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#inner.fee(fee, work)
  }

  async #startLoop(request: InferenceRequest, served: ReadonlySet<string>): Promise<Inference> {
    if ((request.draft.sampling.n ?? 1) > 1) {
      // Each choice would go on by itself, with a conversation of its own.
      const refusal = apiError('invalid_request', { details: 'n must be 1 with tools that the server runs' })
      this.#inner.note({ ...request, streamed: !request.draft.whole }, refusal)
      throw refusal
    }
    const loop = new ToolLoop({ inner: this.#inner, tools: this.#tools, now: this.#now }, request, served)
    const first = await loop.begin()
    const { events } = loop
    return {
      facts: first.facts,
      events,
      room: first.room,
      leniency: first.leniency,
      budget: first.budget,
      counted: first.counted,
      promptTokensGuess: first.promptTokensGuess,
      get receipt() {
        return loop.receipt
      },
      async [Symbol.asyncDispose]() {
        await events.return()
      },
    }
  }
}
