/** Tokens as this wire counts them: what came from the cache is no part of `input_tokens`. */

import type { ReportedUsage } from '../../generation/index.ts'

/**
 * The fields of a recorded answer of the platform's own Messages API, where `prompt_tokens` and `cached_tokens` stand beside those
 * that the wire has; thinking tokens as its page of the second half of 2026 names them.
 */
export function encodeUsage(usage: ReportedUsage) {
  return {
    input_tokens: Math.max(usage.prompt - usage.cached, 0),
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: usage.cached,
    output_tokens: usage.completion,
    output_tokens_details: { thinking_tokens: usage.reasoning ?? 0 },
    service_tier: 'standard',
    inference_geo: 'not_available',
    prompt_tokens: usage.prompt,
    cached_tokens: usage.cached,
  }
}

/** At the head of a stream, when nothing is known but the prompt. */
export function usageAtStart(promptTokens: number) {
  return encodeUsage({ prompt: promptTokens, cached: 0, completion: 0, reasoning: 0 })
}
