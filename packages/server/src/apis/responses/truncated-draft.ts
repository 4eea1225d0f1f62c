/** `truncation: "auto"`: what is oldest in a conversation is left out, until the rest fits the window. */

import type { DraftMessage, RequestDraft } from '@moonbase/core/generation'
import type { ModelTable } from '@moonbase/core/routing'
import type { Exchange } from '../../http/exchange.ts'
import type { InferenceService } from '../../inference/inference.ts'
import type { ReadRequest } from '../start-answer.ts'

export interface TruncateServices {
  readonly inference: Pick<InferenceService, 'count'>
  readonly models: ModelTable
}

/** Each of them counts what is left. */
const MOST_ROUNDS = 8
/** Of what a round leaves out more is taken than seems to be needed: a guess by length is not that good. */
const MARGIN = 1.1

/**
 * Orders at the beginning stay, and so does the last turn of the user with all that follows it. Calls go with their results.
 *
 * @returns the same draft where it fits, and one that may still not fit where nothing more can be left out
 */
export async function truncatedDraft(
  truncate: boolean,
  asked: ReadRequest,
  exchange: Pick<Exchange, 'setHeader'>,
  { inference, models }: TruncateServices,
): Promise<RequestDraft> {
  const { draft } = asked
  if (!truncate) return draft
  const { model, targets } = models.find(draft.model)
  const own = targets[0]?.replicas[0]?.engine.contextTokens ?? Infinity
  // A budget that nobody named gives way to what the window has left.
  const room = Math.min(model.contextLength, own) - (draft.maxCompletionTokens ?? 1)
  if (surelyFits(draft, room)) return draft
  let { messages } = draft
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const { tokens } = await inference.count({ ...asked, draft: { ...draft, messages } })
    if (tokens <= room) break
    const shorter = without(messages, MARGIN * (1 - room / tokens))
    if (shorter === messages) break
    messages = shorter
  }
  const dropped = draft.messages.length - messages.length
  if (dropped === 0) return draft
  exchange.setHeader('x-moonbase-truncated', `${dropped} messages`)
  return { ...draft, messages }
}

/** No token is shorter than a byte, and no character longer than three; what an image takes its length does not tell. */
function surelyFits({ messages, tools }: RequestDraft, room: number): boolean {
  if (messages.some(({ content }) => typeof content !== 'string')) return false
  return 3 * (JSON.stringify(messages).length + JSON.stringify(tools).length) <= room
}

/** The conversation without its oldest turns, as much of it as this share of its length. The same array where nothing can go. */
function without(messages: readonly DraftMessage[], share: number): readonly DraftMessage[] {
  const from = messages.findIndex(({ role }) => role !== 'system')
  const last = messages.findLastIndex(({ role }) => role === 'user')
  const lengths = messages.map((message) => JSON.stringify(message).length)
  let left = share * lengths.reduce((sum, length) => sum + length, 0)
  let to = from
  while (to < last && (left > 0 || messages[to]?.role === 'tool')) {
    left -= lengths[to] ?? 0
    to += 1
  }
  // Results without their calls are refused.
  while (to < last && messages[to]?.role === 'tool') to += 1
  if (from === -1 || to <= from) return messages
  return [...messages.slice(0, from), ...messages.slice(to)]
}
