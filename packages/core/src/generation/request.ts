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
export interface RequestDraft extends Omit<
  GenerationRequest,
  'messages' | 'thinking' | 'maxCompletionTokens' | 'sampling'
> {
  readonly messages: readonly DraftMessage[]
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

/**
 * Messages are immutable values, handed on by identity: a stage that changes nothing gives the same array back, and one that
 * changes some gives the others back as the objects that they are. So what is known of one can hang on it.
 */
export type Message<Part = ContentPart> =
  | SystemMessage<Part>
  | UserMessage<Part>
  | AssistantMessage<Part>
  | ToolMessage<Part>

/** A message before its references are resolved. */
export type DraftMessage = Message<DraftPart>

export interface SystemMessage<Part = ContentPart> {
  readonly role: 'system'
  readonly content: Content<Part>
  readonly name?: string
}

export interface UserMessage<Part = ContentPart> {
  readonly role: 'user'
  readonly content: Content<Part>
  readonly name?: string
}

export interface AssistantMessage<Part = ContentPart> {
  readonly role: 'assistant'
  readonly content: Content<Part>
  readonly name?: string
  /** What the model thought before this message. `undefined` is "not sent", which is not the same as empty. */
  readonly reasoning?: string
  readonly toolCalls: readonly ToolCall[]
  /** The answer goes on from this message: a prefix, with `name` as part of it. Only on the last message. */
  readonly partial: boolean
}

export interface ToolMessage<Part = ContentPart> {
  readonly role: 'tool'
  readonly content: Content<Part>
  readonly toolCallId: string
  readonly name?: string
}

export type Content<Part = ContentPart> = string | readonly Part[]

export type ContentPart = TextPart | MediaPart

/** What a message may hold while it is a draft. */
export type DraftPart = ContentPart | ReferencePart

export interface TextPart {
  readonly type: 'text'
  readonly text: string
}

/** An image or a video that is elsewhere: gone once the request is resolved. */
export interface ReferencePart {
  readonly type: 'reference'
  readonly medium: MediaPart['type']
  /** As the client wrote it: `ms://…`, `https://…`. */
  readonly url: string
}

/** An image or a video, recognised by its first bytes. */
export type MediaPart = ImagePart | VideoPart

export type ImagePart = HeldImage | StoredImage
export type VideoPart = HeldVideo | StoredVideo

interface HeldImage extends HeldBytes {
  readonly type: 'image'
  /** Read from the bytes when the request is decoded. */
  readonly measured: ImageMeasure
}

export interface HeldVideo extends HeldBytes {
  readonly type: 'video'
  /** Read from the container when the request is resolved: opening one takes longer than decoding may. */
  readonly measured?: VideoMeasure
}

/** What is stored was measured when it was put there. */
interface StoredImage extends StoredBytes {
  readonly type: 'image'
  readonly measured: ImageMeasure
}

interface StoredVideo extends StoredBytes {
  readonly type: 'video'
  readonly measured: VideoMeasure
}

/** With its bytes in the request itself. */
export type HeldMedia = HeldImage | HeldVideo

export type MediaBytes = HeldBytes | StoredBytes

interface HeldBytes {
  /** What the bytes say it is, such as `image/png`; the client's own claim is not kept. */
  readonly mime: string
  /** The bytes in base64, without white space. */
  readonly base64: string
}

/** Bytes that an engine asks for when it encodes. Until then a request is counted and held for without them. */
interface StoredBytes {
  readonly mime: string
  readonly base64?: undefined
  /** How many there are. */
  readonly size: number
  /** Names them, such as their digest: parts with one key have the same bytes. */
  readonly key: string
  /**
   * The bytes in base64, without white space. May be asked more than once. Rejects with an `ApiError` where they cannot be
   * had, and with the signal's reason when that fires.
   */
  readonly load: (signal: AbortSignal) => Promise<string>
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
export function textOf(content: Content<DraftPart>): string {
  if (typeof content === 'string') return content
  let text = ''
  for (const part of content) if (part.type === 'text') text += part.text
  return text
}

/** The prefix that the answer goes on from, or `undefined` when the request has none. */
export function partialOf<Part = ContentPart>(request: {
  readonly messages: readonly Message<Part>[]
}): AssistantMessage<Part> | undefined {
  const last = request.messages.at(-1)
  return last?.role === 'assistant' && last.partial ? last : undefined
}
