/** The Kimi API as data. No I/O, no dependencies: runs wherever JavaScript runs. */
export * from './chat-reply.ts'
export * from './chat-request.ts'
export * from './errors.ts'
export * from './leniency.ts'
export * from './limits.ts'
export * from './models.ts'
