/** Oxen's API: chat completions below `/api/ai`, and refusals in two forms. */

import { chatAsking, chatSeeds, readChatStream, saidInChat } from './chat-wire.ts'
import { type Face, type Refusal, at, byBearer, refusalAt } from './face.ts'

const MODEL = 'moonshotai-kimi-k2-5'

/** One form has a type, which is said twice; the other is a sentence. */
function refusalIn(body: unknown): Refusal | undefined {
  const message = at(body, 'error', 'message')
  const type = at(body, 'error', 'type')
  if (type === undefined && at(body, 'status') === undefined) return refusalAt('', message)
  return at(body, 'status') === 'error' && at(body, 'status_message') === type ? refusalAt(type, message) : undefined
}

export const oxenFace: Face = {
  name: 'oxen',
  path: '/api/ai/chat/completions',
  shown: byBearer,
  asking: chatAsking(MODEL),
  saidIn: saidInChat,
  readStream: (text) =>
    readChatStream(text, (event) => (at(event, 'error') === undefined ? undefined : refusalIn(event))),
  refusalIn,
  seeds: chatSeeds(MODEL),
}
