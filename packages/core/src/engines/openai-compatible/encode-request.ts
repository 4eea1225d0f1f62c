/** The body of `POST /chat/completions` that an upstream of some flavour gets for a canonical request. */

import { type Model, findModel } from '@moonbase/protocol'
import { wordsOf } from '@moonbase/protocol/errors'
import {
  type AssistantMessage,
  type Capabilities,
  EngineError,
  type GenerationRequest,
  type ResponseFormat,
  type Tool,
  partialOf,
  textOf,
} from '../../generation/index.ts'
import { encodeMessages } from './encode-messages.ts'
import { samplingFields } from './encode-sampling.ts'
import type { Flavour } from './flavours.ts'
import { jsonPieces } from './json-pieces.ts'
import { isList, isObject } from './json-object.ts'
import type { BodyText } from './transport.ts'

export interface Encoding {
  /** The engine's name, for its errors. */
  readonly engine: string
  readonly flavour: Flavour
  readonly can: Capabilities
  /** The model's id at the upstream, which may be another one's when it stands in. */
  readonly model: string
}

/**
 * Throws an `EngineError` of kind `refused`, with the missing ability's name, for what this upstream cannot do.
 *
 * Fields that are not ours stand first, so that ours win. Every field that we own is named below, and one that must stay
 * unsaid is `undefined`, which JSON leaves out: it wins over a stray one all the same.
 */
export function encodeRequest(request: GenerationRequest, encoding: Encoding): BodyText {
  const { flavour, can, model } = encoding
  const lacks = (ability: string): EngineError => lacking(request, encoding.engine, ability)
  const partial = partialOf(request)
  if (partial !== undefined) assertGoesOn(request, partial, can, lacks)
  const prefix = partial !== undefined
  const rules = findModel(model) ?? findModel(request.model)
  const { maxCompletionTokens, extra } = request
  const sampling = samplingFields(request, flavour, rules)
  const { thinking, variables } = thinkingFields(request, encoding, rules, prefix)
  // One literal without spreads: made so for each request, it costs a third of what a growing object does.
  const fields = {
    model,
    messages: encodeMessages(request.messages, { flavour, can, lacks }),
    stream: !request.whole,
    stream_options: request.whole ? undefined : { include_usage: true },
    max_tokens: flavour.budgetField === 'max_tokens' ? maxCompletionTokens : undefined,
    max_completion_tokens: flavour.budgetField === 'max_completion_tokens' ? maxCompletionTokens : undefined,
    temperature: sampling.temperature,
    top_p: sampling.top_p,
    n: sampling.n,
    presence_penalty: sampling.presence_penalty,
    frequency_penalty: sampling.frequency_penalty,
    stop: request.stop.length > 0 ? request.stop : undefined,
    // An empty list and a choice without tools are refused by vLLM.
    tools: request.tools.length > 0 ? request.tools.map((tool) => encodeTool(tool, flavour, lacks)) : undefined,
    tool_choice: request.tools.length > 0 ? toolChoiceField(request) : undefined,
    // A grammar would begin the document anew behind a prefix of it, and Moonshot asks not to send both.
    response_format: hasText(partial) ? undefined : responseFormatField(request.responseFormat),
    prompt_cache_key: flavour.hints ? request.promptCacheKey : undefined,
    safety_identifier: flavour.hints ? request.safetyIdentifier : undefined,
    thinking,
    chat_template_kwargs: variables ?? extra['chat_template_kwargs'],
  }
  const goesOn = prefix && flavour.prefix !== 'partial' ? flavour.prefix.fields : NOTHING
  if (isEmpty(extra) && isEmpty(flavour.always) && isEmpty(goesOn)) return jsonPieces(fields)
  return jsonPieces({ ...extra, ...flavour.always, ...fields, ...goesOn })
}

const NOTHING = {}

function isEmpty(fields: object): boolean {
  for (const _ in fields) return false
  return true
}

interface ThinkingFields {
  readonly thinking: object | undefined
  /** Of the chat template, where this flavour sets them. */
  readonly variables: object | undefined
}

function thinkingFields(
  request: GenerationRequest,
  { flavour, model }: Encoding,
  rules: Model | undefined,
  prefix: boolean,
): ThinkingFields {
  const way = typeof flavour.thinking === 'function' ? flavour.thinking(model) : flavour.thinking
  if (way === 'thinking') {
    // Models that always or never think refuse the switch, or take one value of it.
    const hasSwitch = rules === undefined || rules.thinking === 'switch'
    return {
      thinking: hasSwitch ? { type: request.thinking ? 'enabled' : 'disabled' } : undefined,
      variables: undefined,
    }
  }
  const thinking = request.thinking && !(prefix && flavour.prefix !== 'partial')
  if (thinking && way !== 'template') return { thinking: undefined, variables: undefined }
  // Other variables of the template that a client sent travel along.
  const sent = request.extra['chat_template_kwargs']
  const variables: Record<string, unknown> = isObject(sent) && !isList(sent) ? { ...sent } : {}
  for (const name of flavour.thinkingVariables) variables[name] = thinking
  return { thinking: way === 'both-off' ? { type: 'disabled' } : undefined, variables }
}

/** The refusal of what this upstream cannot do, with the words for the client. */
export function lacking({ model }: GenerationRequest, engine: string, ability: string): EngineError {
  return new EngineError('refused', `lacks ${ability}`, {
    engine,
    publicMessage: wordsOf('engine_lacks', { model, ability }),
  })
}

function hasText(partial: AssistantMessage | undefined): boolean {
  return partial !== undefined && textOf(partial.content) !== ''
}

/** By chat an answer goes on from its text alone, and with Moonshot's mark from its thought. */
function assertGoesOn(
  { thinking }: GenerationRequest,
  { content, reasoning = '', toolCalls }: AssistantMessage,
  can: Capabilities,
  lacks: (ability: string) => EngineError,
): void {
  if (toolCalls.length > 0) throw lacks('going on in a tool call')
  const inThought = thinking && reasoning !== '' && textOf(content) === ''
  if (inThought && !can.resumes.reasoning) throw lacks('going on in a thought')
  if (!inThought && !can.partial) throw lacks('partial mode')
}

function encodeTool(tool: Tool, flavour: Flavour, lacks: (ability: string) => EngineError): unknown {
  if (tool.type === 'function') {
    const { name, description, parameters, strict } = tool
    return { type: 'function', function: { name, description, parameters, strict } }
  }
  if (!flavour.builtinTools) throw lacks(`the builtin tool ${tool.name}`)
  return { type: 'builtin_function', function: { name: tool.name } }
}

/** `auto` is what every upstream does when told nothing. */
function toolChoiceField({ toolChoice }: GenerationRequest): unknown {
  if (toolChoice === 'auto') return undefined
  return typeof toolChoice === 'string' ? toolChoice : { type: 'function', function: { name: toolChoice.name } }
}

function responseFormatField(format: ResponseFormat): unknown {
  if (format.type === 'text') return undefined
  if (format.type === 'json_object') return { type: 'json_object' }
  const { name, description, strict, schema } = format
  return { type: 'json_schema', json_schema: { name, description, strict, schema } }
}
