/**
 * Which engine a list of models comes from. Each writes a name of its own into `owned_by`: vLLM `vllm`, SGLang `sglang`,
 * llama-server `llamacpp`, LM Studio `organization_owner`, Ollama the namespace of the model, `library` for its own. The
 * server of KTransformers writes none, and a `name` beside each id; its newer one is SGLang.
 */

import type { Flavour } from '../configuration/index.ts'

export interface Recognised {
  readonly name: string
  readonly flavour: Flavour
  /** What one more question decides. */
  readonly ask?: 'ollama-version' | 'sglang-parsers'
}

export interface ModelList {
  readonly ids: readonly string[]
  readonly engine: Recognised
}

const OWNERS: ReadonlyMap<unknown, Recognised> = new Map<unknown, Recognised>([
  ['vllm', { name: 'vLLM', flavour: 'vllm' }],
  ['sglang', { name: 'SGLang', flavour: 'sglang', ask: 'sglang-parsers' }],
  ['llamacpp', { name: 'llama-server', flavour: 'llama-server' }],
  ['organization_owner', { name: 'LM Studio', flavour: 'generic' }],
  ['organization-owner', { name: 'LM Studio', flavour: 'generic' }],
  ['library', { name: 'Ollama', flavour: 'generic' }],
])
const OTHER: Recognised = { name: 'a server of chat completions', flavour: 'generic', ask: 'ollama-version' }
const KTRANSFORMERS: Recognised = { name: 'KTransformers', flavour: 'ktransformers' }

/** Of a list of unbounded length. */
const MOST_IDS = 1000
const LONGEST_ID = 256

/** What `/v1/models` answered, or `undefined` when that is no list of models, or an empty one. */
export function readModelList(value: unknown): ModelList | undefined {
  if (!isFields(value) || !Array.isArray(value['data'])) return undefined
  const models = value['data'].slice(0, MOST_IDS).filter(isFields)
  const ids = models.flatMap(({ id }) => (isPrintable(id) ? [id] : []))
  if (ids.length === 0) return undefined
  const owner = models.map(({ owned_by: by }) => OWNERS.get(by)).find((known) => known !== undefined)
  const isNameless = models.every(({ name, owned_by: by }) => typeof name === 'string' && by === undefined)
  return { ids, engine: owner ?? (isNameless ? KTRANSFORMERS : OTHER) }
}

/**
 * SGLang by what it says of its own arguments: without a parser of thoughts its answers come as the model wrote them, which
 * is what the flavour `ktransformers` expects, whoever started it.
 */
export function sglangFrom(information: unknown): Recognised {
  const plain: Recognised = { name: 'SGLang', flavour: 'sglang' }
  if (!isFields(information) || !('reasoning_parser' in information)) return plain
  const isKtransformers = Object.entries(information).some(
    ([name, value]) => name.startsWith('kt_') && typeof value === 'string',
  )
  const name = isKtransformers ? KTRANSFORMERS.name : plain.name
  return { name, flavour: information['reasoning_parser'] === null ? KTRANSFORMERS.flavour : plain.flavour }
}

/** `{"version": "0.6.2"}`, as vLLM answers at `/version` and Ollama at `/api/version`. */
export function saysVersion(value: unknown): boolean {
  return isFields(value) && typeof value['version'] === 'string'
}

/** It goes into requests and onto a terminal. */
function isPrintable(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= LONGEST_ID && !/[\p{C}\p{Zl}\p{Zp}]/u.test(id)
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
