/** What clients of AI Gateway ask: providers, steps, and gateways as objects. */

import { type CallOptions, type CalledReply, call } from './call.ts'

/** As ids of accounts are there. */
export const ACCOUNT = '0123456789abcdef0123456789abcdef'

export const GATEWAY = {
  cache_invalidate_on_update: false,
  cache_ttl: 0,
  collect_logs: true,
  rate_limiting_interval: 0,
  rate_limiting_limit: 0,
}

export interface Json {
  readonly [name: string]: Json
}

export const json = ({ json: body }: CalledReply): Json => body as Json
export const said = (content: string, more: Record<string, unknown> = {}) => ({
  model: 'kimi-k2.5',
  messages: [{ role: 'user', content }],
  max_completion_tokens: 100,
  ...more,
})

export function gatewayClient(url: string, key: string) {
  const ask = (path: string, options: CallOptions = {}): Promise<CalledReply> =>
    call(`${url}${path}`, { key, ...options })
  return {
    ask,
    chat: (gateway: string, body: unknown, headers: Record<string, string> = {}, provider = 'openai') =>
      ask(`/v1/${ACCOUNT}/${gateway}/${provider}/chat/completions`, { body, headers }),
    universal: (gateway: string, steps: unknown, headers: Record<string, string> = {}) =>
      ask(`/ai-gateway/v1/me/${gateway}`, { body: steps, headers }),
    rest: (path: string, options: CallOptions = {}) =>
      ask(`/client/v4/accounts/${ACCOUNT}/ai-gateway/gateways${path}`, options),
    make: (id: string, more: Record<string, unknown> = {}) =>
      ask(`/client/v4/accounts/${ACCOUNT}/ai-gateway/gateways`, { body: { id, ...GATEWAY, ...more } }),
  }
}

export const header = ({ headers }: CalledReply, name: string): string | null => headers.get(`cf-aig-${name}`)

/** What the offline engine answers. */
export const GATEWAY_SCENARIOS = `
version: 1
scenarios:
  - { name: three, match: { last_user: three-words }, reply: { text: one two three, usage: { prompt: 10, completion: 5, cached: 4 } } }
  - { name: slow, match: { last_user: take-your-time }, reply: { text: one two three four, fault: { silence_after_chunks: 0 } } }
  - { name: paced, match: { last_user: go-on }, reply: { text: one two three four five six, chunk_size: 4, pace: { per_chunk_ms: 20 } } }
  - { name: cut, match: { last_user: please-cut }, reply: { text: one two three four, chunk_size: 4, fault: { cut_after_chunks: 2 } } }
  - { name: fail, match: { last_user: please-fail }, reply: { fault: { status: 503 } } }
`
