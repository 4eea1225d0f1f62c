/** A canonical request with everything at its default, for tests. */

import type { GenerationRequest } from '../../../generation/index.ts'

export function sampleRequest(more: Partial<GenerationRequest> = {}): GenerationRequest {
  return {
    model: 'kimi-k2.5',
    messages: [{ role: 'user', content: 'hi' }],
    tools: [],
    toolChoice: 'auto',
    thinking: true,
    maxCompletionTokens: 32768,
    stop: [],
    responseFormat: { type: 'text' },
    sampling: { temperature: 1, topP: 0.95, n: 1, presencePenalty: 0, frequencyPenalty: 0 },
    whole: false,
    extra: {},
    ...more,
  }
}
