/** The platform's own API. */

import { chatAsking, chatRefusal, chatSeeds, readChatStream, saidInChat } from './chat-wire.ts'
import { type Face, byBearer } from './face.ts'

export const moonshotFace: Face = {
  name: 'moonshot',
  path: '/v1/chat/completions',
  shown: byBearer,
  asking: chatAsking('kimi-k2.5'),
  saidIn: saidInChat,
  readStream: (text) => readChatStream(text, chatRefusal),
  refusalIn: chatRefusal,
  seeds: chatSeeds('kimi-k2.5'),
}
