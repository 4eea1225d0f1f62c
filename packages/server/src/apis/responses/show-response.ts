/** What is kept of responses: shown, listed, cancelled, deleted; and the events of one in the background, read again. */

import { isResponseId } from '@moonbase/core/dialects/responses'
import { type ApiError, apiError, apiErrorWith } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { BackgroundResponses } from '../../responses/background-responses.ts'
import type { KeptResponse, ResponseStore } from '../../responses/response-store.ts'
import type { StreamStore } from '../../streams/stream-store.ts'
import type { Caller } from '../api.ts'
import { follow } from '../follow-stream.ts'

export interface ShowServices {
  readonly store: ResponseStore
  readonly background: BackgroundResponses
  readonly streams: StreamStore
}

type Answering = (exchange: Exchange, caller: Caller<KeyAccount>) => Promise<void>

/** `GET /v1/responses/{id}`, with `?stream=true&starting_after=N` the events of one that streams in the background. */
export function showResponse(services: ShowServices): Answering {
  return async (exchange, { key, parameters }) => {
    const query = new URLSearchParams(exchange.query)
    const kept = await find(services, key, parameters['id'])
    if (query.get('stream') === 'true') await followEvents(kept, key, query, exchange, services)
    else sendJson(exchange, 200, kept.response)
  }
}

/** `DELETE /v1/responses/{id}` */
export function deleteResponse(services: ShowServices): Answering {
  return async (exchange, { key, parameters }) => {
    const id = idOf(parameters['id'])
    services.background.drop(key.organisation, id)
    if (!(await services.store.remove(key.organisation, id))) throw apiError('response_not_found', { id })
    sendJson(exchange, 200, { id, object: 'response', deleted: true })
  }
}

/** `POST /v1/responses/{id}/cancel`: of one in the background. One that is over is shown as it ended. */
export function cancelResponse(services: ShowServices): Answering {
  return async (exchange, { key, parameters }) => {
    const kept = await find(services, key, parameters['id'])
    if (!kept.background) throw apiError('invalid_request', { details: 'Cannot cancel a synchronous response.' })
    const { response } = await services.background.cancel(key.organisation, kept)
    sendJson(exchange, 200, response)
  }
}

const DEFAULT_LIMIT = 20
const MOST_LIMIT = 100

/** `GET /v1/responses/{id}/input_items`: what the request itself brought, the last first unless asked otherwise. */
export function listInputItems(services: ShowServices): Answering {
  return async (exchange, { key, parameters }) => {
    const query = new URLSearchParams(exchange.query)
    const { id } = await find(services, key, parameters['id'])
    const items = await services.store.inputOf(key.organisation, id)
    const ordered = orderOf(query) === 'asc' ? items : items.toReversed()
    const limit = limitOf(query)
    const data = ordered.slice(placeBehind(query.get('after'), ordered)).slice(0, limit)
    const [first] = data
    const last = data.at(-1)
    sendJson(exchange, 200, {
      object: 'list',
      data,
      first_id: first?.['id'] ?? null,
      last_id: last?.['id'] ?? null,
      has_more: last !== undefined && last !== ordered.at(-1),
    })
  }
}

async function find({ store, background }: ShowServices, { organisation }: KeyAccount, id = ''): Promise<KeptResponse> {
  const kept = isResponseId(id) ? await store.find(organisation, id) : undefined
  if (kept === undefined) throw apiError('response_not_found', { id })
  return background.settled(organisation, kept)
}

function idOf(id = ''): string {
  if (!isResponseId(id)) throw apiError('response_not_found', { id })
  return id
}

async function followEvents(
  { id, stream }: KeptResponse,
  { organisation }: KeyAccount,
  query: URLSearchParams,
  exchange: Exchange,
  { streams }: ShowServices,
): Promise<void> {
  if (stream === null) throw refuse('stream', 'needs a response that was made with background: true and stream: true')
  const after = positionOf(query)
  const kept = await streams.find(stream, organisation).catch(() => undefined)
  if (kept === undefined) {
    throw refuse('stream', `is asked of ${id}, whose events are not kept here any more: ask for it without`)
  }
  await follow(streams, kept, after, exchange)
}

/** `sequence_number` counts from 0, and streams from 1. */
function positionOf(query: URLSearchParams): number {
  const text = query.get('starting_after')
  if (text === null) return 0
  if (!/^\d{1,15}$/.test(text)) throw refuse('starting_after', 'must be the sequence_number of an event')
  return Number(text) + 1
}

function orderOf(query: URLSearchParams): 'asc' | 'desc' {
  const order = query.get('order') ?? 'desc'
  if (order !== 'asc' && order !== 'desc') throw refuse('order', 'must be asc or desc')
  return order
}

function limitOf(query: URLSearchParams): number {
  const text = query.get('limit')
  if (text === null) return DEFAULT_LIMIT
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0
  if (limit < 1 || limit > MOST_LIMIT) throw refuse('limit', `must be a number from 1 to ${MOST_LIMIT}`)
  return limit
}

function placeBehind(after: string | null, items: readonly { readonly [name: string]: unknown }[]): number {
  if (after === null) return 0
  const place = items.findIndex((item) => item['id'] === after)
  if (place === -1) throw refuse('after', 'must be the id of an item of this list')
  return place + 1
}

function refuse(field: string, what: string): ApiError {
  return apiErrorWith('invalid_request', { field: { name: field } }, { details: `${field} ${what}` })
}
