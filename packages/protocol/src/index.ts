/**
 * The Kimi API as data. No I/O, no dependencies: runs wherever JavaScript runs. What is not for everybody stands below a
 * path of its own: MFJS, which is large; and below `/errors` the errors without those that only a platform raises.
 */

export * from './chat-reply.ts'
export * from './chat-request.ts'
export { ApiError, type ApiErrorDetails, type ErrorBody, type ErrorCode, errorBody } from './errors.ts'
export * from './leniency.ts'
export * from './limits.ts'
export { type MatchedError, type WireError, matchError } from './match-error.ts'
export * from './models.ts'
export * from './parse-chat-request.ts'
export * from './parse-json.ts'
export * from './platform-errors.ts'
export { type ChatRequestSchema, type FieldSchema, chatRequestSchema } from './request-schema.ts'
export { type Fields, isFields, isOneOf, refuse, shown } from './shape.ts'
export * from './sse/index.ts'
