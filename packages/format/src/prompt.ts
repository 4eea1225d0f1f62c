/** What the template renders: a conversation as the model will read it. The canonical request has this shape, and more. */

export interface Prompt {
  readonly messages: readonly PromptMessage[]
  readonly tools: readonly PromptTool[]
  readonly thinking: boolean
}

export type PromptMessage =
  | { readonly role: 'system' | 'user'; readonly content: PromptContent; readonly name?: string }
  | {
      readonly role: 'assistant'
      readonly content: PromptContent
      readonly name?: string
      /** `undefined` is "not given", which is not the same as empty: see `partial`. */
      readonly reasoning?: string
      readonly toolCalls: readonly PromptToolCall[]
      /**
       * The answer goes on from this message: it is left open, and no generation prompt follows. Only on the last
       * message; elsewhere it says nothing. It is open inside the thought, when thinking is on and there is `reasoning`,
       * be it empty, and nothing else; inside the arguments of the last tool call, when there are tool calls; else in the
       * content. Tool calls and `partial` together come from our own continuation alone, the contract refuses them from
       * clients; arguments that are complete stay open too, since the model then closes the call itself.
       */
      readonly partial: boolean
    }
  | { readonly role: 'tool'; readonly content: PromptContent; readonly toolCallId: string; readonly name?: string }

export type PromptContent = string | readonly PromptPart[]

export type PromptPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly measured?: ImageMeasure }
  | { readonly type: 'video'; readonly measured?: VideoMeasure }

/** Pixels, as the bytes say. */
export interface ImageMeasure {
  readonly width: number
  readonly height: number
}

/** What the container says of its first video track. */
export interface VideoMeasure {
  readonly width: number
  readonly height: number
  readonly frames: number
  readonly framesPerSecond: number
}

export interface PromptToolCall {
  /** As the client sent it; the model reads `functions.{name}:{index}`. */
  readonly id: string
  readonly name: string
  /** JSON text, possibly not valid. */
  readonly arguments: string
}

export type PromptTool =
  | {
      readonly type: 'function'
      readonly name: string
      readonly description?: string
      readonly parameters: Readonly<Record<string, unknown>>
    }
  | { readonly type: 'builtin'; readonly name: string }
