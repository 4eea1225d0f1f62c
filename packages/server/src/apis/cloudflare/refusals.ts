/** Refusals as Cloudflare's clients read them: the binding its own body, REST the envelope, OpenAI's clients both. */

import { bindingError, chatError, envelope, namedModel, platformFault } from '@moonbase/core/dialects/workers-ai'
import type { ApiError } from '@moonbase/protocol'
import type { Exchange } from '../../http/exchange.ts'
import { sayRefusal } from '../refuse.ts'

/** Letter by letter: with a charset behind it the binding gives its caller a stream in place of an object. */
export const PLAIN_JSON = 'application/json'

export function sendPlain(exchange: Pick<Exchange, 'send'>, status: number, body: unknown): void {
  exchange.send(status, PLAIN_JSON, JSON.stringify(body))
}

/** @param model as it was asked for, where that is known */
export function refuseBinding(error: ApiError, exchange: Exchange, model: string | undefined): void {
  sayRefusal(error, exchange)
  const fault = faultOf(error, exchange, model)
  sendPlain(exchange, fault.status, bindingError(fault))
}

export function refuseRest(error: ApiError, exchange: Exchange, model: string | undefined): void {
  sayRefusal(error, exchange)
  const fault = faultOf(error, exchange, model)
  sendPlain(exchange, fault.status, envelope(fault))
}

export function refuseChat(error: ApiError, exchange: Exchange): void {
  sayRefusal(error, exchange)
  const fault = faultOf(error, exchange, undefined)
  sendPlain(exchange, fault.status, chatError(error, fault))
}

function faultOf(error: ApiError, { method }: Exchange, model: string | undefined) {
  const fault = platformFault(error, model !== undefined && namedModel(model).hosted)
  // Word for word what was captured of it.
  if (error.code !== 'method_not_allowed') return fault
  return { ...fault, message: `${method.slice(0, 16)} not supported for requested URI.` }
}
