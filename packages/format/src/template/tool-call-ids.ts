/**
 * The ids of a conversation's tool calls in the form that the model was taught: `functions.{name}:{idx}`, `idx` counting
 * every call of the conversation from 0. A foreign id in the history makes the model imitate it. Moonshot's own API
 * renames them in the same way before it renders. Source: Kimi K2 tool call guidance.
 */

import type { PromptToolCall } from '../prompt.ts'

export class ToolCallIds {
  /** Calls so far, over the whole conversation. */
  #calls = 0
  /**
   * For each id of a client, the new ids of the last message that used it, those of unanswered calls first in line. Ids
   * hold for one message: `search:0` comes again in the next turn. Where a host gave one id to two calls of a message,
   * their results take the new ids in order.
   */
  readonly #renamed = new Map<string, string[]>()

  /** The new ids of the calls of one assistant message. */
  rename(calls: readonly PromptToolCall[]): readonly string[] {
    for (const { id } of calls) this.#renamed.delete(id)
    return calls.map(({ id, name }) => {
      const renamed = `functions.${name}:${this.#calls}`
      this.#calls += 1
      const sameId = this.#renamed.get(id)
      if (sameId === undefined) this.#renamed.set(id, [renamed])
      else sameId.push(renamed)
      return renamed
    })
  }

  /** The id that the answered call now has. A result that answers no call keeps its id. */
  answered(id: string): string {
    const renamed = this.#renamed.get(id)
    if (renamed === undefined) return id
    return (renamed.length > 1 ? renamed.shift() : renamed[0]) ?? id
  }
}
