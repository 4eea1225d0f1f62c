/**
 * The rounds of one answer, as one stream: what the model says passes, the tools that it calls are run, and it goes on.
 *
 * Streamed, each round is paid for at its own end, so whoever leaves pays for the rounds that were given to him, and none
 * begins after that. Of a whole reply all are paid for together behind the last, or none is. The slot of the first is kept
 * until the last has ended; the others have none. `docs/decisions/0019-rounds-of-server-tools.md` says why.
 */

import { type EventBatch, type GenerationEvent, type RequestDraft, batchesOf } from '@moonbase/core/generation'
import { failureOf } from '@moonbase/core/inference'
import { RoutedEvents } from '@moonbase/core/routing'
import { ApiError, type ErrorCode, apiError } from '@moonbase/protocol'
import type { Inference, InferenceRequest, InferenceService, Receipt } from './inference.ts'
import { roundDraft } from './round-draft.ts'
import { letGo, sumOfReceipts } from './round-ends.ts'
import { RoundSieve } from './round-sieve.ts'
import { AnswerEnd } from './answer-end.ts'
import { SERVER_TOOL_LIMITS, type ServerTools } from './server-tool.ts'
import { ToolRunner, toolEvent } from './tool-runner.ts'

export interface LoopParts {
  readonly inner: InferenceService
  readonly tools: ServerTools
  readonly now: () => number
}

/** Why a round may not begin and the answer ends all the same: what is there is right, and may be gone on from later. */
const PAUSES: ReadonlySet<ErrorCode> = new Set([
  'quota_exceeded',
  'account_suspended',
  'tpm_limit',
  'tpd_limit',
  'queue_full',
])

/** How an answer ends that has more to come. */
type Stop = Omit<GenerationEvent & { readonly type: 'finish' }, 'type' | 'choice'>

const PAUSED_BY_LIMIT: Stop = { reason: 'length', paused: 'tool_limit' }

export class ToolLoop {
  readonly events: RoutedEvents
  readonly #parts: LoopParts
  readonly #request: InferenceRequest
  readonly #names: ReadonlySet<string>
  readonly #runner: ToolRunner
  readonly #end: AnswerEnd
  readonly #leaving = new AbortController()
  readonly #signal: AbortSignal
  readonly #rounds: Inference[] = []
  /** What the round that runs was asked; the messages before it are those of the request, and no copies. */
  #draft: RequestDraft
  #sieve: RoundSieve
  #left = false
  #letGo: Promise<void> | undefined
  /** What the reader left with, or what went wrong. */
  #failure: unknown
  #isComplete = false
  #isEnding = false
  #isOver = false

  /** @param names tools that the server runs */
  constructor(parts: LoopParts, request: InferenceRequest, names: ReadonlySet<string>) {
    this.#parts = parts
    this.#request = request
    this.#names = names
    this.#draft = request.draft
    this.#sieve = new RoundSieve(names, undefined)
    this.#end = new AnswerEnd(request)
    this.#signal = AbortSignal.any([request.signal, this.#leaving.signal])
    this.#runner = new ToolRunner(parts, request, this.#signal)
    this.events = new RoutedEvents(this.#batches(), this)
  }

  /** Of all rounds; `undefined` before the end. */
  get receipt(): Receipt | undefined {
    return this.#isOver ? sumOfReceipts(this.#request.id, this.#rounds) : undefined
  }

  /** The first round, with the id that was asked for. @throws ApiError, and then it is recorded already */
  async begin(): Promise<Inference> {
    const { keepSlot } = this.#end
    const first = await this.#parts.inner.start({
      ...this.#request,
      ...this.#end.of(this.#sieve),
      signal: this.#signal,
      keepSlot,
    })
    this.#rounds.push(first)
    return first
  }

  /** The reader leaves: round and tools end now. */
  leave(failure?: unknown): void {
    if (this.#left) return
    this.#left = true
    this.#failure ??= failure
    this.#leaving.abort(failure instanceof ApiError ? failure : apiError('client_closed'))
    this.#letGo = letGo(this.#rounds, failure)
  }

  /** Only the first end counts. Whatever is open is let go, and what is not settled is free. */
  async end(): Promise<void> {
    if (this.#isEnding) return
    this.#isEnding = true
    try {
      if (this.#isComplete) return
      await this.#letGo
      // One may have begun while the reader left.
      await letGo(this.#rounds, this.#failure)
      await this.#end.release(this.#left ? 'left' : 'failed', this.#failure)
    } catch {
      // Whoever settles has noted it; what the reader is told is why the answer did not come to its end.
    } finally {
      this.#isOver = true
      this.#end.over()
    }
  }

  async *#batches(): AsyncGenerator<EventBatch, undefined, undefined> {
    try {
      // Ends: with each round there is one more, and of these there is a limit.
      for (let goesOn = true; goesOn;) {
        const round = this.#rounds.at(-1)
        if (round === undefined) throw new Error('a loop is read that was not begun')
        const steps = batchesOf(round.events)[Symbol.asyncIterator]()
        const sieve = this.#sieve
        let isOpen = true
        while (isOpen && !this.#end.holdsOpen(sieve)) {
          const step = await steps.next()
          isOpen = step.done !== true
          const passed = step.done === true ? NOTHING : sieve.push(step.value)
          if (passed.length > 0) yield passed
        }
        this.#assertWanted()
        goesOn = sieve.goesOn && (yield* this.#goOn(round))
        // Its end has waited for what would follow.
        if (isOpen && (await steps.next()).done !== true) throw new Error('a round has more than its usage')
      }
      await this.#end.settle()
      this.#isComplete = true
      return undefined
    } catch (error) {
      this.#failure ??= error
      // Tools that still run have nobody to tell it.
      this.#leaving.abort(failureOf(error, this.#draft.model, this.#signal))
      throw error
    } finally {
      await this.end()
    }
  }

  /** Between two rounds: runs what the one has called. False: no other one follows, and the end is told. */
  async *#goOn({ facts: { transcript } }: Inference): AsyncGenerator<EventBatch, boolean, undefined> {
    const calls = this.#runner.callsOf(transcript?.calls ?? [], this.#sieve.served)
    const isClients = this.#sieve.clientCalls > 0
    const obstacle = this.#obstacle(calls.length, isClients)
    if (obstacle !== undefined) {
      yield this.#finish(obstacle)
      return false
    }
    yield calls.map((call) => toolEvent(call, undefined))
    const answered = await this.#runner.runAll(calls)
    yield answered.map(({ call, output }) => toolEvent(call, output))
    this.#assertWanted()
    if (isClients) {
      yield this.#finish({ reason: 'tool_calls' })
      return false
    }
    this.#draft = roundDraft(this.#draft, transcript ?? { text: '', reasoning: '' }, answered)
    const refused = await this.#begin()
    if (refused === undefined) return true
    yield this.#finish(refused)
    return false
  }

  /** No tool and no round begins for nobody. */
  #assertWanted(): void {
    this.#signal.throwIfAborted()
  }

  /** Why the tools are not run, and the answer is over. */
  #obstacle(calls: number, isClients: boolean): Stop | undefined {
    if (calls > SERVER_TOOL_LIMITS.calls) return PAUSED_BY_LIMIT
    // What the client is to answer ends the answer anyway.
    if (isClients) return undefined
    if (this.#budgetLeft <= 0) return { reason: 'length' }
    return this.#rounds.length >= SERVER_TOOL_LIMITS.rounds ? PAUSED_BY_LIMIT : undefined
  }

  /** Tokens of output: what the first round was given, less what all have written. */
  get #budgetLeft(): number {
    return (this.#rounds[0]?.budget ?? 0) - this.#sieve.usage.completion
  }

  #finish(stop: Stop): EventBatch {
    this.#end.isTold = true
    return [
      { type: 'finish', choice: 0, ...stop },
      { type: 'usage', usage: this.#sieve.usage },
    ]
  }

  /** Begins another round; or says why the answer is over. @throws ApiError for a refusal that is a failure */
  async #begin(): Promise<Stop | undefined> {
    const { asked: _asked, needs: _needs, keepSlot: _keepSlot, ...same } = this.#request
    const { id, terms } = same
    const [first] = this.#rounds
    const sieve = new RoundSieve(this.#names, this.#sieve.usage)
    let round: Inference
    try {
      round = await this.#parts.inner.start({
        ...same,
        ...this.#end.of(sieve),
        id: `${id}.${this.#rounds.length + 1}`,
        parent: id,
        arrivedAt: this.#parts.now(),
        draft: this.#draft,
        terms: { ...terms, budgetLeft: this.#budgetLeft },
        signal: this.#signal,
        ...(first === undefined ? {} : { within: first }),
      })
    } catch (error) {
      const { code } = failureOf(error, this.#draft.model, this.#signal)
      if (PAUSES.has(code)) return { reason: 'length', paused: code }
      // The tools have said more than the model can read: the answer is as long as it can be.
      if (code === 'window_exceeded') return { reason: 'length' }
      throw error
    }
    this.#rounds.push(round)
    this.#sieve = sieve
    this.#assertWanted()
    return undefined
  }
}

const NOTHING: EventBatch = []
