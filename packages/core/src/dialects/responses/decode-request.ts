/** From the body of a request to the canonical draft, and to what its answer has to say of it. */

import { type LeniencyNote, type LenientSwitch, type SamplingRule, findModel } from '@moonbase/protocol'
import { apiErrorWith } from '@moonbase/protocol/errors'
import type { RequestDraft, ResponseFormat, ToolChoice } from '../../generation/index.ts'
import { type Earlier, decodeInput } from './decode-input.ts'
import { type ItemParts, decodeItems } from './decode-items.ts'
import { type DecodedTools, decodeToolChoice, decodeTools } from './decode-tools.ts'
import type { AnyItem } from './item.ts'
import type { ResponseIdentity } from './item-ids.ts'
import { type AskedFields, readFields } from './request-fields.ts'
import { type Fields, refuse } from './shape.ts'
import type { ToolNames } from './tool-names.ts'

/** What an answer has to know of its request, and no more: it may take minutes, and a conversation may be megabytes. */
export interface AskedResponse {
  readonly identity: ResponseIdentity
  readonly store: boolean
  /** It was to be kept, and is too large. */
  readonly unkept: boolean
  readonly background: boolean
  /** Drops what is oldest where the window has no room for all. */
  readonly truncate: boolean
  readonly previous: string | undefined
  readonly names: ToolNames
  /** Where the thought is told: in the summary, or as it is. */
  readonly summary: boolean
  /** Thoughts come sealed as well. */
  readonly sealed: boolean
  /** The model may have thought, also where it says nothing of it. */
  readonly thinks: boolean
  /** No more than one call of an answer is given out. */
  readonly oneCall: boolean
  /** What a response says of its request, in the order of the wire. */
  readonly echo: Fields
}

export interface DecodedBody {
  readonly draft: RequestDraft
  readonly stream: boolean
  readonly leniency: readonly LeniencyNote[]
  readonly asked: AskedResponse
  /** Of this request alone, each with an id. */
  readonly input: readonly AnyItem[]
}

export interface BodyParts extends ItemParts {
  readonly identity: ResponseIdentity
  readonly earlier: Earlier
  /** Whether there is room to keep so much. */
  readonly keeps: (input: readonly AnyItem[]) => boolean
}

/** @throws ApiError that names what is wrong with the body */
export function decodeBody(body: unknown, lenient: ReadonlySet<LenientSwitch>, parts: BodyParts): DecodedBody {
  const { fields, unknown } = readFields(body)
  const { identity, earlier } = parts
  const input = decodeInput(fields.input, identity.id, earlier.find)
  if (fields.input === undefined && fields.previous === undefined) throw refuse('input', 'is required')
  const store = fields.store && parts.keeps(input)
  if (fields.background && !store) throw refuse('input', 'is too large to be kept, which background needs')
  const tools = decodeTools(fields.tools)
  const { choice, tools: offered } = decodeToolChoice(fields.toolChoice, tools)
  const { messages, leftOut } = decodeItems(fields, allItems(earlier.items, input), parts)
  const ignored = [...unknown, ...tools.leftOut, ...leftOut]
  assertMayIgnore(ignored, lenient)
  const thinking = decodeThinking(fields, choice)
  const draft: RequestDraft = {
    model: fields.model,
    messages,
    tools: offered,
    toolChoice: choice,
    thinking,
    maxCompletionTokens: fields.maxOutputTokens,
    stop: [],
    responseFormat: fields.format,
    sampling: {
      ...(fields.temperature === undefined ? {} : { temperature: fields.temperature }),
      ...(fields.topP === undefined ? {} : { topP: fields.topP }),
    },
    ...(fields.promptCacheKey === undefined ? {} : { promptCacheKey: fields.promptCacheKey }),
    ...(fields.safetyIdentifier === undefined ? {} : { safetyIdentifier: fields.safetyIdentifier }),
    whole: !fields.stream,
    extra: {},
  }
  return {
    draft,
    input,
    stream: fields.stream,
    leniency: ignored.map((field) => ({ switch: 'ignore-unknown-fields', field })),
    asked: {
      identity,
      store,
      unkept: fields.store && !store,
      background: fields.background,
      truncate: fields.truncation === 'auto',
      previous: fields.previous,
      names: tools.names,
      summary: fields.summary !== undefined,
      // Whoever keeps nothing here has to get it with the item.
      sealed: fields.include.has('reasoning.encrypted_content') || !store,
      thinks: thinking !== false,
      oneCall: fields.parallelToolCalls === false,
      echo: echoOf(fields, store, tools, thinking),
    },
  }
}

function* allItems(earlier: readonly AnyItem[], input: readonly AnyItem[]): Generator<readonly [AnyItem, string]> {
  for (const item of earlier) yield [item, `the item ${String(item['id'])}`]
  for (const [place, item] of input.entries()) yield [item, `input[${place}]`]
}

/** Tools that nobody runs here, their traces, and hints that no model here takes: left out, and named in a header. */
function assertMayIgnore(ignored: readonly string[], lenient: ReadonlySet<LenientSwitch>): void {
  const [first] = ignored
  if (first === undefined || lenient.has('ignore-unknown-fields')) return
  const field = first.slice(0, 64)
  throw apiErrorWith('unknown_field', { field: { name: field } }, { field })
}

/** A model that is made to call a tool cannot think: whoever asks for that, and says nothing of reasoning, gets it without. */
function decodeThinking({ effort }: AskedFields, choice: ToolChoice): boolean | undefined {
  if (effort !== undefined) return effort !== 'none'
  return choice === 'auto' || choice === 'none' ? undefined : false
}

function echoOf(fields: AskedFields, store: boolean, tools: DecodedTools, thinking: boolean | undefined): Fields {
  const sampling = samplingOf(fields, thinking)
  return {
    background: fields.background,
    instructions: fields.instructions ?? null,
    max_output_tokens: fields.maxOutputTokens ?? null,
    max_tool_calls: fields.maxToolCalls ?? null,
    metadata: fields.metadata,
    model: fields.model,
    parallel_tool_calls: fields.parallelToolCalls ?? true,
    previous_response_id: fields.previous ?? null,
    prompt_cache_key: fields.promptCacheKey ?? null,
    reasoning: { effort: fields.effort ?? (thinking === false ? 'none' : null), summary: fields.summary ?? null },
    safety_identifier: fields.safetyIdentifier ?? null,
    service_tier: 'default',
    store,
    temperature: sampling.temperature,
    text: { format: formatShown(fields.format), verbosity: 'medium' },
    tool_choice: fields.toolChoice ?? 'auto',
    tools: tools.shown,
    top_logprobs: 0,
    top_p: sampling.topP,
    truncation: fields.truncation,
    user: fields.user ?? null,
  }
}

/** What holds: most of these models fix the values, whatever was asked. */
function samplingOf(
  fields: AskedFields,
  thinking = true,
): { readonly temperature: number | null; readonly topP: number | null } {
  const { temperature = null, topP = null } = fields
  const model = findModel(fields.model)
  if (model === undefined) return { temperature, topP }
  const rules = thinking && model.thinking !== 'never' ? model.sampling.thinking : model.sampling.instant
  return { temperature: valueOf(rules.temperature, temperature), topP: valueOf(rules.top_p, topP) }
}

function valueOf(rule: SamplingRule, asked: number | null): number {
  return 'fixed' in rule ? rule.fixed : (asked ?? rule.default)
}

function formatShown(format: ResponseFormat): Fields {
  return format.type === 'json_schema' ? { ...format } : { type: format.type }
}
