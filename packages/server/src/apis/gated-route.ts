/** A route of any dialect that goes through a gateway: what it is asked is read once, and says which gateway, and how. */

import type { WireRequest } from '@moonbase/core/dialects'
import type { Exchange } from '../http/exchange.ts'
import type { AnswerRoute, GatedAnswer, GatedRequest, GatedStep } from './gated-answer.ts'
import type { AnswerServices } from './start-answer.ts'
import { type StepBody, bodyOfBytes } from './step-body.ts'
import { wireRequest } from './wire-request.ts'

export interface GateServices extends Pick<AnswerServices, 'parsing'> {
  readonly gated: GatedAnswer
}

/** Which gateway, and what the one step of the request is called there. */
export interface Gate
  extends
    Pick<GatedRequest, 'gateway' | 'wishes' | 'authenticated'>,
    Pick<GatedStep, 'provider' | 'endpoint' | 'model'> {
  /** What makes requests alike, where that is not the whole body: `bodyOfJson` of its part. */
  readonly body?: StepBody
}

/** @param gateOf `undefined`: the request goes through no gateway. Throws what it refuses */
export function gatedRoute(
  route: AnswerRoute,
  { parsing, gated }: GateServices,
  gateOf: (wire: WireRequest, exchange: Exchange) => Gate | undefined,
): AnswerRoute {
  return async (exchange, caller) => {
    const bytes = await exchange.readBody()
    // A large one is gone when it is parsed.
    const whole = bodyOfBytes(bytes)
    const read = {
      header: (name: string) => exchange.header(name),
      readBody: async () => bytes,
      signal: exchange.signal,
    }
    const wire = await wireRequest(read, caller.key.organisation, caller.parameters, parsing)
    const gate = gateOf(wire, exchange)
    if (gate === undefined) return route(exchange, { ...caller, part: { parent: null, wire } })
    const { gateway, wishes, authenticated, provider, endpoint, model, body = whole } = gate
    const step: GatedStep = { provider, endpoint, model, wire, body, answer: route }
    await gated(exchange, caller, { gateway, wishes, authenticated, steps: [step] })
  }
}
