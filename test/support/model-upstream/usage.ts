/** What an upstream of a play reports of an answer, in chunks or in bytes. */

import type { Delta } from './deltas.ts'
import { type ChatBody, type ModelAnswer, givenOf } from './model-answer.ts'
import type { ModelUpstreamOptions } from './options.ts'

export function usageOf(
  answer: ModelAnswer,
  body: ChatBody,
  deltas: readonly Delta[],
  { promptTokens = 10, tokens = 'chunks' }: ModelUpstreamOptions,
): object {
  const asked = typeof promptTokens === 'number' ? promptTokens : promptTokens(body)
  const whole = tokens === 'chunks' ? { reasoning: 0, all: deltas.length } : bytesOf(answer)
  const given = tokens === 'chunks' ? { reasoning: 0, all: 0 } : bytesOf(givenOf(body))
  const prompt = asked + given.all
  // An answer that is begun anew is generated anew.
  const completion = Math.max(whole.all - given.all, 0)
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    completion_tokens_details: { reasoning_tokens: Math.max(whole.reasoning - given.reasoning, 0) },
  }
}

function bytesOf({ reasoning, text, calls }: ModelAnswer): { readonly reasoning: number; readonly all: number } {
  const said = calls.map(({ name, arguments: given }) => name + given).join('')
  const thought = Buffer.byteLength(reasoning)
  return { reasoning: thought, all: thought + Buffer.byteLength(text + said) }
}
