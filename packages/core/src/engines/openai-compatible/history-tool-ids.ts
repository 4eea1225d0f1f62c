/**
 * The ids of a conversation's tool calls, in the form the model was taught: `functions.{name}:{idx}`, `idx` counting
 * every call of the conversation from 0. Foreign ids in the history make the model imitate them, and its parsers then
 * miss the calls; Moonshot's own API renames them in the same way. Source: Kimi K2 tool call guidance.
 */

import type { ToolCall } from '../../generation/index.ts'

export class HistoryToolIds {
  /** Calls so far, over the whole conversation. */
  #count = 0
  /**
   * For each id of a client, the new ids of the latest message that used it, in order. Ids hold for one message only:
   * `search:0` comes again in the next turn. Some hosts give one id to two calls of a message; their results then take
   * the new ids in order.
   */
  readonly #latest = new Map<string, string[]>()

  /** The new ids of the calls of one assistant message. */
  rename(calls: readonly ToolCall[]): readonly string[] {
    for (const { id } of calls) this.#latest.delete(id)
    return calls.map(({ id, name }) => {
      const renamed = `functions.${name}:${this.#count}`
      this.#count += 1
      const before = this.#latest.get(id)
      if (before === undefined) this.#latest.set(id, [renamed])
      else before.push(renamed)
      return renamed
    })
  }

  /** The id that the result of a call now has. A result that answers no call keeps the client's. */
  result(id: string): string {
    const renamed = this.#latest.get(id)
    if (renamed === undefined) return id
    return (renamed.length > 1 ? renamed.shift() : renamed[0]) ?? id
  }
}
