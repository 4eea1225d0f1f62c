/**
 * What the class behind `env.AI` asks, wherever it is asked from: its paths are its own, below a host that is made up.
 * Source: the class itself, in workerd.
 */

import { MODEL_HEADER, bindingRun, workersAi } from '@moonbase/core/dialects/workers-ai'
import { mediaFromUrl } from '@moonbase/core/generation'
import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { answer } from '../answer.ts'
import type { Caller, Route } from '../api.ts'
import { type MarkdownServices, bindingMarkdown, supportedFormats } from './convert-documents.ts'
import { counted } from './counted-stream.ts'
import { type GatedRunServices, gatedRun, gatewayOfOptions } from './gated-run.ts'
import { PLAIN_JSON, sendPlain } from './refusals.ts'
import { resumeRun } from './resume-run.ts'
import { type SearchServices, searchModels } from './search-models.ts'

export interface BindingServices extends GatedRunServices, MarkdownServices, SearchServices {}

/** @param api the name of the API that has them */
export function bindingRoutes(api: string, services: BindingServices): readonly Route<KeyAccount>[] {
  const { models, streams } = services
  const dialect = workersAi(bindingRun, 'binding', mediaFromUrl)
  const run = countedRun(answer(dialect, { api, contentType: PLAIN_JSON }, services))
  const gated = gatedRun({ api, read: bindingRun, form: 'binding', gateway: gatewayOfOptions }, services)
  return [
    { method: 'POST', path: '/run', answer: run },
    { method: 'POST', path: '/ai-gateway/run', answer: countedRun(gated) },
    { method: 'GET', path: '/run', answer: noSocket },
    { method: 'GET', path: '/ai-gateway/run', answer: noSocket },
    { method: 'GET', path: '/ai-gateway/gateways/:gateway/run/:run/resume', answer: resumeRun(streams) },
    {
      method: 'GET',
      path: '/ai-api/models/search',
      answer: (exchange) => sendPlain(exchange, 200, { result: searchModels(models, exchange.query) }),
    },
    { method: 'POST', path: '/to-everything/markdown/transformer', answer: bindingMarkdown(services) },
    {
      method: 'GET',
      path: '/to-everything/markdown/supported',
      answer: (exchange) => sendPlain(exchange, 200, { result: supportedFormats() }),
    },
  ]
}

/** The model that a run asks for. */
export function askedModel(exchange: Pick<Exchange, 'header'>): string | undefined {
  return exchange.header(MODEL_HEADER)
}

export type RunRoute = (exchange: Exchange, caller: Caller<KeyAccount>) => Promise<void>

/** A run is known by an id of its own, and its stream is one that may be resumed. */
export function countedRun(route: RunRoute): RunRoute {
  return (exchange, caller) => {
    exchange.setHeader('cf-ai-req-id', exchange.id)
    return route(counted(exchange), caller)
  }
}

/** With `websocket: true` the binding asks for one, and takes any other reply for what it is. */
function noSocket(): never {
  throw apiError('invalid_request', { details: 'websocket: runs are answered over HTTP only' })
}
