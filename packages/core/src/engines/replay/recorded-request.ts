/**
 * What a cassette keeps of a request: hashes of what the model read, and enough in plain words to recognise it.
 *
 * Left out are the fields that name people or accounts (`safety_identifier`, `prompt_cache_key`, `user`, `metadata` and
 * whatever else a client sends along), and the bytes of media. What is left out here cannot decide which answer is played.
 */

import {
  type AssistantMessage,
  type Content,
  type GenerationRequest,
  type MediaPart,
  type Message,
  type ResponseFormat,
  type Tool,
  type ToolChoice,
  base64Of,
  sizeOfMedia,
  textOf,
} from '../../generation/index.ts'
import { canonicalJson } from './canonical-json.ts'

/** SHA-256 of a text in UTF-8, in lower-case hex. */
export type Sha256 = (text: string) => Promise<string>

export interface RecordedRequest {
  readonly model: string
  readonly messages: readonly RecordedMessage[]
  readonly tools: readonly RecordedTool[]
  readonly tool_choice: ToolChoice
  readonly thinking: boolean
  readonly max_completion_tokens: number
  readonly stop: readonly string[]
  readonly response_format: RecordedFormat
  readonly sampling: RecordedSampling
  /** Fields of the wire that change an answer and are nobody's. */
  readonly extra: Readonly<Record<string, unknown>>
}

export interface RecordedMessage {
  readonly role: Message['role']
  /** Of everything in the message that the model reads. */
  readonly sha256: string
  /** The first characters of its text. */
  readonly begins: string
  /** Names of the tools that it calls. */
  readonly calls?: readonly string[]
  readonly media?: readonly RecordedMedia[]
  /** The answer goes on from this message: from its text, or from inside or behind what stands here. */
  readonly partial?: PartialPlace
}

export type PartialPlace = 'text' | 'reasoning' | 'tool-calls'

export interface RecordedMedia {
  readonly type: MediaPart['type']
  readonly mime: string
  readonly bytes: number
  /** Of the bytes in base64. */
  readonly sha256: string
}

export interface RecordedTool {
  readonly name: string
  readonly sha256: string
}

export interface RecordedFormat {
  readonly type: ResponseFormat['type']
  /** Of the schema and all that belongs to it. */
  readonly sha256?: string
}

export interface RecordedSampling {
  readonly temperature: number
  readonly top_p: number
  readonly n: number
  readonly presence_penalty: number
  readonly frequency_penalty: number
}

/** Characters of a message that are kept in plain words. */
const SHOWN_CHARACTERS = 160

/**
 * Rejects with a `RangeError` for a schema that is nested too deeply, and as `load` does where bytes that are elsewhere
 * cannot be had.
 */
export async function describeRequest(
  request: GenerationRequest,
  sha256: Sha256,
  signal: AbortSignal,
): Promise<RecordedRequest> {
  const { sampling } = request
  // One after the other: a prompt may be megabytes, and its canonical form is needed for a moment only.
  const messages: RecordedMessage[] = []
  for (const message of request.messages) messages.push(await describeMessage(message, sha256, signal))
  const tools: RecordedTool[] = []
  for (const tool of request.tools) tools.push({ name: tool.name, sha256: await sha256(canonicalJson(seenTool(tool))) })
  return {
    model: request.model,
    messages,
    tools,
    tool_choice: request.toolChoice,
    thinking: request.thinking,
    max_completion_tokens: request.maxCompletionTokens,
    stop: request.stop,
    response_format: await describeFormat(request.responseFormat, sha256),
    sampling: {
      temperature: sampling.temperature,
      top_p: sampling.topP,
      n: sampling.n,
      presence_penalty: sampling.presencePenalty,
      frequency_penalty: sampling.frequencyPenalty,
    },
    extra: keptFields(request.extra),
  }
}

async function describeMessage(message: Message, sha256: Sha256, signal: AbortSignal): Promise<RecordedMessage> {
  const media: RecordedMedia[] = []
  const content = await seenContent(message.content, media, sha256, signal)
  const calls = message.role === 'assistant' ? message.toolCalls.map(({ name }) => name) : []
  return {
    role: message.role,
    sha256: await sha256(canonicalJson(seenMessage(message, content))),
    begins: textOf(message.content).slice(0, SHOWN_CHARACTERS),
    ...(calls.length === 0 ? {} : { calls }),
    ...(media.length === 0 ? {} : { media }),
    ...(message.role === 'assistant' && message.partial ? { partial: placeOf(message) } : {}),
  }
}

/** Field by field, so that a field which is added to messages one day changes no key by itself. */
function seenMessage(message: Message, content: unknown): object {
  const { role, name } = message
  switch (role) {
    case 'system':
    case 'user':
      return { role, content, name }
    case 'tool':
      return { role, content, name, id: message.toolCallId }
    case 'assistant':
      return {
        role,
        content,
        name,
        reasoning: message.reasoning,
        calls: message.toolCalls.map((call) => [call.id, call.builtin, call.name, call.arguments]),
        partial: message.partial,
      }
  }
}

function placeOf({ toolCalls, content, reasoning }: AssistantMessage): PartialPlace {
  if (toolCalls.length > 0) return 'tool-calls'
  return textOf(content) === '' && reasoning !== undefined && reasoning !== '' ? 'reasoning' : 'text'
}

/** A text is the same in one part or in several, with or without a list around it: the model reads them joined. */
async function seenContent(
  content: Content,
  media: RecordedMedia[],
  sha256: Sha256,
  signal: AbortSignal,
): Promise<unknown> {
  if (typeof content === 'string') return [content]
  const seen: unknown[] = []
  let text = ''
  for (const part of content) {
    if (part.type === 'text') {
      text += part.text
      continue
    }
    const described = await describeMedia(part, sha256, signal)
    media.push(described)
    seen.push(text, { type: part.type, mime: part.mime, sha256: described.sha256 })
    text = ''
  }
  return [...seen, text]
}

/** By the bytes and not by where they are: a recording of an image answers for the same image in a file. */
async function describeMedia(part: MediaPart, sha256: Sha256, signal: AbortSignal): Promise<RecordedMedia> {
  const { type, mime } = part
  return { type, mime, bytes: sizeOfMedia(part), sha256: await sha256(await base64Of(part, signal)) }
}

function seenTool(tool: Tool): object {
  if (tool.type === 'builtin') return { type: tool.type, name: tool.name }
  const { type, name, description, parameters, strict } = tool
  return { type, name, description, parameters, strict }
}

async function describeFormat(format: ResponseFormat, sha256: Sha256): Promise<RecordedFormat> {
  if (format.type !== 'json_schema') return { type: format.type }
  const { type, name, description, strict, schema } = format
  return { type, sha256: await sha256(canonicalJson({ name, description, strict, schema })) }
}

/** The fields that are kept, each with the values that it is kept with: no free text, which could be about somebody. */
const KEPT_FIELDS: readonly (readonly [name: string, isKept: (value: unknown) => boolean])[] = [
  ['seed', (value) => Number.isSafeInteger(value)],
  ['parallel_tool_calls', (value) => typeof value === 'boolean'],
  ['verbosity', (value) => value === 'low' || value === 'medium' || value === 'high'],
  ['logit_bias', isBias],
]

export function keptFields(extra: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const kept = KEPT_FIELDS.filter(([name, isKept]) => Object.hasOwn(extra, name) && isKept(extra[name]))
  return Object.fromEntries(kept.map(([name]) => [name, extra[name]]))
}

/** Token ids, each with a number. */
function isBias(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.entries(value).every(([token, bias]) => /^\d{1,8}$/.test(token) && typeof bias === 'number')
}
