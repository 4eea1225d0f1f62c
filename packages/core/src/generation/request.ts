/** The canonical request: what every dialect decodes to and every engine generates from. */

import type { ImageMeasure, VideoMeasure } from '@moonbase/format'

export interface GenerationRequest {
  /** The model that the client asked for, by catalogue id. */
  readonly model: string
  readonly messages: readonly Message[]
  readonly tools: readonly Tool[]
  readonly toolChoice: ToolChoice
  readonly thinking: boolean
  /** Tokens of output, reasoning included. */
  readonly maxCompletionTokens: number
  /** At most five, each at most 32 bytes. The matched text is not part of the answer. */
  readonly stop: readonly string[]
  readonly responseFormat: ResponseFormat
  /** The values that hold for this request, the model's own where the client said nothing. */
  readonly sampling: Sampling
  readonly promptCacheKey?: string
  /** What the client names in a header as one session: its requests are best answered where the earlier ones were. */
  readonly sessionAffinity?: string
  /** Whose prompts these are, such as the organisation's id: prompts and keys of two scopes are never taken for one. */
  readonly affinityScope?: string
  readonly safetyIdentifier?: string
  /** The client wants the answer whole. An engine may then ask for it in one piece; the events are the same. */
  readonly whole: boolean
  /** Top-level fields of the wire that are not ours, by their wire names. They travel along to the engine. */
  readonly extra: Readonly<Record<string, unknown>>
}

/** A request as a dialect decoded it, before the contract has filled in what the client left unsaid. */
export interface RequestDraft extends Omit<GenerationRequest, 'thinking' | 'maxCompletionTokens' | 'sampling'> {
  readonly thinking: boolean | undefined
  readonly maxCompletionTokens: number | undefined
  readonly sampling: Partial<Sampling>
}

export interface Sampling {
  readonly temperature: number
  readonly topP: number
  readonly n: number
  readonly presencePenalty: number
  readonly frequencyPenalty: number
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage

export interface SystemMessage {
  readonly role: 'system'
  readonly content: Content
  readonly name?: string
}

export interface UserMessage {
  readonly role: 'user'
  readonly content: Content
  readonly name?: string
}

export interface AssistantMessage {
  readonly role: 'assistant'
  readonly content: Content
  readonly name?: string
  /** What the model thought before this message. `undefined` is "not sent", which is not the same as empty. */
  readonly reasoning?: string
  readonly toolCalls: readonly ToolCall[]
  /** The answer goes on from this message: a prefix, with `name` as part of it. Only on the last message. */
  readonly partial: boolean
}

export interface ToolMessage {
  readonly role: 'tool'
  readonly content: Content
  readonly toolCallId: string
  readonly name?: string
}

export type Content = string | readonly ContentPart[]

export type ContentPart = { readonly type: 'text'; readonly text: string } | MediaPart

/** An image or a video, local and recognised by its first bytes. */
export type MediaPart = ImagePart | VideoPart

export interface ImagePart extends MediaBytes {
  readonly type: 'image'
  /** Read from the bytes when the request is decoded. */
  readonly measured: ImageMeasure
}

export interface VideoPart extends MediaBytes {
  readonly type: 'video'
  /** Read from the container when the request is resolved: opening one takes longer than decoding may. */
  readonly measured?: VideoMeasure
}

interface MediaBytes {
  /** What the bytes say it is, such as `image/png`; the client's own claim is not kept. */
  readonly mime: string
  /** The bytes in base64, without white space. */
  readonly base64: string
}

export interface ToolCall {
  /** Whatever the client sent; engines that need another form rewrite it in their own folder. */
  readonly id: string
  readonly builtin: boolean
  readonly name: string
  /** JSON text as the model wrote it, possibly not valid. */
  readonly arguments: string
}

export type Tool =
  | {
      readonly type: 'function'
      readonly name: string
      readonly description?: string
      /** An MFJS schema whose root is an object. */
      readonly parameters: JsonSchema
      readonly strict: boolean
    }
  /** A tool that the platform runs itself; its name starts with `$`. */
  | { readonly type: 'builtin'; readonly name: string }

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string }

export type ResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema'
      readonly name: string
      readonly description?: string
      readonly strict: boolean
      readonly schema: JsonSchema
    }

export type JsonSchema = Readonly<Record<string, unknown>>

/** All text of a message's content, parts joined as they stand. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content
  let text = ''
  for (const part of content) if (part.type === 'text') text += part.text
  return text
}

/** The prefix that the answer goes on from, or `undefined` when the request has none. */
export function partialOf(request: Pick<GenerationRequest, 'messages'>): AssistantMessage | undefined {
  const last = request.messages.at(-1)
  return last?.role === 'assistant' && last.partial ? last : undefined
}
