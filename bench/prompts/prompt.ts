/** What is asked where it is not the small request: how long, how many messages, how many tools. */

export type Prompt =
  | AgentPrompt
  | ChatPrompt
  /** One message, however long. */
  | { readonly kind: 'text'; readonly bytes: number }

/** As an agent asks: a task, then calls and their results, over and over. */
export interface AgentPrompt {
  readonly kind: 'agent'
  readonly bytes: number
  readonly messages: number
  readonly tools: number
}

/** As somebody chats: no tools. */
export interface ChatPrompt {
  readonly kind: 'chat'
  readonly bytes: number
  readonly messages: number
}

export const AGENT_TURN = { kind: 'agent', bytes: 177_000, messages: 200, tools: 30 } as const satisfies Prompt

/** More than the model's window of 262,144 tokens holds, and just below the limit of a body. */
export const TOO_LONG = { kind: 'text', bytes: 90_000_000 } as const satisfies Prompt
