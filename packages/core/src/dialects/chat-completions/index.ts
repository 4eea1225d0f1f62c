/** The wire of OpenAI's chat completions, as Moonshot and others speak it: what its dialects have in common. Itself it is none. */
export { type ChatForm, formAsked } from './chat-form.ts'
export { ChunkEncoder, encodeFailure } from './chunk-encoder.ts'
export { type DecodedChat, decodeChat } from './decode-chat.ts'
export { encodeReply } from './encode-reply.ts'
