/** The requests that lead a scripted upstream where the engine contract wants it, for tests. */

import type { EngineErrorKind, GenerationRequest } from '../../../generation/index.ts'
import { sampleRequest } from './sample-request.ts'

function asking(content: string, overrides: Partial<GenerationRequest> = {}): GenerationRequest {
  return sampleRequest({ messages: [{ role: 'user', content }], thinking: false, ...overrides })
}

const CITY = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }

const FAILURES: readonly (readonly [content: string, kind: EngineErrorKind])[] = [
  ['cut', 'cut'],
  ['fail:400', 'refused'],
  ['fail:401', 'misconfigured'],
  ['fail:404', 'model-not-found'],
  ['fail:429', 'overloaded'],
  ['fail:503', 'unavailable'],
  ['fail:504', 'timeout'],
]

export const CONTRACT_REQUESTS = {
  request: (overrides?: Partial<GenerationRequest>): GenerationRequest => asking('Say something.', overrides),
  deterministic: true,
  toolCall: asking('Weather?', {
    tools: [{ type: 'function', name: 'get_weather', parameters: CITY, strict: true }],
  }),
  thinking: asking('Think.', { thinking: true }),
  // The start, and the text of the three chunks that come.
  stalled: { request: asking('stall'), events: 4 },
  failures: FAILURES.map(([content, kind]) => ({ request: asking(content), kind })),
}
