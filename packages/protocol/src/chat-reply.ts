/** What `POST /v1/chat/completions` answers: one whole reply, or a stream of chunks. Source: reference §4 and §5. */

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'content_filter'

export interface ChatCompletion {
  readonly id: string
  readonly object: 'chat.completion'
  /** Unix seconds. */
  readonly created: number
  readonly model: string
  readonly choices: readonly ChatChoice[]
  readonly usage: ChatUsage
}

export interface ChatChoice {
  readonly index: number
  readonly message: {
    readonly role: 'assistant'
    /** `null` beside calls, where a wire has it so; Moonshot's is a string always. */
    readonly content: string | null
    readonly reasoning_content?: string
    readonly tool_calls?: readonly {
      /** Of wires that say it in whole replies too. */
      readonly index?: number
      readonly id: string
      readonly type: 'function' | 'builtin_function'
      readonly function: { readonly name: string; readonly arguments: string }
    }[]
  }
  readonly finish_reason: FinishReason
}

export interface ChatChunk {
  readonly id: string
  readonly object: 'chat.completion.chunk'
  readonly created: number
  readonly model: string
  readonly choices: readonly ChatChunkChoice[]
  readonly system_fingerprint?: string
  /** `null` on every chunk but the last when `stream_options.include_usage` is set; absent without it. */
  readonly usage?: ChatUsage | null
}

export interface ChatChunkChoice {
  readonly index: number
  readonly delta: ChatDelta
  readonly finish_reason: FinishReason | null
  /** Only beside a `finish_reason`, and always there: Moonshot's own place for it. */
  readonly usage?: ChatUsage
}

export interface ChatDelta {
  readonly role?: 'assistant'
  readonly content?: string
  readonly reasoning_content?: string
  readonly tool_calls?: readonly ChatToolCallDelta[]
}

export interface ChatToolCallDelta {
  readonly index: number
  readonly id?: string
  readonly type?: 'function' | 'builtin_function'
  readonly function: { readonly name?: string; readonly arguments?: string }
}

/** Tokens. `prompt_tokens` includes the cached ones, `completion_tokens` includes the reasoning. */
export interface ChatUsage {
  readonly prompt_tokens: number
  readonly completion_tokens: number
  readonly total_tokens: number
  /** Moonshot's place; the details objects are OpenAI's. Both are sent. */
  readonly cached_tokens: number
  readonly prompt_tokens_details: { readonly cached_tokens: number }
  readonly completion_tokens_details: { readonly reasoning_tokens: number }
}
