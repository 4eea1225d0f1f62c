/** The engine for upstreams that speak chat completions, with its flavours. */
export { LearnedTemplate } from './chunk-template.ts'
export { openaiCompatibleEngine } from './engine.ts'
export { type FlavourName, usualModelId } from './flavours.ts'
export type {
  CapabilityCorrections,
  OpenAiCompatibleOptions,
  RawAsked,
  RawCompletion,
  RawPrompts,
  UpstreamLimits,
  UpstreamTimeouts,
} from './options.ts'
export { rawPrompts } from './raw-prompt.ts'
export {
  type BodyText,
  type Transport,
  TransportError,
  type TransportErrorKind,
  type TransportReply,
  type TransportRequest,
} from './transport.ts'
