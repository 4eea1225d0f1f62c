/** The body of `POST /v1/chat/completions` as it stands on the wire. Source: reference of the hosted platform, §2 and §6. */

export interface ChatRequest {
  readonly model: string
  readonly messages: readonly ChatMessage[]
  readonly max_tokens?: number | null
  readonly max_completion_tokens?: number | null
  readonly temperature?: number | null
  readonly top_p?: number | null
  readonly n?: number | null
  readonly presence_penalty?: number | null
  readonly frequency_penalty?: number | null
  readonly stop?: string | readonly string[] | null
  readonly stream?: boolean | null
  readonly stream_options?: { readonly include_usage?: boolean | null } | null
  readonly response_format?: ChatResponseFormat | null
  readonly tools?: readonly ChatTool[] | null
  readonly tool_choice?: ChatToolChoice | null
  readonly prompt_cache_key?: string | null
  readonly safety_identifier?: string | null
  readonly thinking?: { readonly type: 'enabled' | 'disabled' } | null
  /** Two other spellings of the thinking switch, from self-hosted engines. */
  readonly chat_template_kwargs?: { readonly thinking?: boolean; readonly enable_thinking?: boolean } | null
  readonly reasoning_effort?: string | null
  /** Fields of the OpenAI API that the hosted platform never documented. They travel along to the engine. */
  readonly [field: string]: unknown
}

export type ChatMessage = ChatSystemMessage | ChatUserMessage | ChatAssistantMessage | ChatToolMessage

export interface ChatSystemMessage {
  /** `developer` only where `developer-as-system` lets it pass. */
  readonly role: 'system' | 'developer'
  readonly content: ChatContent
  readonly name?: string | null
}

export interface ChatUserMessage {
  readonly role: 'user'
  readonly content: ChatContent
  readonly name?: string | null
}

export interface ChatAssistantMessage {
  readonly role: 'assistant'
  readonly content?: ChatContent | null
  readonly name?: string | null
  /** Go on from this message instead of answering it. Only on the last one. */
  readonly partial?: boolean | null
  readonly reasoning_content?: string | null
  readonly tool_calls?: readonly ChatToolCall[] | null
}

export interface ChatToolMessage {
  readonly role: 'tool'
  readonly content: ChatContent
  readonly tool_call_id: string
  readonly name?: string | null
}

export type ChatContent = string | readonly ChatContentPart[]

export type ChatContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image_url'; readonly image_url: string | { readonly url: string } }
  | { readonly type: 'video_url'; readonly video_url: string | { readonly url: string } }

export interface ChatToolCall {
  readonly id: string
  readonly type?: 'function' | 'builtin_function' | '' | null
  readonly function: { readonly name: string; readonly arguments: string }
}

export type ChatTool =
  | {
      readonly type: 'function'
      readonly function: {
        readonly name: string
        readonly description?: string | null
        /** A JSON Schema; whether it is one, and of the right dialect, is judged where the rules are. */
        readonly parameters?: unknown
        readonly strict?: boolean | null
      }
    }
  | { readonly type: 'builtin_function'; readonly function: { readonly name: string } }

export type ChatToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } }

export type ChatResponseFormat =
  | { readonly type: 'text' }
  | { readonly type: 'json_object' }
  | {
      readonly type: 'json_schema'
      readonly json_schema: {
        readonly name: string
        readonly description?: string | null
        readonly strict?: boolean | null
        readonly schema: Readonly<Record<string, unknown>>
      }
    }
