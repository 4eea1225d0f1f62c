/** From the wire of chat completions to the canonical request. */

import {
  type ChatContent,
  type ChatMessage,
  type ChatRequest,
  type ChatResponseFormat,
  type ChatTool,
  type LenientSwitch,
  type LeniencyNote,
  isFields,
  parseChatRequest,
} from '@moonbase/protocol'
import { apiError, apiErrorWith } from '@moonbase/protocol/errors'
import {
  type Content,
  type DraftMessage,
  type DraftPart,
  type ReadMedia,
  type RequestDraft,
  type ResponseFormat,
  type Sampling,
  type Tool,
  type ToolChoice,
  fetchedImage,
  refusedMedia,
} from '../../generation/index.ts'

export interface DecodedChat {
  readonly draft: RequestDraft
  readonly stream: boolean
  /** One more chunk, after the last choice has finished, that holds the usage alone. */
  readonly includeUsage: boolean
  readonly leniency: readonly LeniencyNote[]
}

/** Throws an `ApiError` that names what is wrong with the body. */
export function decodeChat(body: unknown, lenient: ReadonlySet<LenientSwitch>, readMedia: ReadMedia): DecodedChat {
  const { request, unknownFields, carried } = parseChatRequest(body, lenient)
  const [unknown] = unknownFields
  if (unknown !== undefined && !lenient.has('ignore-unknown-fields')) {
    const field = unknown.slice(0, 64)
    throw apiErrorWith('unknown_field', { field: { name: field } }, { field })
  }
  const stream = request.stream ?? false
  const draft: RequestDraft = {
    model: request.model,
    messages: decodeMessages(request, partReader(lenient, readMedia)),
    tools: (request.tools ?? []).map(decodeTool),
    toolChoice: decodeToolChoice(request),
    thinking: decodeThinking(request),
    maxCompletionTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    stop: decodeStop(request.stop),
    responseFormat: decodeResponseFormat(request.response_format),
    sampling: decodeSampling(request),
    ...(request.prompt_cache_key ? { promptCacheKey: request.prompt_cache_key } : {}),
    ...(request.safety_identifier ? { safetyIdentifier: request.safety_identifier } : {}),
    whole: !stream,
    extra: carried,
  }
  return {
    draft,
    stream,
    includeUsage: request.stream_options?.include_usage ?? false,
    leniency: [...unknownFields.map(ignored), ...readDifferently(request), ...answeredDifferently(request, lenient)],
  }
}

const ignored = (field: string): LeniencyNote => ({ switch: 'ignore-unknown-fields', field })

/** What stands elsewhere, or under another name, than the platform took it. It passed the parser, so a switch lets it. */
function readDifferently({ messages, partial }: ChatRequest): LeniencyNote[] {
  const notes: LeniencyNote[] = []
  for (const [index, { role }] of messages.entries()) {
    if (role === 'developer') notes.push({ switch: 'developer-as-system', field: `messages.${index}.role` })
  }
  if (partial === true) notes.push({ switch: 'partial-at-top', field: 'partial' })
  return notes
}

/** Said of each request that may be answered with calls: what an answer has is not known when its headers are sent. */
function answeredDifferently({ tools }: ChatRequest, lenient: ReadonlySet<LenientSwitch>): LeniencyNote[] {
  const mayCall = (tools ?? []).length > 0
  return mayCall && lenient.has('unique-call-ids') ? [{ switch: 'unique-call-ids', field: 'tool_calls.id' }] : []
}

function decodeMessages({ messages, partial }: ChatRequest, read: ReadPart): readonly DraftMessage[] {
  const decoded = messages.map((message) => decodeMessage(message, read))
  const last = decoded.at(-1)
  return partial === true && last?.role === 'assistant' ? [...decoded.slice(0, -1), { ...last, partial }] : decoded
}

function decodeMessage(message: ChatMessage, read: ReadPart): DraftMessage {
  const name = message.name ? { name: message.name } : {}
  switch (message.role) {
    case 'system':
    case 'developer':
      return { role: 'system', content: decodeContent(message.content, read), ...name }
    case 'user':
      return { role: 'user', content: decodeContent(message.content, read), ...name }
    case 'tool':
      return {
        role: 'tool',
        content: decodeContent(message.content, read),
        toolCallId: message.tool_call_id,
        ...name,
      }
    case 'assistant':
      return {
        role: 'assistant',
        content: decodeContent(message.content ?? '', read),
        toolCalls: (message.tool_calls ?? []).map((call) => ({
          id: call.id,
          builtin: call.type === 'builtin_function',
          name: call.function.name,
          arguments: call.function.arguments ?? '',
        })),
        partial: message.partial ?? false,
        ...(typeof message.reasoning_content === 'string' ? { reasoning: message.reasoning_content } : {}),
        ...name,
      }
  }
}

function decodeContent(content: ChatContent, read: ReadPart): Content<DraftPart> {
  return typeof content === 'string' ? content : content.map((part) => decodePart(part, read))
}

function decodePart(part: Exclude<ChatContent, string>[number], read: ReadPart): DraftPart {
  if (part.type === 'text') return { type: 'text', text: part.text }
  const media = part.type === 'image_url' ? part.image_url : part.video_url
  const url = typeof media === 'string' ? media : media.url
  return read(part.type === 'image_url' ? 'image' : 'video', url)
}

/** An image or a video of this URL. @throws ApiError */
type ReadPart = (type: 'image' | 'video', url: string) => DraftPart

function partReader(lenient: ReadonlySet<LenientSwitch>, readMedia: ReadMedia): ReadPart {
  return (type, url) => {
    const later = fetchedImage(type, url, lenient)
    if (later !== undefined) return later
    const media = readMedia(type, url)
    if (typeof media === 'string') throw refusedMedia(type, url, media)
    return media
  }
}

function decodeTool(tool: ChatTool): Tool {
  if (tool.type === 'builtin_function') return { type: 'builtin', name: tool.function.name }
  const { name, description, parameters, strict } = tool.function
  return {
    type: 'function',
    name,
    // Left out means no arguments, as OpenAI has it. A root that is no object is refused by the contract, with its words.
    parameters: isFields(parameters) ? parameters : (parameters ?? null) === null ? NO_ARGUMENTS : {},
    strict: strict ?? true,
    ...(description ? { description } : {}),
  }
}

const NO_ARGUMENTS = { type: 'object', properties: {} }

function decodeToolChoice({ tool_choice: choice }: ChatRequest): ToolChoice {
  if (choice === undefined || choice === null) return 'auto'
  return typeof choice === 'string' ? choice : { name: choice.function.name }
}

/**
 * The switch has four spellings, and what is said twice must agree: the platform's words are known for its own two, of which
 * Moonshot's own client sent both.
 */
function decodeThinking(request: ChatRequest): boolean | undefined {
  const { thinking, chat_template_kwargs: kwargs, reasoning_effort: effort } = request
  const said: [field: string, on: boolean | null | undefined][] = [
    ['thinking', thinking && thinking.type === 'enabled'],
    ['chat_template_kwargs.thinking', kwargs?.thinking],
    ['chat_template_kwargs.enable_thinking', kwargs?.enable_thinking],
    ['reasoning_effort', effort ? effort !== 'none' : undefined],
  ]
  let first: { readonly field: string; readonly on: boolean } | undefined
  for (const [field, on] of said) {
    if (on === undefined || on === null) continue
    if (first !== undefined && first.on !== on) {
      throw apiError('two_switches', { one: first.field, other: field })
    }
    first ??= { field, on }
  }
  return first?.on
}

function decodeStop(stop: ChatRequest['stop']): readonly string[] {
  if (stop === undefined || stop === null) return []
  return typeof stop === 'string' ? [stop] : stop
}

function decodeResponseFormat(format: ChatResponseFormat | null | undefined): ResponseFormat {
  if (format?.type !== 'json_schema') return { type: format?.type ?? 'text' }
  const { name, description, strict, schema } = format.json_schema
  return {
    type: 'json_schema',
    name,
    strict: strict ?? true,
    schema,
    ...(description ? { description } : {}),
  }
}

function decodeSampling(request: ChatRequest): Partial<Sampling> {
  const { temperature, top_p: topP, n, presence_penalty: presence, frequency_penalty: frequency } = request
  const sampling: { -readonly [Parameter in keyof Sampling]?: number } = {}
  if (typeof temperature === 'number') sampling.temperature = temperature
  if (typeof topP === 'number') sampling.topP = topP
  if (typeof n === 'number') sampling.n = n
  if (typeof presence === 'number') sampling.presencePenalty = presence
  if (typeof frequency === 'number') sampling.frequencyPenalty = frequency
  return sampling
}
