/** Where a run stands in a request: the binding has the model in a header, REST in the path or in the body. */

import { isFields, refuse } from '@moonbase/protocol'
import type { WireRequest } from '../dialect.ts'

interface AskedRun {
  readonly model: string
  /** Not looked at yet. */
  readonly inputs: unknown
}

/** Throws an `ApiError` where there is no run to be found. */
export type ReadRun = (wire: WireRequest) => AskedRun

/** `{inputs, options}`, and the model in a header alone. */
export const bindingRun: ReadRun = (wire) => {
  const model = wire.header(MODEL_HEADER)
  if (model === undefined || model === '') throw refuse(`the header ${MODEL_HEADER} is missing`)
  const body = bodyOf(wire)
  checkOptions(body['options'])
  return { model, inputs: body['inputs'] }
}

/** The inputs alone, and the model behind `/ai/run/`, with its slashes. */
export const pathRun: ReadRun = (wire) => ({ model: wire.parameters['*'] ?? '', inputs: wire.body() })

/** `{model, input, options}`. */
export const namedRun: ReadRun = (wire) => {
  const { model, input, options } = bodyOf(wire)
  checkOptions(options)
  return { model: nameOf(model), inputs: input }
}

/** OpenAI's body. */
export const chatRun: ReadRun = (wire) => {
  const body = bodyOf(wire)
  return { model: nameOf(body['model']), inputs: body }
}

/** What the binding's options say of a gateway, where they name one. */
export function gatewayOption(wire: WireRequest): Readonly<Record<string, unknown>> | undefined {
  const { options } = bodyOf(wire)
  const gateway = isFields(options) ? options['gateway'] : undefined
  return isFields(gateway) && typeof gateway['id'] === 'string' && gateway['id'] !== '' ? gateway : undefined
}

export const MODEL_HEADER = 'cf-consn-model-id'

function bodyOf(wire: WireRequest): Readonly<Record<string, unknown>> {
  const body = wire.body()
  if (!isFields(body)) throw refuse('the body must be a JSON object')
  return body
}

function nameOf(model: unknown): string {
  if (typeof model !== 'string' || model === '') throw refuse('model is required')
  return model
}

/** What would change the answer itself; all others are the binding's own, or a gateway's. */
function checkOptions(options: unknown): void {
  if (!isFields(options)) return
  if (options['queueRequest'] === true)
    throw refuse('queueRequest: this model takes no batches, its async_queue is false')
}
