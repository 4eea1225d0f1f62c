/** `GET /v1/models` and `GET /v1/models/{id}` as this wire has them. */

import type { ModelTable } from '@moonbase/core/routing'
import { type Model, apiError } from '@moonbase/protocol'
import type { KeyAccount } from '../../accounts/accounts.ts'
import type { Exchange } from '../../http/exchange.ts'
import { sendJson } from '../../http/send-json.ts'
import type { Caller } from '../api.ts'

const DEFAULT_LIMIT = 20
const MOST_LISTED = 1000

/** A page of the models that an engine serves here, the newest first. */
export function listMessageModels(models: Pick<ModelTable, 'list'>) {
  return (exchange: Exchange): void => {
    const query = new URLSearchParams(exchange.query)
    const limit = limitOf(query.get('limit'))
    const all = models.list().toSorted((one, other) => other.created - one.created)
    const place = (id: string | null): number => all.findIndex((model) => model.id === id)
    const after = place(query.get('after_id'))
    const before = place(query.get('before_id'))
    const ahead = before === -1 ? all.slice(after + 1) : all.slice(0, before)
    const page = before === -1 ? ahead.slice(0, limit) : ahead.slice(-limit)
    sendJson(exchange, 200, {
      data: page.map(describe),
      first_id: page[0]?.id ?? null,
      has_more: page.length < ahead.length,
      last_id: page.at(-1)?.id ?? null,
    })
  }
}

export function showMessageModel(models: Pick<ModelTable, 'find'>) {
  return (exchange: Exchange, { parameters }: Caller<KeyAccount>): void =>
    sendJson(exchange, 200, describe(models.find(parameters['id'] ?? '').model))
}

function limitOf(text: string | null): number {
  if (text === null) return DEFAULT_LIMIT
  const limit = Number(text)
  if (Number.isInteger(limit) && limit >= 1 && limit <= MOST_LISTED) return limit
  throw apiError('invalid_request', { details: `limit: Input should be an integer from 1 to ${MOST_LISTED}` })
}

/** What the model can do here, in the fields of the SDK's own model. */
function describe(model: Model): object {
  const { id, created, contextLength, retired, images, thinking } = model
  const thinks = thinking !== 'never'
  return {
    type: 'model',
    id,
    display_name: id,
    created_at: rfc3339(created * 1000),
    deprecated_at: null,
    // Whoever has its weights serves it for as long as he likes.
    lifecycle: 'active',
    line: null,
    max_input_tokens: contextLength,
    // Prompt and answer share the window.
    max_tokens: contextLength,
    retires_at: retired === null ? null : rfc3339(Date.parse(`${retired}T00:00:00Z`)),
    capabilities: {
      batch: NO,
      citations: NO,
      code_execution: NO,
      context_management: {
        supported: false,
        clear_thinking_20251015: null,
        clear_tool_uses_20250919: null,
        compact_20260112: null,
      },
      effort: { supported: false, low: NO, medium: NO, high: NO, max: NO, xhigh: null },
      image_input: { supported: images },
      pdf_input: NO,
      structured_outputs: { supported: true },
      thinking: {
        supported: thinks,
        types: {
          adaptive: { supported: thinks },
          between_tools: { supported: thinks },
          disabled: { supported: thinking !== 'always' },
          enabled: { supported: thinks },
        },
      },
    },
  }
}

const NO = { supported: false }

function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z')
}
