/** `models/search`: the served models, as the platform's catalogue lists those that it runs itself. */

import { createHash } from 'node:crypto'
import { hostedName } from '@moonbase/core/dialects/workers-ai'
import type { ModelTable } from '@moonbase/core/routing'
import { type Model, apiError } from '@moonbase/protocol'

export interface SearchServices {
  readonly models: Pick<ModelTable, 'list'>
}

interface CatalogueModel {
  readonly id: string
  readonly source: number
  readonly name: string
  readonly description: string
  readonly task: { readonly id: string; readonly name: string; readonly description: string }
  readonly tags: readonly string[]
  readonly properties: readonly { readonly property_id: string; readonly value: string }[]
}

/** The platform's own models, as against fine-tunes. */
const OWN_SOURCE = 1
const AUTHOR = 'moonshotai'
const MOST_PER_PAGE = 100
const USUAL_PER_PAGE = 20

const TASK = {
  id: 'c329a1f9-323d-4e91-b2aa-582dd4188d34',
  name: 'Text Generation',
  description:
    'Family of generative text models, such as large language models (LLM), that can be adapted for a variety of natural language tasks.',
} as const

/** The words and ids that were published. */
const PUBLISHED: Readonly<Record<string, Pick<CatalogueModel, 'id' | 'description'> & { readonly window: string }>> = {
  'kimi-k2.5': {
    id: 'd7948af7-749a-4fa3-8480-2a9f4215f427',
    description:
      'Kimi K2.5 is a frontier-scale open-source model with a 256k context window, multi-turn tool calling, vision inputs, and structured outputs for agentic workloads.',
    window: '256000',
  },
}

/** @param query as it stands behind the `?`; names that nobody knows are passed over. @throws ApiError */
export function searchModels(models: Pick<ModelTable, 'list'>, query: string): CatalogueModel[] {
  const asked = new URLSearchParams(query)
  if (asked.get('format') !== null) throw apiError('invalid_request', { details: 'format is not served here' })
  const page = count(asked, 'page', 1, Number.MAX_SAFE_INTEGER)
  const perPage = count(asked, 'per_page', USUAL_PER_PAGE, MOST_PER_PAGE)
  const found = models.list().map(catalogueModel).filter(isAsked(asked))
  return found.slice((page - 1) * perPage, page * perPage)
}

function isAsked(asked: URLSearchParams): (model: CatalogueModel) => boolean {
  const search = asked.get('search')?.toLowerCase() ?? ''
  const author = asked.get('author')
  const task = asked.get('task')?.toLowerCase()
  const source = asked.get('source')
  return (model) =>
    `${model.name} ${model.description}`.toLowerCase().includes(search) &&
    (author === null || author === AUTHOR) &&
    (task === undefined || task === model.task.name.toLowerCase() || task === model.task.id) &&
    (source === null || source === String(model.source))
}

function catalogueModel(model: Model): CatalogueModel {
  const published = PUBLISHED[model.id]
  const name = hostedName(model.id)
  const properties = [
    ['async_queue', 'false'],
    ['context_window', published?.window ?? String(model.contextLength)],
    ['function_calling', 'true'],
    ['reasoning', String(model.thinking !== 'never')],
    ['vision', String(model.images)],
  ] as const
  return {
    id: published?.id ?? idOf(name),
    source: OWN_SOURCE,
    name,
    description: published?.description ?? `${model.id}, of Moonshot AI`,
    task: TASK,
    tags: [],
    properties: properties.map(([id, value]) => ({ property_id: id, value })),
  }
}

/** The same for the same name, in the form of a UUID. */
function idOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex')
  return digits.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function count(asked: URLSearchParams, name: string, usual: number, most: number): number {
  const text = asked.get(name)
  if (text === null) return usual
  const number = /^\d{1,15}$/.test(text) ? Number(text) : 0
  if (number < 1) throw apiError('invalid_request', { details: `${name} must be a positive integer` })
  return Math.min(number, most)
}
