/** The engine for upstreams that speak chat completions, with its flavours. */
export {
  type OpenAiCompatibleOptions,
  openaiCompatibleEngine,
  type UpstreamLimits,
  type UpstreamTimeouts,
} from './engine.ts'
export type { FlavourName } from './flavours.ts'
export {
  type Transport,
  TransportError,
  type TransportErrorKind,
  type TransportReply,
  type TransportRequest,
} from './transport.ts'
