/** What is written of one step of a gated answer: its log, what it cost its gateway, and its line in the request log where nobody was asked. */

import { NANO_PER_UNIT, type Nano } from '../records/money.ts'
import type { ApiError } from '@moonbase/protocol'
import type { Usage } from '@moonbase/core/generation'
import type { CachedAnswer } from '../gateways/answer-cache.ts'
import type { CustomCost } from '../gateways/gateway.ts'
import type { GatewayLog, LoggedBody } from '../gateways/gateway-log.ts'
import type { SpentOn } from '../gateways/spend-limits.ts'
import type { Inference } from '../inference/inference.ts'
import type { GatedStep } from './gated-answer.ts'
import type { GatedContext, GatedServices } from './gated-step.ts'
import { MOST_HEAD_CHARACTERS } from './step-body.ts'

/** Labels of a request record have a kilobyte. */
const MOST_LABEL_CHARACTERS = 128
const REQUEST_TYPE = 'application/json'

interface Outcome {
  readonly status: number
  readonly success: boolean
  readonly contentType: string | null
  readonly cached: boolean
  readonly usage: Usage | undefined
  readonly cost: Nano
}

export class GatedRecord {
  /** What its request record says. */
  readonly labels: Readonly<Record<string, string>>
  /** Told to the client; `undefined`: there will be no log. */
  logId: string | undefined
  readonly #context: GatedContext
  readonly #step: GatedStep
  readonly #index: number
  readonly #services: GatedServices
  readonly #beganAt: number
  readonly #on: SpentOn
  readonly #decoder = new TextDecoder()
  readonly #days: number | null
  #responseBytes = 0
  #responseHead = ''
  #responseComplete = true

  constructor(context: GatedContext, step: GatedStep, index: number, services: GatedServices) {
    const { gateway, request, caller, eventId } = context
    this.#context = context
    this.#step = step
    this.#index = index
    this.#services = services
    this.#beganAt = services.clock.now()
    this.#on = { provider: step.provider, model: step.model, metadata: request.wishes.metadata ?? {} }
    const labels = { gateway: gateway.id, gateway_step: String(index), gateway_event: eventId }
    this.labels = Object.fromEntries(
      Object.entries(labels).map(([name, value]) => [name, value.slice(0, MOST_LABEL_CHARACTERS).toWellFormed()]),
    )
    // Contents are kept where the project has them kept, and nowhere else.
    const wantsBodies = request.wishes.collectLogPayload !== false && !gateway.zdr
    this.#days = wantsBodies ? caller.key.contentRetentionDays : null
  }

  /** Decides whether there will be a log. */
  async prepare(): Promise<void> {
    const { gateway, request, caller } = this.#context
    if (!(request.wishes.collectLog ?? gateway.collectLogs)) return
    const hasRoom = await this.#services.through.logs.hasRoom(caller.key.organisation, gateway)
    if (hasRoom) this.logId = this.#services.through.logs.nextId()
  }

  /** Why nothing may be spent on it. */
  spentUp(): Promise<ApiError | undefined> {
    const { gateway, caller } = this.#context
    return this.#services.through.spent.refusal(caller.key.organisation, gateway, this.#on)
  }

  /** A piece of the reply has left, or is about to. */
  gave(piece: string | Uint8Array): void {
    this.#responseBytes += typeof piece === 'string' ? Buffer.byteLength(piece) : piece.length
    if (this.#days === null || this.logId === undefined || !this.#responseComplete) return
    const text = typeof piece === 'string' ? piece : this.#decoder.decode(piece, { stream: true })
    this.#responseHead += text
    if (this.#responseHead.length <= MOST_HEAD_CHARACTERS) return
    this.#responseHead = this.#responseHead.slice(0, MOST_HEAD_CHARACTERS).toWellFormed()
    this.#responseComplete = false
  }

  /** @param failure what a stream failed with, after its first byte */
  ended(status: number, contentType: string, running: Inference | undefined, failure?: ApiError): Promise<void> {
    const success = failure === undefined && status < 400
    return this.#write({ ...costOf(running), status, success, contentType, cached: false })
  }

  failed({ status, publicMessage }: ApiError, running: Inference | undefined): Promise<void> {
    if (this.#responseBytes === 0) this.gave(publicMessage)
    return this.#write({ ...costOf(running), status, success: false, contentType: null, cached: false })
  }

  replayed({ status, contentType, streamed, body, usage }: CachedAnswer): Promise<void> {
    const { caller, exchange, nextPart } = this.#context
    const { key } = caller
    this.gave(body)
    this.#services.inference.note(
      {
        ...nextPart(),
        caller: key,
        api: exchange.notes.api ?? '',
        class: 'interactive',
        arrivedAt: this.#beganAt,
        labels: { ...this.labels, gateway_cache: 'hit' },
        streamed,
        ...(key.contentRetentionDays === null ? {} : { asked: this.#step.wire.body() }),
      },
      'replayed',
    )
    return this.#write({ status, success: true, contentType, cached: true, usage, cost: 0 })
  }

  /** Never fails: what cannot be written is told to the operator. */
  async #write(outcome: Outcome): Promise<void> {
    const { gateway, caller, request } = this.#context
    const { through } = this.#services
    const { organisation } = caller.key
    const custom = outcome.cached ? undefined : customCost(request.wishes.customCost, outcome.usage)
    const id = this.logId
    const log =
      id === undefined
        ? undefined
        : through.logs.keep(organisation, gateway, this.#log(id, outcome, custom), this.#bodies())
    // Nobody talks a budget away: what the ledger took counts, and more where somebody says that it is more.
    const spent = Math.max(outcome.cost, custom ?? 0)
    try {
      const isAdded = await through.spent.add(organisation, gateway, this.#on, spent)
      if (!isAdded) through.onLost(new Error(`what the gateway ${gateway.id} spent could not be added up`))
    } catch (error) {
      through.onLost(error)
    }
    await log
  }

  #log(
    id: string,
    { status, success, contentType, cached, usage, cost }: Outcome,
    custom: Nano | undefined,
  ): GatewayLog {
    const { caller, request, eventId } = this.#context
    const { provider, endpoint, model, body } = this.#step
    return {
      id,
      createdAt: this.#beganAt,
      project: caller.key.project,
      eventId,
      provider: short(provider),
      model: short(model),
      path: short(endpoint),
      step: this.#index,
      cached,
      success,
      statusCode: status,
      duration: this.#services.clock.now() - this.#beganAt,
      tokensIn: usage?.prompt ?? null,
      tokensOut: usage?.completion ?? null,
      cost: (custom ?? cost) / NANO_PER_UNIT,
      customCost: custom !== undefined,
      metadata: request.wishes.metadata ?? {},
      streamed: contentType?.startsWith('text/event-stream') ?? false,
      requestContentType: REQUEST_TYPE,
      responseContentType: contentType,
      requestSize: body.size,
      responseSize: this.#responseBytes,
      feedback: null,
      score: null,
    }
  }

  #bodies() {
    if (this.#days === null) return undefined
    const { head, headComplete } = this.#step.body
    const request: LoggedBody = { text: head, complete: headComplete }
    const response: LoggedBody = { text: this.#responseHead, complete: this.#responseComplete }
    return { request, response, days: this.#days }
  }
}

/** What was settled, as far as it is. */
function costOf(running: Inference | undefined): Pick<Outcome, 'usage' | 'cost'> {
  return { usage: running?.facts.usage, cost: running?.receipt?.cost ?? 0 }
}

function customCost(said: CustomCost | undefined, usage: Usage | undefined): Nano | undefined {
  if (said === undefined) return undefined
  const units =
    'totalCost' in said
      ? said.totalCost
      : (usage?.prompt ?? 0) * said.perTokenIn + (usage?.completion ?? 0) * said.perTokenOut
  return Math.round(units * NANO_PER_UNIT)
}

/** Names that clients choose. */
const MOST_NAME_CHARACTERS = 256

function short(name: string): string {
  return name.slice(0, MOST_NAME_CHARACTERS).toWellFormed()
}
