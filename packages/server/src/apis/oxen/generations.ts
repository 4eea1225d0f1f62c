/** `GET /generations` and `GET /generations/{id}`: what a project has asked by this API, with what it cost, out of the request log. */

import { modelId } from '@moonbase/core/dialects/oxen'
import { apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import { admissionError } from '../../admission/limit-errors.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import { unitsText } from '../../records/money.ts'
import type { RequestRecord } from '../../records/request-record.ts'
import type { UsageReader } from '../../usage/usage-reader.ts'
import type { Caller } from '../api.ts'
import { GENERATION_STATES, generationState, generationView } from './generation-view.ts'
import { queryOf, wholeNumber } from './query-of.ts'

export interface GenerationParts {
  readonly usage: Pick<UsageReader, 'requests' | 'request'>
  readonly now: () => number
}

const USUAL_PAGE = 50
const MOST_PAGE = 1_000

/** What is counted and summed up: so many of the newest, and of so many days. Beyond them is the admin API. */
const MOST_RECORDS = 5_000
const HISTORY_MS = 90 * 86_400_000

const MEDIA_TYPES: readonly string[] = ['text', 'image', 'video']

/** @param api of which the requests are */
export function listGenerations({ usage, now }: GenerationParts, api: string) {
  return async (exchange: Exchange, { key }: Caller<KeyAccount>): Promise<void> => {
    const query = queryOf(exchange)
    const page = wholeNumber(query('page'), 'page', 1, 1_000_000)
    const size = wholeNumber(query('page_size'), 'page_size', USUAL_PAGE, MOST_PAGE)
    const state = oneOf(query('status'), 'status', GENERATION_STATES)
    const medium = oneOf(query('media_type'), 'media_type', MEDIA_TYPES)
    const model = query('model')
    // Nothing of ours lies in a repository, and nobody has another's namespace.
    const isElsewhere = query('repo') !== undefined || query('folder') !== undefined
    const isOthers = query('namespace') !== undefined && query('namespace') !== key.organisation
    const isNone = isElsewhere || isOthers || (medium !== undefined && medium !== 'text')
    const { records, more } = isNone ? NONE : await recordsOf(usage, key, api, model, now())
    const found = state === undefined ? records : records.filter((record) => generationState(record) === state)
    const shown = found.slice((page - 1) * size, page * size)
    const cost = found.reduce((sum, record) => sum + record.cost, 0)
    sendJson(exchange, 200, {
      count: shown.length,
      generations: shown.map(generationView),
      page_number: page,
      page_size: size,
      total_pages: Math.ceil(found.length / size),
      total_entries: found.length,
      total_cost: cost === 0 ? null : unitsText(cost),
      // Not documented, and only where it is so: there are older ones that are not in these sums.
      ...(more ? { more: true } : {}),
    })
  }
}

/** The id is that of the reply, with or without `chatcmpl-` in front of it. */
export function showGeneration({ usage }: GenerationParts, api: string) {
  return async (exchange: Exchange, { key, parameters }: Caller<KeyAccount>): Promise<void> => {
    const asked = parameters['id'] ?? ''
    const id = asked.replace(/^chatcmpl-/, '')
    const found = await told(usage.request(id, key.organisation), key)
    if (found === undefined || found.project !== key.project || found.api !== api) {
      throw apiError('account_not_found', { kind: 'generation', id: asked.slice(0, MOST_SHOWN) })
    }
    sendJson(exchange, 200, {
      status: 'success',
      status_message: 'resource_found',
      generation: generationView(found),
    })
  }
}

const MOST_SHOWN = 64
const NONE = { records: [] as readonly RequestRecord[], more: false } as const

async function recordsOf(
  usage: GenerationParts['usage'],
  key: KeyAccount,
  api: string,
  model: string | undefined,
  now: number,
): Promise<{ readonly records: readonly RequestRecord[]; readonly more: boolean }> {
  const named = model === undefined ? {} : { model: modelId(model) }
  const filter = { organisation: key.organisation, project: key.project, api, ...named }
  const range = { filter, from: now - HISTORY_MS, to: now + 1, limit: MOST_RECORDS + 1 }
  const records = await told(usage.requests(range), key)
  return { records: records.slice(0, MOST_RECORDS), more: records.length > MOST_RECORDS }
}

function oneOf<Choice extends string>(
  value: string | undefined,
  name: string,
  choices: readonly Choice[],
): Choice | undefined {
  if (value === undefined) return undefined
  const found = choices.find((choice) => choice === value)
  if (found === undefined)
    throw apiError('invalid_request', { details: `${name} must be one of ${choices.join(', ')}` })
  return found
}

async function told<Value>(asked: Promise<Value>, key: KeyAccount): Promise<Value> {
  return asked.catch((error: unknown) => {
    throw admissionError(error, key)
  })
}
