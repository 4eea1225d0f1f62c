/**
 * `restore-reasoning`: a thinking model needs its thoughts back for every tool call of the current turn, and many clients drop
 * them. Those that were kept are put back where the conversation, and then ids, names and arguments, say which it was.
 */

import type { AssistantMessage, DraftMessage, DraftPart } from '@moonbase/core/generation'
import type { MessageResolver, ResolveContext } from '@moonbase/core/inference'
import { apiError, apiErrorWith } from '@moonbase/protocol'
import { LedgerError } from '../../ledger/ledger.ts'
import { type ConversationDigests, digestsOf } from './conversation-digests.ts'
import type { KeptAnswer } from './kept-answer.ts'
import { matchAnswer } from './match-answer.ts'
import type { ReasoningStore } from './reasoning-store.ts'
import { worldOf } from './reasoning-world.ts'

type Assistant = AssistantMessage<DraftPart>

/** An answer of the current turn whose thought is missing. */
interface Gap {
  readonly index: number
  readonly message: Assistant
}

export function restoreReasoning(store: ReasoningStore): MessageResolver {
  return {
    resolve(messages, context) {
      if (!context.thinking || !context.terms.lenient.has('restore-reasoning') || store.isOff) return messages
      const gaps = gapsOf(messages, context)
      return gaps.length === 0 ? messages : restored(messages, gaps, context, store)
    },
  }
}

/** What the contract would refuse. To a model that always thinks an empty thought is one. */
function gapsOf(messages: readonly DraftMessage[], { model }: ResolveContext): readonly Gap[] {
  const turn = messages.findLastIndex((message) => message.role === 'user')
  const gaps: Gap[] = []
  for (let index = turn + 1; index < messages.length; index += 1) {
    const message = messages[index]
    if (message?.role !== 'assistant' || message.toolCalls.length === 0) continue
    if (message.reasoning === undefined || (message.reasoning === '' && model.thinking === 'switch')) {
      gaps.push({ index, message })
    }
  }
  return gaps
}

/** @throws ApiError `ambiguous_reasoning`, `ledger_unavailable` */
async function restored(
  messages: readonly DraftMessage[],
  gaps: readonly Gap[],
  context: ResolveContext,
  store: ReasoningStore,
): Promise<readonly DraftMessage[]> {
  const { terms, model } = context
  const digests = digestsOf(messages, worldOf(model.id, terms))
  if (digests === undefined) return messages
  const kept = await keptOf(gaps, terms.scope, digests, store)
  context.signal.throwIfAborted()
  const all = [...messages]
  for (const { index, message } of gaps) {
    const found = kept.get(digests.before[index] ?? '') ?? []
    const match = found === 'several' ? { found } : matchAnswer(message.toolCalls, found)
    if (match.found === 'one') {
      store.count('restored')
      all[index] = { ...message, reasoning: match.reasoning }
      context.say({ switch: 'restore-reasoning', field: `messages.${index}.reasoning_content` })
      continue
    }
    store.count(match.found === 'several' ? 'ambiguous' : 'not-found')
    // What the client has sent empty may pass all the same.
    if (message.reasoning === '' && terms.lenient.has('accept-empty-reasoning')) continue
    if (match.found === 'several') throw apiError('ambiguous_reasoning', { index })
    // The contract refuses this one, and need not hear of those behind it.
    break
  }
  return all
}

async function keptOf(
  gaps: readonly Gap[],
  owner: string,
  digests: ConversationDigests,
  store: ReasoningStore,
): Promise<ReadonlyMap<string, readonly KeptAnswer[] | 'several'>> {
  const places = gaps.map(({ index }) => digests.before[index] ?? '')
  try {
    return await store.find(owner, digests.turn, places)
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    throw apiErrorWith('ledger_unavailable', { cause: error, reason: 'kept reasoning could not be read' })
  }
}
