/** One step of a gated answer: from the cache, or from as many attempts as its terms allow; then what is logged, spent and kept of it. */

import type { Clock } from '@moonbase/core/generation'
import { failureOf } from '@moonbase/core/inference'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import { assertMayAsk } from '../admission/limit-errors.ts'
import type { CachedAnswer, GatheredAnswer } from '../gateways/answer-cache.ts'
import type { Gateway } from '../gateways/gateway-object.ts'
import { type StepTerms, cacheSeconds, retryWaitMs, stepTerms } from '../gateways/gateway-terms.ts'
import type { GatewayServices } from '../gateways/open-gateways.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Inference, InferenceService } from '../inference/inference.ts'
import { printable } from './answer-headers.ts'
import type { Caller } from './api.ts'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { GatedRequest, GatedStep } from './gated-answer.ts'
import { GatedAttempt } from './gated-attempt.ts'
import { cacheKeyOf } from './gated-key.ts'
import { GatedRecord } from './gated-record.ts'

export interface GatedServices {
  readonly through: GatewayServices
  readonly clock: Clock
  readonly inference: Pick<InferenceService, 'note'>
}

/** What all steps of one exchange have in common. */
export interface GatedContext {
  readonly exchange: Exchange
  readonly caller: Caller<KeyAccount>
  readonly gateway: Gateway
  readonly request: GatedRequest
  readonly eventId: string
  /** Ids of what is asked; the first is that of the exchange. */
  readonly nextPart: () => { readonly id: string; readonly parent: string | null }
}

/** Headers of an answer that are those of its copy. */
const COPIED = new Set(['x-moonbase-served-by', 'x-moonbase-lenient', 'x-moonbase-token-count', 'msh-schema-warning'])
/** A copy leaves in pieces, so that a slow client does not have all of it in its socket. */
const REPLAYED_BYTES = 64 * 1024
/** As streams are written here. */
const END_OF_EVENT = '\n\n'
const OK = 200
/** Made once: one for each attempt would be made with its stack. */
const IN_TIME = new Error('the first byte came in time, or the attempt has ended')

export class GatedStepRun {
  readonly #context: GatedContext
  readonly #step: GatedStep
  readonly #index: number
  readonly #services: GatedServices
  readonly #terms: StepTerms
  readonly #record: GatedRecord
  readonly #ttlMs: number
  /** `undefined`: it is neither looked for nor kept. */
  readonly #key: string | undefined
  #gathered: GatheredAnswer | undefined
  #running: Inference | undefined
  #attempt: GatedAttempt | undefined

  constructor(context: GatedContext, step: GatedStep, index: number, services: GatedServices) {
    const { gateway, request, caller } = context
    this.#context = context
    this.#step = step
    this.#index = index
    this.#services = services
    this.#terms = stepTerms(gateway, request.wishes, step.wishes)
    const seconds = cacheSeconds(gateway, request.wishes)
    this.#ttlMs = seconds * 1000
    this.#key = seconds === 0 ? undefined : cacheKeyOf(caller.key, gateway, step, request.wishes.cacheKey)
    this.#record = new GatedRecord(context, step, index, services)
  }

  /** Whether the client has got something of it: nobody else is asked then. */
  get given(): boolean {
    return this.#attempt?.given ?? false
  }

  /** @throws ApiError where no attempt answers; a stream that has begun says its failures itself */
  async answer(): Promise<void> {
    await this.#record.prepare()
    const found = this.#key === undefined ? undefined : this.#services.through.cache.find(this.#key)
    if (found !== undefined) return this.#replay(found)
    const refusal = await this.#record.spentUp()
    if (refusal !== undefined) throw refusal
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#try(attempt)
      } catch (error) {
        // Of its own signal, which says why it was given up.
        const failure = failureOf(error, this.#step.model, this.#attempt?.signal)
        if (this.given || attempt >= this.#terms.attempts || !mayHelp(failure)) {
          await this.#record.failed(failure, this.#running)
          throw failure
        }
      }
      await this.#services.clock.sleep(retryWaitMs(this.#terms, attempt), this.#context.exchange.signal)
    }
  }

  /** The headers of a refusal that is the client's: this step was the last one. */
  sayRefused(): void {
    if (!this.given) this.#sayHead('MISS')
  }

  async #try(number: number): Promise<void> {
    const { caller, exchange, nextPart } = this.#context
    const { wire } = this.#step
    const { id, parent } = nextPart()
    this.#running = undefined
    const limitMs = this.#limitMs(number)
    const timer = limitMs === undefined ? undefined : new AbortController()
    const attempt = new GatedAttempt(exchange, id, wire, {
      began: (begun) => {
        timer?.abort(IN_TIME)
        if (begun.stream !== undefined) this.#beginStream(begun)
      },
      gave: (piece) => {
        this.#gathered?.take(piece)
        this.#record.gave(piece)
      },
    })
    this.#attempt = attempt
    if (timer !== undefined && limitMs !== undefined) this.#watch(attempt, limitMs, timer.signal)
    const started = (running: Inference): void => void (this.#running = running)
    const labels = this.#record.labels
    try {
      await this.#step.answer(attempt, {
        key: caller.key,
        parameters: wire.parameters,
        part: { parent, labels, wire, started },
      })
      await this.#ended(attempt)
    } finally {
      timer?.abort(IN_TIME)
      attempt.release()
      this.#gathered?.end()
      this.#gathered = undefined
      // A stream that has failed beyond words has no end, and its client's connection is cut.
      attempt.stream?.close()
    }
  }

  /** Until the first byte. The last of several attempts takes as long as it takes, as the platform has it. */
  #limitMs(number: number): number | undefined {
    const { timeoutMs, attempts } = this.#terms
    return attempts > 1 && number === attempts ? undefined : timeoutMs
  }

  #watch(attempt: GatedAttempt, limitMs: number, signal: AbortSignal): void {
    this.#services.clock.sleep(limitMs, signal).then(
      () => attempt.abort(apiError('gateway_timeout', { ms: limitMs })),
      // The first byte came in time, or the attempt has ended.
      () => undefined,
    )
  }

  #beginStream({ headers }: GatedAttempt): void {
    const { exchange } = this.#context
    if (this.#key !== undefined) this.#gathered = this.#services.through.cache.gather()
    this.#sayHead('MISS')
    for (const [name, value] of headers) exchange.setHeader(name, value)
  }

  /** The reply is all there: it is logged, and may be kept, before the client hears of its end. */
  async #ended(attempt: GatedAttempt): Promise<void> {
    const { exchange } = this.#context
    const { whole, stream } = attempt
    if (whole !== undefined) {
      const body = typeof whole.body === 'string' ? Buffer.from(whole.body) : whole.body
      this.#record.gave(body)
      if (whole.status === OK) this.#keep(whole.contentType, attempt, body)
      await this.#record.ended(whole.status, whole.contentType, this.#running)
      this.#sayHead('MISS')
      for (const [name, value] of attempt.headers) exchange.setHeader(name, value)
      exchange.send(whole.status, whole.contentType, body)
      return
    }
    if (stream === undefined) throw apiErrorWith('internal', { reason: 'a route that answers nothing' })
    const { failure } = exchange.notes
    // Who went on without its client has not seen all of it, nor have we.
    const isWhole = failure === undefined && stream.ended
    const body = isWhole ? this.#gathered?.whole() : undefined
    if (body !== undefined) this.#keep(stream.contentType, attempt, body)
    await this.#record.ended(OK, stream.contentType, this.#running, failure)
  }

  #keep(contentType: string, { headers, stream }: GatedAttempt, body: Uint8Array): void {
    if (this.#key === undefined) return
    const { caller, gateway } = this.#context
    const facts = this.#running?.facts
    const answer: CachedAnswer = {
      status: OK,
      contentType,
      headers: headers.filter(([name]) => COPIED.has(name.toLowerCase())),
      streamed: stream !== undefined,
      bodyHeaders: stream?.headers ?? [],
      body,
      model: facts?.model ?? '',
      usage: facts?.usage,
    }
    this.#services.through.cache.keep(this.#key, caller.key.organisation, gateway.id, answer, this.#ttlMs)
  }

  /** No engine is asked, and nothing is held for or paid. */
  async #replay(found: CachedAnswer): Promise<void> {
    const { exchange, caller } = this.#context
    assertMayAsk(caller.key, found.model)
    exchange.notes.model = found.model
    exchange.notes.streamed = found.streamed
    await this.#record.replayed(found)
    this.#sayHead('HIT')
    for (const [name, value] of found.headers) exchange.setHeader(name, value)
    if (!found.streamed) return exchange.send(found.status, found.contentType, found.body)
    const sink = exchange.open(found.status, found.contentType, found.bodyHeaders)
    for (let at = 0, end: number; at < found.body.length; at = end) {
      end = endOfPiece(found.body, at)
      const drained = sink.write(found.body.subarray(at, end))
      if (drained !== undefined) await drained
    }
    sink.end()
  }

  #sayHead(cache: 'HIT' | 'MISS'): void {
    const { exchange, eventId } = this.#context
    const { model, provider } = this.#step
    const { logId } = this.#record
    if (logId !== undefined) exchange.setHeader('cf-aig-log-id', logId)
    exchange.setHeader('cf-aig-request-id', exchange.id)
    exchange.setHeader('cf-aig-event-id', printable(eventId))
    exchange.setHeader('cf-aig-cache-status', cache)
    exchange.setHeader('cf-aig-step', String(this.#index))
    if (model !== '') exchange.setHeader('cf-aig-model', printable(model))
    exchange.setHeader('cf-aig-provider', printable(provider))
  }
}

/** Behind the last event that fits, or the first where none does: between two pieces something else may be said. */
function endOfPiece(body: Uint8Array, from: number): number {
  const most = from + REPLAYED_BYTES
  if (body.length <= most) return body.length
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const last = bytes.lastIndexOf(END_OF_EVENT, most - END_OF_EVENT.length)
  const end = last > from ? last : bytes.indexOf(END_OF_EVENT, most - 1)
  return end === -1 ? body.length : end + END_OF_EVENT.length
}

/** Whether the same question may be answered another time. */
function mayHelp({ code, status }: ApiError): boolean {
  return !FINAL.has(code) && (status === 408 || status === 409 || status === 429 || status >= 500)
}

/** Nobody waits any more, or the account has nothing left. */
const FINAL: ReadonlySet<ApiError['code']> = new Set([
  'client_closed',
  'shutting_down',
  'quota_exceeded',
  'account_suspended',
  'gateway_spend_limit',
])
