/** Which recorded request is the same as one that is asked, and in what two of them differ. */

import { canonicalJson } from './canonical-json.ts'
import type { RecordedRequest, Sha256 } from './recorded-request.ts'

/**
 * - `exact`: everything that can change the answer is the same.
 * - `messages`: the model reads the same: model, messages, tools and thinking. Budgets, stop strings, sampling, the form
 *   of the answer and the choice of a tool may be others.
 */
export type Match = 'exact' | 'messages'

/** Whether an answer is wanted whole or as a stream is no part of any key: a recording is played both ways. */
export function keyOf(request: RecordedRequest, match: Match, sha256: Sha256): Promise<string> {
  return sha256(canonicalJson(Object.fromEntries(partsOf(request, match))))
}

/** Names of the parts in which the requests differ: at most so many that a line of a log holds them. */
export function differences(one: RecordedRequest, other: RecordedRequest, match: Match): string[] {
  const others = new Map(partsOf(other, match))
  const names: string[] = []
  for (const [name, part] of partsOf(one, match)) {
    const counterpart = others.get(name)
    if (canonicalJson(part) === canonicalJson(counterpart)) continue
    if (Array.isArray(part) && Array.isArray(counterpart)) names.push(...differingEntries(name, part, counterpart))
    else names.push(name)
  }
  return names.length > MOST_NAMES ? [...names.slice(0, MOST_NAMES), '…'] : names
}

const MOST_NAMES = 8

/** How much of the conversation is the same from its beginning on, and then how many of the other parts. */
export function likeness(one: RecordedRequest, other: RecordedRequest): number {
  const shared = one.messages.findIndex(({ sha256 }, index) => other.messages[index]?.sha256 !== sha256)
  const messages = shared === -1 ? one.messages.length : shared
  const others = differences(one, other, 'exact').filter((name) => !name.startsWith('messages'))
  return messages + (one.model === other.model ? 0.5 : 0) - others.length / 100
}

function partsOf(request: RecordedRequest, match: Match): [name: string, part: unknown][] {
  const parts: [string, unknown][] = [
    ['model', request.model],
    ['messages', request.messages.map(({ sha256 }) => sha256)],
    ['tools', request.tools.map(({ sha256 }) => sha256)],
    ['thinking', request.thinking],
  ]
  if (match === 'messages') return parts
  const { tool_choice, max_completion_tokens, stop, response_format, sampling, extra } = request
  return [...parts, ...Object.entries({ tool_choice, max_completion_tokens, stop, response_format, sampling, extra })]
}

function differingEntries(name: string, one: readonly unknown[], other: readonly unknown[]): string[] {
  const places = Array.from({ length: Math.max(one.length, other.length) }, (_, index) => index)
  return places
    .filter((index) => canonicalJson(one[index]) !== canonicalJson(other[index]))
    .map((index) => `${name}[${index}]`)
}
