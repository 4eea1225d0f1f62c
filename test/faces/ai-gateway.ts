/** AI Gateway: a provider by its URL, and several in turn by the universal endpoint. */

import { ACCOUNT } from '../support/gateway-client.ts'
import { chatAsking, chatRefusal, chatSeeds, readChatStream, saidInChat } from './chat-wire.ts'
import { type Face, type Refusal, at, byBearer, refusalAt } from './face.ts'

/** Its own form, that of REST, or a provider's. */
function refusalIn(body: unknown): Refusal | undefined {
  const own = at(body, 'error', 0) ?? at(body, 'errors', 0)
  if (own === undefined) return chatRefusal(body)
  const code = at(own, 'code')
  return at(body, 'success') === false && typeof code === 'number'
    ? refusalAt(String(code), at(own, 'message'))
    : undefined
}

const asking = chatAsking('kimi-k2.5')

export const gatewayFace: Face = {
  name: 'ai-gateway',
  path: `/v1/${ACCOUNT}/default/openai/chat/completions`,
  shown: byBearer,
  asking,
  saidIn: saidInChat,
  readStream: (text) => readChatStream(text, chatRefusal),
  refusalIn,
  seeds: chatSeeds('kimi-k2.5'),
}

const step = (query: unknown, config: unknown = {}) => ({
  provider: 'openai',
  endpoint: 'chat/completions',
  headers: { 'x-moonbase-event-ids': 'off' },
  query,
  config,
})

export const universalFace: Face = {
  ...gatewayFace,
  name: 'ai-gateway, universal',
  path: '/ai-gateway/v1/me/default',
  asking: (words, stream) => [step(asking(words, stream))],
  seeds: chatSeeds('kimi-k2.5').map((query, index) =>
    index === 0
      ? [step({ ...query, model: 'gpt-9' }), step(query, { requestTimeout: 10_000, maxAttempts: 1 })]
      : [step(query)],
  ),
}
