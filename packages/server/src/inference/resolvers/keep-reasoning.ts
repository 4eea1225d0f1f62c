/**
 * Keeps what a model thought before it called tools, for `restore-reasoning`: durable before the reply's end, and without
 * anybody's answer failing by it. Requests without the switch, and answers without calls or thoughts, cost nothing.
 */

import { type DraftMessage, type RequestDraft, partialOf } from '@moonbase/core/generation'
import type { RunEnd, RunFacts } from '@moonbase/core/inference'
import type { DocumentWrite } from '../../records/document.ts'
import type { Fee, Inference, InferenceRequest, InferenceService } from '../inference.ts'
import { digestsOf } from './conversation-digests.ts'
import { keptCall } from './kept-answer.ts'
import type { ReasoningStore } from './reasoning-store.ts'
import { worldOf } from './reasoning-world.ts'

export function keepReasoning(inner: InferenceService, store: ReasoningStore): InferenceService {
  return store.isOff ? inner : new KeepingInference(inner, store)
}

class KeepingInference implements InferenceService {
  readonly #inner: InferenceService
  readonly #store: ReasoningStore

  constructor(inner: InferenceService, store: ReasoningStore) {
    this.#inner = inner
    this.#store = store
  }

  start(request: InferenceRequest): Promise<Inference> {
    return this.#inner.start(mayHaveThoughts(request) ? this.#kept(request) : request)
  }

  note(...noted: Parameters<InferenceService['note']>): void {
    this.#inner.note(...noted)
  }

  count(...asked: Parameters<InferenceService['count']>): ReturnType<InferenceService['count']> {
    return this.#inner.count(...asked)
  }

  fee<Result>(fee: Fee, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
    return this.#inner.fee(fee, work)
  }

  #kept(request: InferenceRequest): InferenceRequest {
    const { began, withEnd, draft, terms } = request
    let facts: RunFacts | undefined
    // A generation has them until its end in any case: another engine may have to go on.
    const { messages } = draft
    return {
      ...request,
      began(one) {
        facts = one
        began?.(one)
      },
      withEnd: async (end): Promise<readonly DocumentWrite[]> => {
        const keeping = this.#keep(messages, terms, facts, end).catch((error: unknown) => this.#store.failed(error))
        const [documents] = await Promise.all([withEnd?.(end) ?? [], keeping])
        return documents
      },
    }
  }

  async #keep(
    messages: readonly DraftMessage[],
    terms: InferenceRequest['terms'],
    facts: RunFacts | undefined,
    end: RunEnd,
  ): Promise<void> {
    const { transcript } = facts ?? {}
    if (facts === undefined || transcript === undefined) return
    // A client may go on from what is whole and was given, even where it left before the last byte.
    const isGiven = end.how === 'complete' || (facts.streamed && end.given)
    if (!isGiven || transcript.finish === undefined || transcript.calls.length === 0) return
    const prefix = partialOf({ messages })
    const reasoning = (prefix?.reasoning ?? '') + transcript.reasoning
    if (reasoning === '') return
    // The whole answer comes back in the place of the prefix.
    const digests = digestsOf(messages, worldOf(facts.model, terms))
    const before = digests?.before[prefix === undefined ? messages.length : messages.length - 1]
    if (digests === undefined || before === undefined) {
      this.#store.count('too-long')
      return
    }
    const calls = transcript.calls.map(({ id, name, arguments: given }, index) =>
      keptCall({ id: id ?? `${name}:${index}`, name, arguments: given }),
    )
    await this.#store.keep({ owner: terms.scope, turn: digests.turn, before }, { calls, reasoning })
  }
}

/** Of several choices nobody knows which one a client goes on from. */
function mayHaveThoughts({ terms, draft }: InferenceRequest): boolean {
  return terms.lenient.has('restore-reasoning') && mayCall(draft) && draft.thinking !== false && isSingle(draft)
}

const mayCall = ({ tools, toolChoice }: RequestDraft): boolean => tools.length > 0 && toolChoice !== 'none'
const isSingle = ({ sampling }: RequestDraft): boolean => (sampling.n ?? 1) === 1
