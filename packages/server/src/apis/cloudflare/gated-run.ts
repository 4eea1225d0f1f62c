/**
 * Runs that go through a gateway: those of the binding whose options name one, and on REST those of models that the platform
 * itself reaches through one. Its cache, limits, log and headers are those of every other way through it.
 */

import type { WireRequest } from '@moonbase/core/dialects'
import {
  type ReadRun,
  type RunForm,
  gatewayOption,
  namedModel,
  pathRun,
  workersAi,
} from '@moonbase/core/dialects/workers-ai'
import { mediaFromUrl } from '@moonbase/core/generation'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { wishesOfHeaders, wishesOfOptions } from '../../gateways/gateway-wishes.ts'
import type { Exchange } from '../../http/exchange.ts'
import { answer } from '../answer.ts'
import type { Caller } from '../api.ts'
import { type AnswerRoute, type GatedRequest, gatedAnswer } from '../gated-answer.ts'
import type { GatedServices } from '../gated-step.ts'
import type { AnswerServices } from '../start-answer.ts'
import { bodyOfJson } from '../step-body.ts'
import { wireRequest } from '../wire-request.ts'
import { PLAIN_JSON } from './refusals.ts'

export type GatedRunServices = AnswerServices & GatedServices

/** Which gateway a request goes through, and what it asks of it; `undefined`: through none. */
export type AskGateway = (wire: WireRequest, model: string) => Pick<GatedRequest, 'gateway' | 'wishes'> | undefined

export interface RunWay {
  /** The name of the API. */
  readonly api: string
  readonly read: ReadRun
  readonly form: RunForm
  readonly gateway: AskGateway
}

/** A run of either kind. It is read first: only then is it known which gateway it names, and what is alike in it. */
export function gatedRun({ api, read, form, gateway }: RunWay, services: GatedRunServices): AnswerRoute {
  const run = answer(workersAi(pathRun, form, mediaFromUrl), { api, contentType: PLAIN_JSON }, services)
  const gated = gatedAnswer(services)
  return async (exchange: Exchange, caller: Caller<KeyAccount>): Promise<void> => {
    const sent = await wireRequest(exchange, caller.key.organisation, caller.parameters, services.parsing)
    const { model, inputs } = read(sent)
    const asked = gateway(sent, model)
    const wire: WireRequest = { ...sent, parameters: { '*': model }, body: () => inputs }
    if (asked === undefined) {
      return run(exchange, { ...caller, parameters: wire.parameters, part: { parent: null, wire } })
    }
    const step = {
      provider: providerOf(model),
      endpoint: `run/${model}`,
      model,
      wire,
      body: bodyOfJson(inputs),
      answer: run,
    }
    // Who calls the binding or REST has shown the platform's own key.
    await gated(exchange, caller, { ...asked, authenticated: true, steps: [step] })
  }
}

/** `{gateway: {id, …}}` of the binding's options. */
export const gatewayOfOptions: AskGateway = (wire) => {
  const options = gatewayOption(wire)
  return options === undefined ? undefined : { gateway: String(options['id']), wishes: wishesOfOptions(options) }
}

/** On REST a header names it; models of others go through `default` without one, the platform's own through none. */
export const gatewayOfHeader: AskGateway = (wire, model) => {
  const gateway = wire.header('cf-aig-gateway-id') ?? (isProxied(model) ? DEFAULT_GATEWAY : undefined)
  return gateway === undefined ? undefined : { gateway, wishes: wishesOfHeaders((name) => wire.header(name)) }
}

const DEFAULT_GATEWAY = 'default'

function isProxied(model: string): boolean {
  const { asked, hosted } = namedModel(model)
  return !hosted && asked.includes('/')
}

/** As logs and spend limits have it: the platform itself, or the model's author. */
function providerOf(model: string): string {
  const { asked, hosted } = namedModel(model)
  return hosted || !asked.includes('/') ? 'workers-ai' : asked.slice(0, asked.indexOf('/'))
}
