/** The body of `POST /chat/completions` that an upstream of some flavour gets for a canonical request. */

import { type Model, type SamplingRules, findModel, wordsOf } from '@moonbase/protocol'
import {
  type Capabilities,
  EngineError,
  type GenerationRequest,
  type ResponseFormat,
  type Tool,
  partialOf,
} from '../../generation/index.ts'
import { encodeMessages } from './encode-messages.ts'
import type { Flavour } from './flavours.ts'
import { isList, isObject } from './json-object.ts'

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
export function encodeRequest(request: GenerationRequest, encoding: Encoding): string {
  const { flavour, can, model } = encoding
  const lacks = (ability: string): EngineError =>
    new EngineError('refused', `lacks ${ability}`, {
      engine: encoding.engine,
      publicMessage: wordsOf('engine_lacks', { model: request.model, ability }),
    })
  const prefix = partialOf(request) !== undefined
  if (prefix && !can.partial) throw lacks('partial mode')
  const rules = findModel(model) ?? findModel(request.model)
  const { maxCompletionTokens } = request
  return JSON.stringify({
    ...request.extra,
    model,
    messages: encodeMessages(request.messages, { flavour, can, lacks }),
    stream: !request.whole,
    stream_options: request.whole ? undefined : { include_usage: true },
    max_tokens: flavour.budgetField === 'max_tokens' ? maxCompletionTokens : undefined,
    max_completion_tokens: flavour.budgetField === 'max_completion_tokens' ? maxCompletionTokens : undefined,
    ...samplingFields(request, flavour, rules),
    stop: request.stop.length > 0 ? request.stop : undefined,
    // An empty list and a choice without tools are refused by vLLM.
    tools: request.tools.length > 0 ? request.tools.map((tool) => encodeTool(tool, flavour, lacks)) : undefined,
    tool_choice: request.tools.length > 0 ? toolChoiceField(request) : undefined,
    response_format: responseFormatField(request.responseFormat),
    prompt_cache_key: flavour.hints ? request.promptCacheKey : undefined,
    safety_identifier: flavour.hints ? request.safetyIdentifier : undefined,
    ...thinkingFields(request, flavour, rules, prefix),
    ...(prefix && flavour.prefix === 'continue' ? { continue_final_message: true, add_generation_prompt: false } : {}),
  })
}

function samplingFields(request: GenerationRequest, flavour: Flavour, rules: Model | undefined): object {
  const { temperature, topP, n, presencePenalty, frequencyPenalty } = request.sampling
  const fields = {
    temperature,
    top_p: topP,
    n: n === 1 ? undefined : n,
    presence_penalty: presencePenalty,
    frequency_penalty: frequencyPenalty,
  }
  if (flavour.sampling === 'explicit') return fields
  // A model that the catalogue does not know is one of the later ones, and all of those fix their sampling.
  const sampling = request.thinking ? rules?.sampling.thinking : rules?.sampling.instant
  const said = (field: keyof SamplingRules): unknown =>
    sampling === undefined || 'fixed' in sampling[field] ? undefined : fields[field]
  return {
    temperature: said('temperature'),
    top_p: said('top_p'),
    n: said('n'),
    presence_penalty: said('presence_penalty'),
    frequency_penalty: said('frequency_penalty'),
  }
}

function thinkingFields(
  request: GenerationRequest,
  flavour: Flavour,
  rules: Model | undefined,
  prefix: boolean,
): object {
  if (flavour.thinking === 'thinking') {
    // Models that always or never think refuse the switch, or take one value of it.
    const hasSwitch = rules === undefined || rules.thinking === 'switch'
    return { thinking: hasSwitch ? { type: request.thinking ? 'enabled' : 'disabled' } : undefined }
  }
  const thinking = request.thinking && !(prefix && flavour.prefix === 'continue')
  if (thinking && flavour.thinking === 'template-off') return { thinking: undefined }
  // Other variables of the template that a client sent travel along.
  const sent = request.extra['chat_template_kwargs']
  const variables = isObject(sent) && !isList(sent) ? sent : {}
  return { thinking: undefined, chat_template_kwargs: { ...variables, thinking } }
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
