/**
 * An answer that goes through a gateway: from its cache, or from the first step that answers, within its limits, and logged.
 * It wraps the route of any dialect, from the bytes of a request to the bytes of a reply or a stream, and knows none of them.
 */

import { randomUUID } from 'node:crypto'
import type { WireRequest } from '@moonbase/core/dialects'
import { failureOf } from '@moonbase/core/inference'
import { type ApiError, apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../accounts/accounts.ts'
import type { GatewayWishes, StepWishes } from '../gateways/gateway.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Caller } from './api.ts'
import { type GatedContext, type GatedServices, GatedStepRun } from './gated-step.ts'
import type { StepBody } from './step-body.ts'

/** A route that answers, such as `answer(dialect, form, services)`. It throws what it refuses, before anything of it is given. */
export type AnswerRoute = (exchange: Exchange, caller: Caller<KeyAccount>) => Promise<void>

/** One thing to try: who is asked, with what. */
export interface GatedStep {
  /** As the log, the header `cf-aig-provider` and spend limits have it: `workers-ai`, `openai`. */
  readonly provider: string
  /** The path behind the provider, for the log. */
  readonly endpoint: string
  /** The model, as it was asked for; '' where that is not known. */
  readonly model: string
  /** What `answer` decodes. Headers of the exchange that it does not name are not looked for. */
  readonly wire: WireRequest
  /** By which requests are alike, and of which the log tells: `bodyOfBytes` before it is parsed, or `bodyOfJson`. */
  readonly body: StepBody
  readonly answer: AnswerRoute
  readonly wishes?: StepWishes
}

export interface GatedRequest {
  /** Its id. `default` is made when it is first asked for. */
  readonly gateway: string
  readonly wishes: GatewayWishes
  /** Tried in this order, until one answers. */
  readonly steps: readonly [GatedStep, ...GatedStep[]]
  /**
   * Whether who calls has shown that he may use an authenticated gateway: a binding always has, HTTP has with
   * `cf-aig-authorization`.
   */
  readonly authenticated: boolean
}

/**
 * The reply has `cf-aig-log-id`, `cf-aig-event-id`, `cf-aig-cache-status`, `cf-aig-step`, `cf-aig-model` and `cf-aig-provider`, also
 * where it is a refusal.
 *
 * @throws ApiError where no step answers, or the gateway lets nothing through; what was begun is never taken back
 */
export type GatedAnswer = (exchange: Exchange, caller: Caller<KeyAccount>, request: GatedRequest) => Promise<void>

export function gatedAnswer(services: GatedServices): GatedAnswer {
  return async (exchange, caller, request) => {
    const { gateways, rates } = services.through
    const { organisation } = caller.key
    const gateway = await gateways.find(organisation, request.gateway)
    if (gateway.authentication && !request.authenticated) throw apiError('gateway_unauthorized')
    const refusal = rates.take(organisation, gateway)
    if (refusal !== undefined) throw refusal
    const eventId = request.wishes.eventId ?? randomUUID()
    const context: GatedContext = { exchange, caller, gateway, request, eventId, nextPart: partsOf(exchange.id) }
    await firstThatAnswers(context, services)
  }
}

async function firstThatAnswers(context: GatedContext, services: GatedServices): Promise<void> {
  const { exchange, request } = context
  for (const [index, step] of request.steps.entries()) {
    const run = new GatedStepRun(context, step, index, services)
    try {
      return await run.answer()
    } catch (error) {
      const failure = failureOf(error, step.model, exchange.signal)
      const isLast = index === request.steps.length - 1
      if (!isLast && !run.given && !isOver(failure)) continue
      run.sayRefused()
      throw failure
    }
  }
}

/** Nobody waits for another step. */
function isOver({ code }: ApiError): boolean {
  return code === 'client_closed' || code === 'shutting_down'
}

/** The first part of an exchange has its id, by which clients ask; the others have it as their parent. */
function partsOf(exchange: string): GatedContext['nextPart'] {
  let isFirst = true
  return () => {
    const part = isFirst ? { id: exchange, parent: null } : { id: randomUUID(), parent: exchange }
    isFirst = false
    return part
  }
}
