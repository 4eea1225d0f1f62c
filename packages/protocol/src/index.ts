/**
 * The Kimi API as data. No I/O, no dependencies: runs wherever JavaScript runs. MFJS, which is large and not for everybody,
 * stands below a path of its own.
 */

export * from './chat-reply.ts'
export * from './chat-request.ts'
export * from './error-table.ts'
export * from './errors.ts'
export * from './leniency.ts'
export * from './limits.ts'
export * from './models.ts'
export * from './parse-chat-request.ts'
export * from './parse-json.ts'
export { isFields, shown } from './shape.ts'
export * from './sse/index.ts'
